import { createRequire, Module } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isObject } from '../../base/json.ts'
import { isBundled } from './bundled.ts'

export type DuckDbApi = typeof import('@duckdb/node-api')

/** Loads the native part, once per process. Returns the version of the library, such as `v1.5.5`, or nothing for another module. */
export function loadBinding(file: string): string {
  const module = { exports: {} as unknown }
  process.dlopen(module, file)
  const { exports } = module
  if (!isObject(exports)) return ''
  provide(exports)
  return typeof exports.library_version === 'function' ? String(exports.library_version()) : ''
}

/** DuckDB's own module; `loadBinding` comes first. */
export async function duckDbApi(): Promise<DuckDbApi> {
  return await import('@duckdb/node-api')
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
