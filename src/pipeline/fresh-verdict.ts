import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { fileIn } from '../base/files.ts'
import { recordFileName } from '../record/store.ts'
import { readEvidence, readJudgement } from './make-bundle.ts'
import { gateSummary, modelEvidence } from './model-evidence.ts'
import type { FreshVerdict } from './promote-model.ts'

/**
 * The newest verdict of a run: another baseline than the one that the version was published with. From the folder of the run, or from the one that
 * `modelgate gate --out` wrote, which has no record beside the verdict: both files say which run they are about. Throws what `readEvidence` and
 * `modelEvidence` throw.
 */
export async function readFreshVerdict(path: string, workingDirectory: string): Promise<FreshVerdict> {
  const at = resolve(workingDirectory, path)
  const folder = at.endsWith('.json') ? dirname(at) : at
  if (existsSync(fileIn(folder, recordFileName))) {
    const { evidence } = await readEvidence(folder)
    const { gate } = modelEvidence(evidence, { blockedToo: true })
    return { run: evidence.record.id, content: contentOf(evidence), gate }
  }
  const judgement = await readJudgement(folder)
  const { comparison, verdict } = judgement
  if (verdict.run !== comparison.new.id) {
    throw new ModelgateError({
      code: 'bundle/other-run',
      message: 'The verdict and the comparison beside it are not about the same run.',
      place: { file: path },
      help: 'Judge the run again with `modelgate gate --run`: the two belong together.',
    })
  }
  return { run: verdict.run, content: contentOf(judgement), gate: gateSummary(comparison, verdict) }
}

/** Digests of what the run wrote, its model among them. */
function contentOf({ comparison }: Awaited<ReturnType<typeof readJudgement>>): string[] {
  return Object.values(comparison.new.outs ?? {})
}
