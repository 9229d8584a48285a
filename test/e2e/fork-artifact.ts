import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPromise } from 'yauzl'
import { makeZip, type ZipEntry } from '../github/zip.ts'
import type { ForkScene } from './fork.ts'

/** The artifact of the fork's run, taken apart. */
export async function entriesOf({ repository, project }: ForkScene): Promise<Map<string, string>> {
  const path = join(project.root, '.git', 'artifact.zip')
  writeFileSync(path, repository.artifacts.at(-1)?.content ?? '')
  const zip = await openPromise(path)
  const files = new Map<string, string>()
  for await (const entry of zip.eachEntry()) {
    const pieces: Buffer[] = []
    for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Buffer)
    files.set(entry.fileName, Buffer.concat(pieces).toString('utf8'))
  }
  return files
}

/** Puts another zip in the place of the fork's artifact: GitHub counts the digest of whatever is uploaded. */
export function replaceArtifact({ repository }: ForkScene, entries: ZipEntry[] | Map<string, string>): void {
  const artifact = repository.artifacts.at(-1)
  if (artifact === undefined) throw new Error('the fork kept nothing')
  artifact.content = makeZip(
    entries instanceof Map ? [...entries].map(([name, content]) => ({ name, content })) : entries,
  )
  artifact.digest = `sha256:${createHash('sha256').update(artifact.content).digest('hex')}`
}

/** Changes what the record says, as a workflow of the fork could. */
export async function alterRecord(scene: ForkScene, alter: (record: Record<string, unknown>) => void): Promise<void> {
  const entries = await entriesOf(scene)
  const record = JSON.parse(entries.get('run.json') ?? '{}') as Record<string, unknown>
  alter(record)
  replaceArtifact(scene, entries.set('run.json', JSON.stringify(record)))
}
