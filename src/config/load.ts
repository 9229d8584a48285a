import { existsSync } from 'node:fs'
import { basename, dirname, posix, resolve } from 'node:path'
import { type Digest, digestOfJson } from '../base/digest.ts'
import { ModelgateError, type Place, throwFound } from '../base/error.ts'
import { findUpwards, portablePath, readTextFile, resolveInside } from '../base/files.ts'
import type { Json } from '../base/json.ts'
import { didYouMean } from '../base/suggest.ts'
import { explainIssues, formatPath } from './diagnostics.ts'
import { parseYaml, type YamlDocument, type YamlPath } from './document.ts'
import { findModelFaults } from './model-faults.ts'
import { findRuleFaults } from './rules/faults.ts'
import { type Config, configSchema } from './schema.ts'
import { findStageFaults } from './stage-order.ts'

export const configFileName = 'modelgate.yaml'

/** A valid configuration and where it came from. */
export type LoadedConfig = {
  config: Config
  /** Folder of modelgate.yaml: every path in it is relative to this one. */
  root: string
  /** Path as shown to the user, relative to where they stand. */
  file: string
  /** Digest of what judges: checkpoints, metric definitions and waivers. */
  policyDigest: Digest
  placeOf(path: YamlPath): Place
}

/**
 * Finds modelgate.yaml: `given`, which may be a file or a folder, or the nearest one from `workingDirectory` upwards.
 * Throws `config/not-found`.
 */
export function locateConfig(workingDirectory: string, given?: string): string {
  if (given !== undefined) {
    const path = resolve(workingDirectory, given)
    // Only a folder is looked into: a change must not turn the named file into a folder with another one in it.
    if (basename(path) === configFileName) return path
    const inside = resolveInside(path, configFileName)
    return inside !== undefined && existsSync(inside) ? inside : path
  }
  const found = findUpwards(workingDirectory, configFileName)
  if (found !== undefined) return found
  throw new ModelgateError({
    code: 'config/not-found',
    message: `There is no ${configFileName} in ${workingDirectory} or a folder above it.`,
    help: `Create ${configFileName} (docs/configuration.md has a minimal one), or name it with --config.`,
  })
}

/**
 * A path that modelgate.yaml names, as shown to the user: relative to where they stand, as `file` is. A file of a commit, which is called
 * `<commit>:<path>`, lies nowhere, and keeps its name.
 */
export function shownPath({ file }: Pick<LoadedConfig, 'file'>, path: string): string {
  return /^[0-9a-f]{7}:/.test(path) ? path : posix.join(dirname(file), path)
}

/** Reads and checks a configuration. Throws all that is wrong with it at once, each with line and column. */
export async function loadConfig(path: string, workingDirectory: string): Promise<LoadedConfig> {
  const shown = portablePath(workingDirectory, path)
  const text = await readTextFile(path, {
    what: 'The configuration',
    help: `Name the ${configFileName} to use with --config.`,
    shown,
  })
  return parseConfig(text, shown, dirname(path))
}

/** Far more than any real one has: what is read from the API or out of a commit is held to it too. */
const mostBytes = 256 * 1024

/** The pure part of `loadConfig`: text to configuration. */
export function parseConfig(text: string, file: string, root: string): LoadedConfig {
  if (Buffer.byteLength(text) > mostBytes) {
    throw new ModelgateError({
      code: 'config/too-large',
      message: `The configuration is larger than ${mostBytes / 1024} KiB.`,
      place: { file },
      help: `Keep data and parameters in files of their own, which ${configFileName} names.`,
    })
  }
  const document = parseYaml(text, file)
  const parsed = configSchema.safeParse(document.value)
  throwFound(parsed.success ? findFaults(parsed.data, document) : explainIssues(document, parsed.error.issues))
  if (!parsed.success) throw new Error('the schema refused the configuration without saying why')
  const config = parsed.data
  return {
    config,
    root,
    file,
    policyDigest: digestOfPolicy(config),
    placeOf: document.placeOf,
  }
}

/** Of what judges, and of nothing that stands beside it. */
function digestOfPolicy({ checkpoints, metrics, waivers }: Config): Digest {
  return digestOfJson({ checkpoints, metrics, waivers } as unknown as Json)
}

/** What the schema alone cannot see: names that refer to nothing. */
function findFaults(config: Config, document: YamlDocument): (() => ModelgateError)[] {
  const stageNames = Object.keys(config.stages)
  const fault = (path: YamlPath, code: string, message: string, help: string | (() => string)) => (): ModelgateError =>
    new ModelgateError({
      code,
      message,
      help: typeof help === 'string' ? help : help(),
      place: document.placeOf(path),
    })
  const errors = findStageFaults(config.stages).map(({ path, code, message, help }) => fault(path, code, message, help))

  for (const [stageName, stage] of Object.entries(config.stages)) {
    if (stage.params.length > 0 && config.params === undefined) {
      const path = ['stages', stageName, 'params']
      errors.push(
        fault(
          path,
          'config/no-params-file',
          `${formatPath(path)} names parameters, but there is no parameter file.`,
          'Add `params: params.yaml` at the top level.',
        ),
      )
    }
  }
  const [measuring, ...others] = stageNames.filter((stageName) => config.stages[stageName]?.predictions !== undefined)
  for (const other of others) {
    errors.push(
      fault(
        ['stages', other, 'predictions'],
        'config/several-predictions',
        `Stages "${measuring}" and "${other}" both declare predictions, but a pipeline is judged by one file of them.`,
        'Keep `predictions` in one stage, and list the other file under `outs`.',
      ),
    )
  }
  for (const [checkpointName, checkpoint] of Object.entries(config.checkpoints)) {
    const { after } = checkpoint
    if (after !== undefined && !Object.hasOwn(config.stages, after)) {
      const path = ['checkpoints', checkpointName, 'after']
      errors.push(
        fault(
          path,
          'config/unknown-stage',
          `Checkpoint "${checkpointName}" comes after "${after}", which is no stage.`,
          () => didYouMean(after, stageNames),
        ),
      )
    }
  }
  errors.push(
    ...[...findRuleFaults(config), ...findModelFaults(config)].map(({ path, code, message, help }) =>
      fault(path, code, message, help),
    ),
  )
  if (stageNames.length === 0) {
    errors.push(
      fault(
        ['stages'],
        'config/no-stages',
        'There is no stage to run.',
        'Add at least one stage with a `run` command.',
      ),
    )
  }
  return errors
}
