import { digestOfWritten } from '../base/digest.ts'
import {
  type Judgement,
  type JudgementFiles,
  type JudgementRequest,
  judgeRuns,
  writeJudgement,
} from '../report/judgement.ts'
import { keepRuns } from './kept-runs.ts'

/**
 * Judges, and writes into a folder what was judged and what came of it: all that it takes to judge the same again. Throws what `judgeRuns` and
 * `writeJudgement` throw.
 */
export async function judgeInto(
  folder: string,
  request: JudgementRequest,
): Promise<{ judgement: Judgement; files: JudgementFiles }> {
  const judgement = await judgeRuns(request)
  const { new: fresh, base, otherBaselines } = judgement.comparison
  // A baseline that no rule asks for was found, but is not compared with.
  const compared = new Set([fresh.record, base?.record, ...otherBaselines.map(({ run }) => run?.record)])
  const others = Object.values(request.others ?? {})
  const runs = [request.fresh, request.base, ...others.map((other) => other.base)].filter((run) => run !== null)
  await keepRuns(
    folder,
    runs.filter(({ record }) => compared.has(digestOfWritten(record))),
  )
  return { judgement, files: await writeJudgement(folder, judgement) }
}
