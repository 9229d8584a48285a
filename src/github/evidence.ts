import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readForeignRecord } from '../record/foreign-record.ts'
import type { RunRecord } from '../record/run-record.ts'
import { recordFileName } from '../record/store.ts'
import type { Client } from './client.ts'
import { downloadArtifact } from './download.ts'
import type { RepositoryName, StoredArtifact } from './stored-artifact.ts'
import { unpack } from './unpack.ts'

/** What a run left behind as its artifact: its record with the predictions beside it, and those of the base that was measured with it. */
export type Evidence = {
  fresh: { record: RunRecord; file: string }
  base: { record: RunRecord; file: string } | undefined
}

/** Records and predictions, of the run and of its base. Reports and pages are made anew and never taken from an artifact. */
const wanted = /^(?:base\/)?(?:run\.json|predictions-[^/\\]{1,200})$/

const limits = { maxEntries: 1000, maxBytes: 512 * 2 ** 20, maxArchive: 256 * 2 ** 20 }

/**
 * Fetches the evidence of a run into a fresh folder outside of the workspace. Every byte of it may have been chosen by somebody hostile: it is
 * checked against its digest, unpacked within limits and read by the schema, never executed. Throws the errors of `downloadArtifact`, `unpack`
 * and `readForeignRecord`.
 */
export async function fetchEvidence(
  client: Client,
  where: RepositoryName,
  artifact: StoredArtifact,
  temporary = process.env.RUNNER_TEMP ?? tmpdir(),
): Promise<Evidence & { remove(): Promise<void> }> {
  const parent = await mkdtemp(join(temporary, 'modelgate-evidence-'))
  const remove = async (): Promise<void> => await rm(parent, { recursive: true, force: true, maxRetries: 3 })
  try {
    const archive = join(parent, 'artifact.zip')
    await downloadArtifact(client, where, artifact, { file: archive, maxBytes: limits.maxArchive })
    const folder = join(parent, 'files')
    await mkdir(folder)
    await unpack(archive, folder, { ...limits, wants: (name) => wanted.test(name) })
    await rm(archive)
    const fresh = await readForeignRecord(join(folder, recordFileName), `The record in artifact ${artifact.id}`)
    const beside = join(folder, 'base', recordFileName)
    const base = existsSync(beside)
      ? await readForeignRecord(beside, `The record of the base in artifact ${artifact.id}`)
      : undefined
    return { fresh, base, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
