import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const there = (program: string): boolean => spawnSync(program, ['--version']).status === 0

/** True where Debian's docker-registry and skopeo are; an error where they must be. */
export const hasRegistry = there('docker-registry') && there('skopeo')
if (!hasRegistry && process.env.MODELGATE_REQUIRE_REGISTRY === '1') {
  throw new Error('MODELGATE_REQUIRE_REGISTRY is set, but docker-registry or skopeo is missing: install both packages.')
}

export type Registry = {
  /** `127.0.0.1:5000` */
  host: string
  /** Where it keeps what it has. */
  folder: string
  /** Lines of its log so far. */
  log(): string[]
  close(): Promise<void>
}

export type RegistrySettings = { htpasswd?: string; port?: number }

/** A registry of its own in a temporary folder, on a free port of the loopback interface. */
export async function startRegistry({ htpasswd, port }: RegistrySettings = {}): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-registry-'))
  const host = `127.0.0.1:${port ?? (await freePort())}`
  const settings = {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: host, secret: 'of the test' },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: join(folder, 'users') } } }),
  }
  if (htpasswd !== undefined) writeFileSync(join(folder, 'users'), htpasswd)
  // JSON is YAML.
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(settings))
  const child: ChildProcess = spawn('docker-registry', ['serve', join(folder, 'config.yml')])
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece: Buffer) => (text += piece))
  const registry: Registry = {
    host,
    folder: join(folder, 'data'),
    log: () => text.split('\n'),
    close: async () => {
      const closed = once(child, 'close')
      child.kill('SIGKILL')
      await closed
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await answering(registry)
  return registry
}

async function answering(registry: Registry): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await fetch(`http://${registry.host}/v2/`).catch(() => undefined)
    if (answer !== undefined) return
    await sleep(25)
  }
  await registry.close()
  throw new Error(`the registry does not answer: ${registry.log().join('\n')}`)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Runs skopeo; its output. */
export function skopeo(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('skopeo', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`skopeo ${args.join(' ')}: ${stderr}`)
  return stdout
}
