import { join } from 'node:path'
import { portablePath } from '../base/files.ts'
import { inlineChecks, type LoadedChecks, parseChecks } from '../config/checks/load.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { DataStage } from '../config/schema.ts'
import { pathInRepository, type Repository } from '../record/repository.ts'

/** What a stage checks at the base. */
export type BaseChecks = { checks: LoadedChecks; environment: string | undefined }

/**
 * The data checks of a stage as they are at the base: those of the stage of the same name, else of the one that checks the same data set. A
 * change must not loosen the checks that its own data are held to. Undefined when the base has none.
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
  const { checks, environment } = settings
  if (typeof checks !== 'string') {
    const placeOf = (path: readonly PropertyKey[]) => base.placeOf(['stages', name, 'with', 'checks', ...path])
    return { checks: inlineChecks(checks, base.file, placeOf), environment }
  }
  const path = portablePath('/', join('/', pathInRepository(repository, base.root), checks))
  // Like the configuration of the base: "not there" is told apart from every other failure.
  const listed = await repository.git.raw(['ls-tree', '--full-tree', commit, '--', path])
  if (!/^100(?:644|755) blob /.test(listed)) return undefined
  const text = await repository.git.raw(['cat-file', 'blob', `${commit}:${path}`])
  return { checks: parseChecks(text, `${commit.slice(0, 7)}:${path}`), environment }
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
