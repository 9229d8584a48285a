import { exitCodes } from '../base/error.ts'
import type { RuleResult } from '../gate/verdict.ts'
import type { Judgement, JudgementFiles } from '../report/judgement.ts'
import { renderTerminal } from '../report/terminal.ts'
import { annotateError, notice, warning } from './annotate.ts'
import { annotationPath } from './annotation-path.ts'
import { logLine, setOutputs } from './step.ts'

const mostAnnotations = 9

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
  annotateRules(verdict.rules, annotationPath(configFile))
  if (verdict.outcome === 'blocked' && failOnBlock) process.exitCode = exitCodes.blocked
  return outputs
}

function annotateRules(rules: readonly RuleResult[], file: string | undefined): void {
  for (const consequences of [['block', 'approve'], ['warn'], ['info']]) {
    const matching = rules.filter((rule) => consequences.includes(rule.consequence))
    const annotate = consequences.includes('block') ? annotateError : consequences.includes('warn') ? warning : notice
    for (const rule of matching.slice(0, mostAnnotations)) {
      const place = file === undefined || rule.line === undefined ? {} : { file, startLine: rule.line }
      annotate(rule.reason, { title: `${rule.id}: ${rule.verdict}`, ...place })
    }
    const left = matching.length - mostAnnotations
    if (left > 0) annotate(`${left} more rules are in the report.`, { title: 'modelgate' })
  }
}
