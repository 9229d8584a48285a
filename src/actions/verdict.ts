import { exitCodes } from '../base/error.ts'
import type { RuleResult } from '../gate/verdict.ts'
import type { Judgement, JudgementFiles } from '../report/judgement.ts'
import { renderTerminal } from '../report/terminal.ts'
import { type Annotation, annotateAll } from './annotate.ts'
import { annotationLevel } from './annotation-level.ts'
import { annotationPath } from './annotation-path.ts'
import { annotationsOfRun } from './data-annotations.ts'
import { logLine, setOutputs } from './step.ts'

/** Outputs, log, annotations and exit code of a judgement: the same for every action that judges. Gives the outputs back. */
export function announceVerdict(
  judgement: Judgement,
  files: JudgementFiles,
  configFile: string | undefined,
  failOnBlock: boolean,
): Record<string, string> {
  const { comparison, verdict } = judgement
  const outputs = {
    verdict: verdict.verdict,
    outcome: verdict.outcome,
    reason: verdict.reason,
    'failed-rules': verdict.failedRules.join(','),
    'comparison-file': files.comparison,
    'verdict-file': files.verdict,
    'report-file': files.report,
    'page-file': files.page,
  }
  setOutputs(outputs)
  for (const line of renderTerminal(comparison, verdict, false).split('\n')) logLine(line)
  annotateAll(annotationsOfJudgement(judgement, configFile))
  if (verdict.outcome === 'blocked' && failOnBlock) process.exitCode = exitCodes.blocked
  return outputs
}

/** What rules and data checks say, each at its line where it has one. */
export function annotationsOfJudgement(
  { comparison, verdict }: Pick<Judgement, 'comparison' | 'verdict'>,
  configFile: string | undefined,
): Annotation[] {
  const file = annotationPath(configFile)
  return [
    ...verdict.rules.flatMap((rule) => annotationOf(rule, file)),
    ...annotationsOfRun(comparison, verdict, configFile),
  ]
}

function annotationOf({ id, verdict, consequence, reason, line }: RuleResult, file: string | undefined): Annotation[] {
  if (consequence === 'none') return []
  const level = annotationLevel(consequence)
  const place = file === undefined || line === undefined ? {} : { path: file, line }
  return [{ level, title: `${id}: ${verdict}`, message: reason, ...place }]
}
