import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOfFile } from '../../src/base/digest.ts'
import type { Bundle } from '../../src/registry/bundle/bundle.ts'

/** A bundle of the one file `weights.bin` of a folder. */
export async function bundleOf(folder: string): Promise<Bundle> {
  const path = 'weights.bin'
  const digest = await digestOfFile(join(folder, path))
  const { size: bytes } = await stat(join(folder, path))
  return {
    folder,
    model: 'churn',
    version: '1.0.0',
    digest,
    time: '2026-01-01T00:00:00.000Z',
    summary: 'One file of random bytes.',
    files: [{ path, bytes, digest, mediaType: 'application/octet-stream', role: 'weights' }],
  }
}
