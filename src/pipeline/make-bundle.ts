import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { readTextFile, resolveInside } from '../base/files.ts'
import { type LoadedConfig, loadConfig, locateConfig } from '../config/load.ts'
import type { ModelConfig } from '../config/model.ts'
import { modelNamePattern } from '../config/model.ts'
import { buildBundle } from '../registry/bundle/build-bundle.ts'
import type { Bundle } from '../registry/bundle/bundle.ts'
import { bundleVersion } from '../registry/bundle/manifest.ts'
import { ownCardFileName } from '../registry/bundle/own-card.ts'
import type { GateSummary } from '../registry/gate-summary.ts'
import type { ScanReport } from '../registry/scan/file-scan.ts'
import type { Signer } from '../registry/signature/signer.ts'
import { type CheckedRun, checkRun } from './checked-run.ts'

export type BundleRequest = {
  workingDirectory: string
  /** modelgate.yaml or its folder; found from the working directory upwards without it. */
  config?: string
  /** Record or its folder; the newest run of the project without it. */
  run?: string
  /** Folder to make; `<model>-<version>` in the working directory without it. */
  out?: string
  /** Version of the model; the id of the run without it. */
  version?: string
  /** That run, when it was read and judged anew before. */
  checked?: CheckedRun
  /** Also a model that the gate stopped. */
  blockedToo?: boolean
  signer?: Signer
  /** Hard links instead of copies. */
  link?: boolean
  /** Scans the files of a folder, in the place of our own scanner. */
  scan?: (folder: string, allowGlobals: readonly string[]) => Promise<ScanReport>
  signal?: AbortSignal
}

export type MadeBundle = {
  bundle: Bundle
  gate: GateSummary
  loaded: LoadedConfig
  model: ModelConfig & { name: string }
}

/**
 * Makes the bundle of a recorded and judged run, which is judged anew. Throws `bundle/no-model-config`, `bundle/version`, and the errors of `checkRun` and
 * `buildBundle`.
 */
export async function makeBundle(request: BundleRequest): Promise<MadeBundle> {
  const { workingDirectory, signer } = request
  const loaded = await loadConfig(locateConfig(workingDirectory, request.config), workingDirectory)
  const model = modelOf(loaded)
  const { evidence, folder, found } = request.checked ?? (await checkRun(request, loaded, model.path))
  const version = request.version ?? evidence.record.id
  requireVersion(version)
  const ownCard = await readOwnCardFile(loaded.root)
  const bundle = await buildBundle({
    facts: {
      ...found,
      model: model.name,
      version,
      task: loaded.config.task,
      record: evidence.record,
      ...(model.license === undefined ? {} : { license: model.license }),
    },
    root: loaded.root,
    path: model.path,
    runFolder: folder,
    evidence,
    scan: async (copied) => {
      if (request.scan !== undefined) return await request.scan(copied, model['allow-globals'])
      const { scanPaths } = await import('../registry/scan/scan.ts')
      return await scanPaths(['.'], {
        root: copied,
        allowGlobals: model['allow-globals'],
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      })
    },
    ...(ownCard === undefined ? {} : { ownCard }),
    ...(signer === undefined ? {} : { signer }),
    ...(request.link === undefined ? {} : { link: request.link }),
    out: resolve(workingDirectory, request.out ?? `${model.name}-${version}`),
  })
  return { bundle, gate: found.gate, loaded, model }
}

/** The model of a configuration, with its name. Throws `bundle/no-model-config`. */
export function modelOf({ config, file }: LoadedConfig): ModelConfig & { name: string } {
  const { model } = config
  const name = model?.name ?? config.name
  if (model !== undefined && modelNamePattern.test(name) && !/\.\.|\.lock$/.test(name)) return { ...model, name }
  throw new ModelgateError({
    code: 'bundle/no-model-config',
    message:
      model === undefined
        ? `${file} does not say what the model is.`
        : `The name of the pipeline, "${name}", is none that a model can have.`,
    place: { file },
    help:
      model === undefined
        ? 'Add `model: { path: model/ }` with one of the `outs` of a stage.'
        : 'Add `model.name`: lower-case letters, digits, `.`, `_` and `-`.',
  })
}

async function readOwnCardFile(root: string): Promise<string | undefined> {
  const path = resolveInside(root, ownCardFileName)
  if (path === undefined || !existsSync(path)) return undefined
  return await readTextFile(path, { what: 'The card of the model', shown: ownCardFileName })
}

/** Versions name folders, refs, tags and releases. */
function requireVersion(version: string): void {
  if (bundleVersion.test(version) && !version.includes('..') && !version.endsWith('.lock')) return
  throw new ModelgateError({
    code: 'bundle/version',
    message: `"${truncate(oneLine(version), 60)}" is no name of a version.`,
    help: 'Name it by letters, digits, `.`, `_` and `-`, such as 1.4.0.',
  })
}
