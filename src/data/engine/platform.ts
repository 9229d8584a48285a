import { ModelgateError } from '../../base/error.ts'

/** The machines for which DuckDB publishes its native part, as they stand in the names of its packages. */
export const bindingPlatforms = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64',
  'linux-arm64-musl',
  'linux-x64',
  'linux-x64-musl',
  'win32-arm64',
  'win32-x64',
] as const

export type BindingPlatform = (typeof bindingPlatforms)[number]

/** The one version that is used, and for each platform the sha512 of its package as npm writes it. */
export type BindingPins = { version: string; integrity: Readonly<Record<BindingPlatform, string>> }

export type Host = {
  platform: string
  arch: string
  /** Version of glibc, undefined where the C library is another. Asked on Linux only. */
  glibc: () => string | undefined
}

const thisHost: Host = { platform: process.platform, arch: process.arch, glibc: glibcVersion }

/** The native part that a machine needs; this one unless told. Throws `data/engine-unsupported`. */
export function bindingPlatform(host: Host = thisHost): BindingPlatform {
  const musl = host.platform === 'linux' && host.glibc() === undefined
  const name = `${host.platform}-${host.arch}${musl ? '-musl' : ''}`
  const known = bindingPlatforms.find((platform) => platform === name)
  if (known !== undefined) return known
  throw new ModelgateError({
    code: 'data/engine-unsupported',
    message: `The data engine, DuckDB, is not available for ${name}.`,
    help: `Run the job on a machine of one of these kinds: ${bindingPlatforms.join(', ')}.`,
  })
}

/** The name of the npm package that holds the native part. */
export function bindingPackage(platform: BindingPlatform): string {
  return `@duckdb/node-bindings-${platform}`
}

/** The module that Node loads; the library beside it is found by the system's own loader. */
export const bindingModule = 'duckdb.node'

/** The files of the package that are needed, side by side in one folder. */
export function bindingFiles(platform: BindingPlatform): readonly string[] {
  if (platform.startsWith('win32')) return [bindingModule, 'duckdb.dll']
  return [bindingModule, platform.startsWith('darwin') ? 'libduckdb.dylib' : 'libduckdb.so']
}

/** From Node's own report on itself, in some 2 ms and without starting a process. */
function glibcVersion(): string | undefined {
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report
  const before = report.excludeNetwork ?? false
  // Else it asks the name server for the name of every open connection.
  report.excludeNetwork = true
  try {
    const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
    return header?.glibcVersionRuntime
  } finally {
    report.excludeNetwork = before
  }
}
