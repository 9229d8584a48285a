import { isAbsolute, join } from 'node:path'
import { ModelgateError } from '../base/error.ts'
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
 * change must not loosen the checks that its own data are held to. Undefined when the base has none. Throws what is wrong with a checks file, and
 * `base/no-checks` where the commit does not have it.
 */
export async function readBaseChecks(
  repository: Repository,
  commit: string,
  base: LoadedConfig,
  stage: string,
  own: Config['stages'],
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
  const text = await textAt(repository, commit, path)
  if (text === undefined) {
    throw new ModelgateError({
      code: 'base/no-checks',
      message: `The checks file of stage "${name}" is not in the commit.`,
      place: { file: `${commit.slice(0, 7)}:${path}` },
      help: 'Commit it: checks that a stage writes, or that lie outside of the repository, cannot be held against a change.',
    })
  }
  return { checks: parseChecks(text, `${commit.slice(0, 7)}:${path}`), settings, data }
}

/** As many as an operating system follows. */
const mostLinks = 40

/** A file of a commit, through the links of that commit; undefined when it has none there. */
async function textAt({ git }: Repository, commit: string, path: string): Promise<string | undefined> {
  for (let left = mostLinks, at = path; left > 0; left--) {
    const parts = at.split('/')
    const folders = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
    // Like the configuration of the base: "not there" is told apart from every other failure.
    const listed = (await git.raw(['ls-tree', '-z', '--full-tree', commit, '--', ...folders])).split('\0')
    if (listed.some((entry) => /^100(?:644|755) blob /.test(entry) && entry.endsWith(`\t${at}`))) {
      return await git.raw(['cat-file', 'blob', `${commit}:${at}`])
    }
    const link = listed.find((entry) => entry.startsWith('120000 '))?.replace(/^[^\t]*\t/, '')
    if (link === undefined) return undefined
    const target = await git.raw(['cat-file', 'blob', `${commit}:${link}`])
    const next = join(link, '..', target, at.slice(link.length))
    if (isAbsolute(target) || next.startsWith('..')) return undefined
    at = portablePath('/', join('/', next))
  }
  return undefined
}

/** Folder of a configuration that was read from a commit, whose file is `<commit>:<path>`. A change may have moved its own elsewhere. */
function folderOf({ file }: LoadedConfig): string {
  return join(file.slice(file.indexOf(':') + 1), '..')
}

/** Where several stages of the same data set got other names, they are taken in their order. */
function findDataStage(
  base: LoadedConfig,
  stage: string,
  own: Config['stages'],
): { name: string; settings: DataStage } | undefined {
  const stages = dataStages(base.config.stages)
  const same = stages.find(({ name }) => name === stage)
  if (same !== undefined) return same
  const dataset = own[stage]?.with?.dataset
  const left = stages.filter(({ name, settings }) => settings.dataset === dataset && own[name]?.with === undefined)
  const renamed = dataStages(own).filter(
    ({ name, settings }) => settings.dataset === dataset && !stages.some((each) => each.name === name),
  )
  const place = renamed.findIndex(({ name }) => name === stage)
  // One more than the base has is held to what the base expects of these data.
  return left[place] ?? left.at(-1) ?? stages.find(({ settings }) => settings.dataset === dataset)
}

function dataStages(stages: Config['stages']): { name: string; settings: DataStage }[] {
  return Object.entries(stages).flatMap(([name, { with: settings }]) =>
    settings === undefined ? [] : [{ name, settings }],
  )
}
