import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { digestOfBytes } from '../../../src/base/digest.ts'
import type { Bundle, BundleFile } from '../../../src/registry/bundle/bundle.ts'
import type { ChannelProgress } from '../../../src/registry/channels/channel.ts'

export const plainFiles: Record<string, string | Buffer> = {
  'README.md': '# churn\n',
  'model/config.json': '{}\n',
  'model/weights.safetensors': Buffer.alloc(100_000, 'weights '),
  'model-manifest.json': '{"schema":"modelgate/bundle@1"}\n',
}

/** A bundle in a folder of its own; `Symbol.dispose` removes it. */
export function makeBundle(files = plainFiles, about: Partial<Bundle> = {}): Bundle & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-bundle-'))
  const listed = Object.entries(files)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, content]): BundleFile => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
      const bytes = Buffer.byteLength(content)
      return { path, bytes, digest: digestOfBytes(content), mediaType: 'application/octet-stream', role: roleOf(path) }
    })
  return {
    folder,
    model: 'churn',
    version: '1.4.0',
    digest: digestOfBytes(JSON.stringify(listed)),
    time: '2026-03-01T12:00:00.000Z',
    summary: 'churn 1.4.0: passed, roc_auc 0.913.',
    files: listed,
    ...about,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function roleOf(path: string): BundleFile['role'] {
  if (path === 'README.md') return 'card'
  if (path === 'model.sig') return 'signature'
  if (path === 'model-manifest.json') return 'manifest'
  return path.endsWith('.json') ? 'config' : 'weights'
}

/** Counts what a channel reports, by path. */
export function makeProgress(): ChannelProgress & { sent: Map<string, number>; stop: AbortController } {
  const stop = new AbortController()
  const sent = new Map<string, number>()
  return { sent, stop, signal: stop.signal, onBytes: ({ path }, bytes) => void sent.set(path, bytes) }
}
