import { realpathSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { portablePath } from '../base/files.ts'
import { type LoadedConfig, parseConfig } from '../config/load.ts'
import type { Policy } from '../gate/judge.ts'
import type { Repository } from '../record/repository.ts'

/** The checkpoints of a configuration as a policy. Lines are known only for the file that the reader has before them. */
function policyOf(loaded: LoadedConfig, from: Policy['from'], lines: LoadedConfig | undefined): Policy {
  const { checkpoints, metrics } = loaded.config
  return {
    checkpoints,
    metrics,
    digest: loaded.policyDigest,
    from: Object.keys(checkpoints).length === 0 ? 'none' : from,
    ...(lines === undefined
      ? {}
      : { lineOf: (checkpoint, index) => lines.placeOf(['checkpoints', checkpoint, 'rules', index]).line }),
  }
}

/**
 * Who judges: the base revision's checkpoints when it has any, so that a change cannot loosen the gate that judges it. When the change
 * edits them, its own are judged beside it, for the report.
 */
export function choosePolicy(own: LoadedConfig, base: LoadedConfig | undefined): { policy: Policy; proposed?: Policy } {
  if (base === undefined || Object.keys(base.config.checkpoints).length === 0)
    return { policy: policyOf(own, 'change', own) }
  if (base.policyDigest === own.policyDigest) return { policy: policyOf(base, 'base', own) }
  return { policy: policyOf(base, 'base', undefined), proposed: policyOf(own, 'change', own) }
}

/**
 * The configuration as it is in a commit, read without a checkout. Undefined when the commit has none.
 * Throws the same errors as `loadConfig` when it is not valid there.
 */
export async function readConfigAt(
  repository: Repository,
  commit: string,
  loaded: LoadedConfig,
): Promise<LoadedConfig | undefined> {
  const folder = realpathSync(loaded.root)
  const path = portablePath(repository.root, resolve(folder, basename(loaded.file)))
  const shown = `${commit.slice(0, 7)}:${path}`
  // ls-tree tells "not there" apart from every other failure, which must not look like a missing policy.
  const listed = await repository.git.raw(['ls-tree', '--name-only', '--full-tree', commit, '--', path])
  if (listed === '') return undefined
  const text = await repository.git.raw(['cat-file', 'blob', `${commit}:${path}`])
  return parseConfig(text, shown, folder)
}
