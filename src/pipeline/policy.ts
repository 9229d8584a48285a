import { basename, join } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { portablePath } from '../base/files.ts'
import { configFileName, type LoadedConfig, parseConfig } from '../config/load.ts'
import type { Policy } from '../gate/judge.ts'
import type { Verdict } from '../gate/verdict.ts'
import { pathInRepository, type Repository, resolveCommit } from '../record/repository.ts'

/** The checkpoints of a configuration as a policy. Lines are known only for the file that the reader has before them. */
function policyOf(loaded: LoadedConfig, from: Policy['from'], lines: LoadedConfig | undefined): Policy {
  const { checkpoints, metrics, waivers } = loaded.config
  return {
    checkpoints,
    metrics,
    waivers,
    digest: loaded.policyDigest,
    from: Object.keys(checkpoints).length === 0 ? 'none' : from,
    ...(lines === undefined
      ? {}
      : { lineOf: (checkpoint, index) => lines.placeOf(['checkpoints', checkpoint, 'rules', index]).line }),
  }
}

/**
 * Who judges: the base revision's checkpoints when it has any, so that a change cannot loosen the gate that judges it. When the change
 * edits them, its own are judged beside it, for the report. Waivers are always those of the base, where there is one: nobody excuses
 * themselves.
 */
export function choosePolicy(own: LoadedConfig, base: LoadedConfig | undefined): { policy: Policy; proposed?: Policy } {
  if (base === undefined) return { policy: policyOf(own, 'change', own) }
  const checked = dataChecksOf(base)
  if (Object.keys(base.config.checkpoints).length === 0)
    return { policy: { ...policyOf(own, 'change', own), waivers: base.config.waivers, ...checked } }
  if (base.policyDigest === own.policyDigest) return { policy: { ...policyOf(base, 'base', own), ...checked } }
  return { policy: { ...policyOf(base, 'base', undefined), ...checked }, proposed: policyOf(own, 'change', own) }
}

/** `isBase`: the configuration of the base is another one than that of the working tree. `tip`: where golden rows are read. */
export type Policies = {
  policy: Policy
  proposed?: Policy
  tip: string | undefined
  isBase: boolean
  notes: string[]
}

/**
 * The policies of a verdict that was given before, from the configuration of the working tree and that of the base that the verdict names. Throws
 * `evidence/base` when that cannot be known here.
 */
export async function policiesAt(
  repository: Repository | undefined,
  tip: string | undefined,
  loaded: LoadedConfig,
  { digest, from, proposed }: Verdict['policy'],
): Promise<Policies> {
  if (tip === undefined) return { ...choosePolicy(loaded, undefined), tip, isBase: false, notes: [] }
  if (repository !== undefined && (await resolveCommit(repository, tip)) === tip) {
    const base = await configOfBase(repository, tip, loaded, from)
    const isBase = base !== undefined && base.policyDigest !== loaded.policyDigest
    return { ...choosePolicy(loaded, base), tip, isBase, notes: [] }
  }
  const shown = truncate(oneLine(tip), 12)
  if (digest === loaded.policyDigest && proposed === undefined) {
    const same = choosePolicy(loaded, from === 'base' ? loaded : undefined)
    const note = `The base, commit ${shown}, is not in this checkout: the checkpoints of ${loaded.file} judged, which are the same.`
    return { ...same, tip: undefined, isBase: false, notes: [note] }
  }
  throw new ModelgateError({
    code: 'evidence/base',
    message: `The verdict was given by the checkpoints of commit ${shown}, which is not in this checkout.`,
    help: 'Check out with the whole history (`fetch-depth: 0`), or judge the run again with `modelgate gate --run`.',
  })
}

/** One that cannot be read judged nothing: then the checkpoints of the change did. */
async function configOfBase(
  repository: Repository,
  tip: string,
  loaded: LoadedConfig,
  from: Policy['from'],
): Promise<LoadedConfig | undefined> {
  try {
    const there = await readConfigAt(repository, tip, loaded)
    return there ?? (from === 'base' ? await findMovedConfig(repository, tip, loaded) : undefined)
  } catch (error) {
    if (!(error instanceof ModelgateError)) throw error
    return undefined
  }
}

/** The data that a configuration checks. That the base does so belongs to what judges, whether a rule asks for it or not. */
function dataChecksOf({ config }: LoadedConfig): Pick<Policy, 'dataChecks'> {
  const dataChecks = Object.entries(config.stages).flatMap(([stage, { with: given }]) =>
    given === undefined ? [] : [{ stage, dataset: given.dataset }],
  )
  return dataChecks.length === 0 ? {} : { dataChecks }
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
  const path = portablePath('/', join('/', pathInRepository(repository, loaded.root), basename(loaded.file)))
  const shown = `${commit.slice(0, 7)}:${path}`
  // ls-tree tells "not there" apart from every other failure, which must not look like a missing policy.
  const listed = await repository.git.raw(['ls-tree', '--full-tree', commit, '--', path])
  if (listed === '') return undefined
  if (!/^100(?:644|755) blob /.test(listed)) {
    throw new ModelgateError({
      code: 'config/not-a-file',
      message: 'The configuration of the base is a symbolic link, a folder or a submodule.',
      place: { file: shown },
      help: 'Make it a regular file on the base branch.',
    })
  }
  const text = await repository.git.raw(['cat-file', 'blob', `${commit}:${path}`])
  return parseConfig(text, shown, loaded.root)
}

/**
 * The configuration of the same pipeline, known by its name, at another place of a commit: a change that moves its configuration does not
 * leave its checkpoints behind. Looks at files of the usual name and of the name that the change uses.
 */
export async function findMovedConfig(
  repository: Repository,
  commit: string,
  loaded: LoadedConfig,
): Promise<LoadedConfig | undefined> {
  const names = new Set([configFileName, basename(loaded.file)])
  const paths = (await repository.git.raw(['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]))
    .split('\0')
    .filter((path) => names.has(basename(path)))
  for (const path of paths) {
    const text = await repository.git.raw(['cat-file', 'blob', `${commit}:${path}`])
    try {
      const found = parseConfig(text, `${commit.slice(0, 7)}:${path}`, loaded.root)
      if (found.config.name === loaded.config.name) return found
    } catch (error) {
      // Another file of that name, or one that is broken: it is not what is looked for.
      if (!(error instanceof ModelgateError)) throw error
    }
  }
  return undefined
}
