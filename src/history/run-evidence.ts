import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { digestOfFile } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { resolveInside } from '../base/files.ts'
import { readForeignRecord } from '../record/foreign-record.ts'
import { findDamage } from '../record/intact.ts'
import type { RunRecord } from '../record/run-record.ts'
import { recordFileName } from '../record/store.ts'

/** Record and predictions of a run of the history, as they lay where it says; or why they could not be had. */
export type RunEvidence = { record: RunRecord; file: string; remove(): Promise<void> } | { reason: string }

/** The folder of a run on this machine, when it is still there as it was. `root` is the top of the repository. */
export async function readEvidenceFolder(root: string, path: string, recordDigest: string): Promise<RunEvidence> {
  const folder = resolveInside(root, path)
  const gone = { reason: `its predictions lie in ${path} on the machine that made it` }
  if (folder === undefined || !existsSync(folder)) return gone
  // A link in the tree may lead anywhere.
  if (resolveInside(realpathSync(root), realpathSync(folder)) === undefined) return gone
  return await readEvidence(folder, recordDigest, async () => undefined)
}

/** The record in a folder, if it is the very one that the history names, with whole predictions beside it. */
export async function readEvidence(
  folder: string,
  recordDigest: string,
  remove: () => Promise<void>,
): Promise<RunEvidence> {
  const file = join(folder, recordFileName)
  const refuse = async (reason: string): Promise<RunEvidence> => {
    await remove()
    return { reason }
  }
  if ((await digestOfFile(file).catch(() => undefined)) !== recordDigest)
    return await refuse('its record is not the one that the history names any more')
  try {
    const stored = await readForeignRecord(file, 'The record of an earlier run')
    const damage = await findDamage(stored)
    return damage === undefined ? { ...stored, remove } : await refuse(damage)
  } catch (error) {
    if (error instanceof ModelgateError)
      return await refuse(`its record cannot be read: ${error.message.replace(/\.$/, '')}`)
    throw error
  }
}
