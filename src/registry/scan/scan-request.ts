import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { ModelgateError } from '../../base/error.ts'
import { findUpwards } from '../../base/files.ts'
import { configFileName, type LoadedConfig, loadConfig, locateConfig } from '../../config/load.ts'

export type ScanRequest = {
  /** Files and folders; none stands for the model of modelgate.yaml. */
  paths: readonly string[]
  /** Names beside those of modelgate.yaml. */
  allowGlobals: readonly string[]
  workingDirectory: string
  /** modelgate.yaml or its folder; searched from the working directory upwards without it. */
  config?: string
}

/**
 * What to scan, and what the project allows. Without paths there must be a modelgate.yaml with a `model`; with paths there need not.
 * Throws `scan/no-model` and what is wrong with the configuration.
 */
export async function scanRequest(request: ScanRequest): Promise<{ paths: string[]; allowGlobals: string[] }> {
  const loaded = await projectOf(request)
  const model = loaded?.config.model
  const allowGlobals = [...(model?.['allow-globals'] ?? []), ...request.allowGlobals]
  if (request.paths.length > 0)
    return { paths: request.paths.map((path) => resolve(request.workingDirectory, path)), allowGlobals }
  if (loaded === undefined || model === undefined) {
    throw new ModelgateError({
      code: 'scan/no-model',
      message: 'It is not said what to scan: no path is given, and modelgate.yaml names no model.',
      help: 'Name files or folders, or add `model: { path: ... }` to modelgate.yaml.',
    })
  }
  const path = resolve(loaded.root, model.path)
  if (existsSync(path)) return { paths: [path], allowGlobals }
  throw new ModelgateError({
    code: 'scan/not-found',
    message: `The model ${model.path} is not there.`,
    place: loaded.placeOf(['model', 'path']),
    help: 'Run the pipeline first, or name the file or folder that the training wrote.',
  })
}

async function projectOf({ config, workingDirectory }: ScanRequest): Promise<LoadedConfig | undefined> {
  if (config === undefined && findUpwards(workingDirectory, configFileName) === undefined) return undefined
  return loadConfig(locateConfig(workingDirectory, config), workingDirectory)
}
