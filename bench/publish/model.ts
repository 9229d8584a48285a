import { mkdirSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOfBytes, digestOfFile } from '../../src/base/digest.ts'
import { listFiles } from '../../src/base/files.ts'
import { inLanes } from '../../src/base/lanes.ts'
import type { Bundle, BundleFile } from '../../src/registry/bundle/bundle.ts'

/** A bundle of the files of a folder, each hashed. */
export async function bundleOf(folder: string): Promise<Bundle> {
  const found = new Map<string, BundleFile>()
  const paths = await listFiles(folder)
  await inLanes(paths, 16, async (path) => {
    const digest = await digestOfFile(join(folder, path))
    const { size: bytes } = await stat(join(folder, path))
    found.set(path, { path, bytes, digest, mediaType: 'application/octet-stream', role: 'weights' })
  })
  const files = paths.flatMap((path) => found.get(path) ?? [])
  return {
    folder,
    model: 'churn',
    version: '1.0.0',
    digest: digestOfBytes(files.map(({ digest }) => digest).join('\n')),
    time: '2026-01-01T00:00:00.000Z',
    summary: 'Files of numbers.',
    files,
  }
}

/** Many small files, each of other content, a hundred in a folder and a hundred folders in one. */
export function writeSmallFiles(folder: string, files: number): void {
  for (let index = 0; index < files; index += 1) {
    const [outer, inner] = [Math.floor(index / 10_000), Math.floor(index / 100) % 100]
    const below = join(folder, 'model', String(outer), String(inner))
    if (index % 100 === 0) mkdirSync(below, { recursive: true })
    writeFileSync(
      join(below, `part-${index}.json`),
      JSON.stringify({ index, weights: [index / 7, index / 11, index / 13] }),
    )
  }
}
