import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { ModelgateError } from '../../base/error.ts'
import { formatBytes } from '../../base/number-text.ts'
import { httpGet } from './http-get.ts'
import { npmRegistry } from './npm-registry.ts'
import { type BindingPins, type BindingPlatform, bindingPackage } from './platform.ts'

export type DownloadProgress = {
  bytes: number
  /** Undefined when the registry does not say it. */
  total: number | undefined
}

export type FetchOptions = {
  pins: BindingPins
  platform: BindingPlatform
  env: NodeJS.ProcessEnv
  registry?: string
  onProgress?: (progress: DownloadProgress) => void
  /** Pause before the first retry in milliseconds; the second waits four times as long, the third nine times. */
  retryPause?: number
  /** Milliseconds without a byte after which a try is given up. */
  idleTimeout?: number
  maxBytes?: number
}

/** The largest of the packages has 37 MB. */
const mostBytes = 128 * 1024 * 1024
const mostTries = 4

/** A failure after which the same request may go well: the registry's, or of the connection. */
class Passing extends Error {}

/**
 * The package of DuckDB's native part, from the npm registry: its bytes, which are those of the pinned sha512. Nothing is written. Repeats
 * what may be repeated. Throws `data/engine-missing` when it cannot be had, `data/engine-hash` for other bytes, or `data/engine-registry`.
 */
export async function fetchBinding(options: FetchOptions): Promise<Buffer> {
  const { pins, platform, retryPause = 500 } = options
  const url = tarballUrl(await npmRegistry(options), platform, pins.version)
  for (let tries = 1; ; tries += 1) {
    try {
      const tarball = await download(url, options)
      checkHash(tarball, pins.integrity[platform], url)
      return tarball
    } catch (error) {
      if (error instanceof ModelgateError) throw error
      if (!(error instanceof Passing) || tries === mostTries) throw missing(error, url, options)
      await pause(retryPause * tries ** 2)
    }
  }
}

/** The address that all registries share. Their index would name it too, but at the price of a second request. */
function tarballUrl(registry: URL, platform: BindingPlatform, version: string): URL {
  const name = bindingPackage(platform)
  const url = new URL(registry)
  url.pathname = `${registry.pathname.replace(/\/+$/, '')}/${name}/-/${name.split('/')[1]}-${version}.tgz`
  return url
}

async function download(url: URL, options: FetchOptions): Promise<Buffer> {
  const { env, idleTimeout = 30_000, maxBytes = mostBytes, onProgress } = options
  const response = await httpGet(url, { env, idleTimeout }).catch((cause: unknown) => {
    throw new Passing('', { cause })
  })
  try {
    const { statusCode = 0 } = response
    if (statusCode >= 500 || statusCode === 408 || statusCode === 429) throw new Passing(`it answered ${statusCode}`)
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}`)
    return await bodyOf(response, maxBytes, onProgress)
  } finally {
    response.destroy()
  }
}

async function bodyOf(
  response: IncomingMessage,
  maxBytes: number,
  onProgress: FetchOptions['onProgress'],
): Promise<Buffer> {
  const length = Number(response.headers['content-length'] ?? Number.NaN)
  const total = Number.isSafeInteger(length) ? length : undefined
  const chunks: Buffer[] = []
  let bytes = 0
  const tooLarge = (): Error => new Error(`it sends more than ${formatBytes(maxBytes)}`)
  if (total !== undefined && total > maxBytes) throw tooLarge()
  const read = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  for (;;) {
    const { done, value } = await read.next().catch((cause: unknown) => {
      throw new Passing('', { cause })
    })
    if (done === true) return Buffer.concat(chunks, bytes)
    chunks.push(value)
    bytes += value.length
    if (bytes > maxBytes) throw tooLarge()
    onProgress?.({ bytes, total })
  }
}

function checkHash(tarball: Buffer, integrity: string, url: URL): void {
  const seen = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  if (seen === integrity) return
  throw new ModelgateError({
    code: 'data/engine-hash',
    kind: 'tool',
    message: `The data engine from ${shown(url)} is not the one that modelgate knows: it has ${seen.slice(0, 19)}… instead of ${integrity.slice(0, 19)}…, and was thrown away.`,
    help: 'It was cut off or changed on the way: run the job again, and if it stays so, look at the registry or mirror that serves it.',
  })
}

/** The error when there is no way to the engine, with all ways out. */
function missing(error: unknown, url: URL, { pins, platform }: FetchOptions): ModelgateError {
  return new ModelgateError({
    code: 'data/engine-missing',
    kind: 'tool',
    message: `The data engine, DuckDB, is not on this machine and could not be downloaded from ${shown(url)}: ${reasonOf(error)}.`,
    help:
      `Allow the job to reach ${url.host}, or set npm_config_registry to a mirror; without a network, ` +
      `unpack what \`npm pack ${bindingPackage(platform)}@${pins.version}\` fetches elsewhere and name its folder in engine-path (or MODELGATE_DUCKDB), ` +
      'or copy the folder modelgate-duckdb into the tool cache of the runner.',
    cause: error,
  })
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Passing && error.cause !== undefined ? error.cause : error
  // Where a name has several addresses, the error is a list and has no text of its own.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  return first instanceof Error ? first.message : String(first)
}

/** Without user, password and query: they open the registry to anybody. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`
}
