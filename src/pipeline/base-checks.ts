import { join } from 'node:path'
import { portablePath } from '../base/files.ts'
import { inlineChecks, type LoadedChecks, parseChecks } from '../config/checks/load.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Config, DataStage } from '../config/schema.ts'
import type { Repository } from '../record/repository.ts'

/** What a stage checks at the base. */
export type BaseChecks = {
  checks: LoadedChecks
  /** What the stage is given there: which data, against which reference, in which environment. */
  settings: DataStage
  /** Data sets of the base: how they are read decides what counts as missing. */
  data: Config['data']
}

/**
 * The data checks of a stage as they are at the base: those of the stage of the same name, else of the one that checks the same data set. A
 * change must not loosen the checks that its own data are held to. Undefined when the base has none. Throws what is wrong with a checks file.
 */
export async function readBaseChecks(
  repository: Repository,
  commit: string,
  base: LoadedConfig,
  stage: string,
  own: DataStage,
): Promise<BaseChecks | undefined> {
  const found = findDataStage(base, stage, own)
  if (found === undefined) return undefined
  const { name, settings } = found
  const { data } = base.config
  if (typeof settings.checks !== 'string') {
    const placeOf = (path: readonly PropertyKey[]) => base.placeOf(['stages', name, 'with', 'checks', ...path])
    return { checks: inlineChecks(settings.checks, base.file, placeOf), settings, data }
  }
  const path = portablePath('/', join('/', folderOf(base), settings.checks))
  // Like the configuration of the base: "not there" is told apart from every other failure.
  const listed = await repository.git.raw(['ls-tree', '--full-tree', commit, '--', path])
  if (!/^100(?:644|755) blob /.test(listed)) return undefined
  const text = await repository.git.raw(['cat-file', 'blob', `${commit}:${path}`])
  return { checks: parseChecks(text, `${commit.slice(0, 7)}:${path}`), settings, data }
}

/** Folder of a configuration that was read from a commit, whose file is `<commit>:<path>`. A change may have moved its own elsewhere. */
function folderOf({ file }: LoadedConfig): string {
  return join(file.slice(file.indexOf(':') + 1), '..')
}

function findDataStage(
  base: LoadedConfig,
  stage: string,
  own: DataStage,
): { name: string; settings: DataStage } | undefined {
  const stages = Object.entries(base.config.stages).flatMap(([name, { with: settings }]) =>
    settings === undefined ? [] : [{ name, settings }],
  )
  return stages.find(({ name }) => name === stage) ?? stages.find(({ settings }) => settings.dataset === own.dataset)
}
