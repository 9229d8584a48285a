import { dirname, resolve } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { configFileName, loadConfig, locateConfig } from '../config/load.ts'
import { readJudgement } from './checked-run.ts'
import { judgeAnew } from './judge-anew.ts'
import { gateSummary } from './model-evidence.ts'
import type { FreshVerdict } from './promote-model.ts'

/**
 * The newest verdict of a run: on another baseline than the one that the version was published with. From the folder that `modelgate gate` wrote it into,
 * where the runs that it compared lie too: it is judged anew, as for publishing, by the checkpoints of the project here. Throws `config/not-found`,
 * `bundle/other-run`, `bundle/other-project`, and what `readJudgement` and `judgeAnew` throw.
 */
export async function readFreshVerdict(
  path: string,
  workingDirectory: string,
  now = new Date(),
): Promise<FreshVerdict> {
  const at = resolve(workingDirectory, path)
  const folder = at.endsWith('.json') ? dirname(at) : at
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
  const loaded = await loadConfig(locateConfig(workingDirectory), workingDirectory)
  if (loaded.config.name !== comparison.project.name) {
    throw new ModelgateError({
      code: 'bundle/other-project',
      message: `The verdict is about "${comparison.project.name}", but ${loaded.file} is of "${loaded.config.name}".`,
      help: `Promote from the folder of the ${configFileName} that the run was made with: its checkpoints judge anew.`,
    })
  }
  const notChecked = await judgeAnew(judgement, { folder, loaded, now, blockedToo: verdict.outcome === 'blocked' })
  const gate = { ...gateSummary(comparison, verdict, loaded.config.model?.path), notChecked }
  // Digests of what the run wrote, its model among them.
  return { run: verdict.run, content: Object.values(comparison.new.outs ?? {}), gate }
}
