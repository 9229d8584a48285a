import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { onTestFinished } from 'vitest'
import { bindingPins } from '../../../src/data/engine/binding-pins.ts'
import { type BindingPins, bindingFiles, bindingPackage, bindingPlatform } from '../../../src/data/engine/platform.ts'

export const platform = bindingPlatform()
export const nodeModules = resolve(import.meta.dirname, '../../../node_modules')
export const installedPackage = join(nodeModules, bindingPackage(platform))
export const tarballPath = `/${bindingPackage(platform)}/-/node-bindings-${platform}-${bindingPins.version}.tgz`

/** What the registry does with a request. A list is used up request by request; the last stays. */
export type Behaviour =
  | { send: Buffer }
  /** Without saying how much it is. */
  | { stream: Buffer }
  | { status: number }
  | { redirect: string }
  /** The body ends after half of what was announced. */
  | { cut: Buffer }
  /** Half of the body, and then nothing, but the connection stays. */
  | { stall: Buffer }
  | 'hang up'
  | 'silence'

export type Registry = { url: string; port: number; requests: string[] }

/** A registry on this machine. With `tls` it speaks https. Gone when the test ends. */
export async function startRegistry(
  behaviours: readonly Behaviour[],
  tls?: { key: Buffer; cert: Buffer },
): Promise<Registry> {
  const requests: string[] = []
  const left = [...behaviours]
  const answer = (url: string, response: ServerResponse): void => {
    requests.push(url)
    const behaviour = (left.length > 1 ? left.shift() : left[0]) ?? { status: 404 }
    if (behaviour === 'hang up') response.socket?.destroy()
    else if (behaviour === 'silence') return
    else if ('status' in behaviour) response.writeHead(behaviour.status).end('no')
    else if ('redirect' in behaviour) response.writeHead(302, { location: behaviour.redirect }).end()
    else if ('send' in behaviour)
      response.writeHead(200, { 'content-length': behaviour.send.length }).end(behaviour.send)
    else if ('stream' in behaviour) {
      response.writeHead(200).write(behaviour.stream.subarray(0, 100))
      response.end(behaviour.stream.subarray(100))
    } else {
      const body = 'cut' in behaviour ? behaviour.cut : behaviour.stall
      response.writeHead(200, { 'content-length': body.length })
      response.write(body.subarray(0, body.length / 2), () => {
        if ('cut' in behaviour) response.destroy()
      })
    }
  }
  const server: Server =
    tls === undefined
      ? createServer((request, response) => answer(request.url ?? '', response))
      : createTlsServer(tls, (request, response) => answer(request.url ?? '', response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  const { port } = server.address() as AddressInfo
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, requests }
}

type Item = {
  name: string
  content?: Buffer | string
  type?: 'file' | 'symlink' | 'link' | 'directory'
  linkname?: string
}

export async function tarball(items: readonly Item[]): Promise<Buffer> {
  const archive = pack()
  for (const { name, content, type = 'file', linkname } of items)
    archive.entry({ name, type, ...(linkname === undefined ? {} : { linkname }) }, Buffer.from(content ?? ''))
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return gzipSync(Buffer.concat(chunks), { level: 1 })
}

/** A package with the right names, but nothing that could be loaded. */
export async function smallPackage(): Promise<Buffer> {
  return await tarball([
    { name: 'package/package.json', content: '{}' },
    ...bindingFiles(platform).map((name) => ({ name: `package/${name}`, content: `the content of ${name}` })),
  ])
}

/** The package that is installed here, packed again. */
export async function realPackage(): Promise<Buffer> {
  const names = ['package.json', 'LICENSE', ...bindingFiles(platform)]
  return await tarball(
    names.map((name) => ({ name: `package/${name}`, content: readFileSync(join(installedPackage, name)) })),
  )
}

/** The pins with the hash of these bytes for this platform. */
export function pinsFor(bytes: Buffer): BindingPins {
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  return { version: bindingPins.version, integrity: { ...bindingPins.integrity, [platform]: integrity } }
}

/** An empty folder; gone when the test ends. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-engine-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
