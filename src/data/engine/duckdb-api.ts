import { createRequire, Module } from 'node:module'
import { fileURLToPath } from 'node:url'
import { ModelgateError } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'
import {
  type Binding,
  type BindingOptions,
  type BindingSource,
  bindingSource,
  discardDamaged,
  foreignVersion,
  isBundled,
  locateBinding,
} from './binding.ts'

export type { DownloadProgress } from './fetch-binding.ts'

export type DuckDbApi = typeof import('@duckdb/node-api')

export type LoadOptions = BindingOptions

let loading: Promise<DuckDbApi> | undefined

/**
 * The DuckDB module with its native part, which is found or downloaded first. A process has one: later calls get that of the first,
 * whatever they ask for. Throws the errors of `locateBinding` and `bindingSource`, and `data/engine-load`.
 */
export async function loadDuckDb(options: LoadOptions = {}, source?: BindingSource): Promise<DuckDbApi> {
  loading ??= load(options, source ?? bindingSource())
  try {
    return await loading
  } catch (error) {
    loading = undefined
    throw error
  }
}

async function load(options: LoadOptions, source: BindingSource): Promise<DuckDbApi> {
  const binding = await locateBinding(options, source)
  try {
    provide(openBinding(binding, source))
  } catch (error) {
    if (!(await discardDamaged(binding, source))) throw error
    provide(openBinding(await locateBinding(options, source), source))
  }
  return await import('@duckdb/node-api')
}

/** Loads the native part. Throws `data/engine-load` or `data/engine-version`. */
function openBinding({ file, origin }: Binding, source: BindingSource): object {
  const module = { exports: {} as unknown }
  try {
    process.dlopen(module, file)
  } catch (cause) {
    throw new ModelgateError({
      code: 'data/engine-load',
      kind: origin === 'engine-path' ? 'user' : 'tool',
      message: `The data engine could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}.`,
      place: { file },
      help: `Its files must lie side by side, and must be those for ${source.platform}.`,
      cause,
    })
  }
  const { exports } = module
  const version = isObject(exports) && typeof exports.library_version === 'function' ? exports.library_version() : ''
  // `v1.5.5` of the library, `1.5.5-r.5` of the package.
  if (isObject(exports) && version === `v${source.pins.version.replace(/-.*$/, '')}`) return exports
  throw foreignVersion(file, version === '' ? 'unknown' : String(version), source)
}

/**
 * Hands the native part to DuckDB's module, before that is loaded. In the bundle its `require` leads to a file that reads it from the
 * global (scripts/bundle.ts); from source it leads to a package, which is made to look as if it were loaded already.
 */
function provide(binding: object): void {
  Object.assign(globalThis, { [Symbol.for('modelgate.duckdb')]: binding })
  if (isBundled(fileURLToPath(import.meta.url))) return
  const require = createRequire(import.meta.url)
  const name = '@duckdb/node-bindings'
  const path = require.resolve(name)
  require.cache[path] = Object.assign(new Module(path), { filename: path, loaded: true, exports: binding })
}
