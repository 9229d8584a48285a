import { resolve } from 'node:path'
import { readEvidence } from './make-bundle.ts'
import { modelEvidence } from './model-evidence.ts'
import type { FreshVerdict } from './promote-model.ts'

/**
 * The newest verdict of a run, from the folder that `modelgate gate --run` judged: another baseline than the one that the version was published with. Throws
 * what `readEvidence` and `modelEvidence` throw.
 */
export async function readFreshVerdict(path: string, workingDirectory: string): Promise<FreshVerdict> {
  const { evidence } = await readEvidence(resolve(workingDirectory, path))
  const { gate } = modelEvidence(evidence, { blockedToo: true })
  return { run: evidence.record.id, gate }
}
