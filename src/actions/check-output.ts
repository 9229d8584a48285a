import { exitCodeOf, exitCodes, formatPlace, ModelgateError, ModelgateErrors } from '../base/error.ts'
import { codeSpan, escapeMarkdown, oneLine, truncate } from '../base/escape.ts'
import { plural } from '../base/number-text.ts'
import { conclusionOf } from '../gate/conclusion.ts'
import type { RuleResult } from '../gate/verdict.ts'
import { type CheckAnnotation, type CheckOutput, summaryBytes } from '../github/check-run.ts'
import type { Judgement } from '../report/judgement.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { annotationLevel } from './annotation-level.ts'
import { annotationPath } from './annotation-path.ts'
import { annotationsOfRun } from './data-annotations.ts'

/** Errors that the summary of a check spells out. All of them are in the log. */
const mostErrors = 50
/** GitHub refuses a longer title. A message could be longer there, but not in the log, where it stands too. */
const [longestTitle, longestMessage] = [255, 4096]

/**
 * What a judgement writes into its check. `path` is that of modelgate.yaml in the repository; `decorate` adds what a report says of its
 * own origin. `configFile` is modelgate.yaml in the working directory, where there is a checkout: data lie beside it.
 */
export function outputOfJudgement(
  judgement: Judgement,
  path: string | undefined,
  decorate = (markdown: string): string => markdown,
  configFile?: string,
): CheckOutput {
  const { comparison, verdict, plots } = judgement
  const room = summaryBytes - Buffer.byteLength(decorate(''))
  return {
    conclusion: conclusionOf(verdict),
    title: cut(verdict.reason, longestTitle),
    summary: decorate(renderMarkdown(comparison, verdict, plots, { most: room, unit: 'bytes' })),
    annotations: annotationsIn(judgement, path, configFile),
  }
}

/** Where GitHub can show them; those of rules without a place of their own say nothing that the summary does not. */
function annotationsIn(
  judgement: Judgement,
  path: string | undefined,
  configFile: string | undefined,
): CheckAnnotation[] {
  const { comparison, verdict } = judgement
  return [
    ...verdict.rules.flatMap((rule) => annotationOf(rule, path)),
    ...annotationsOfRun(comparison, verdict, configFile).flatMap(({ path: file, line, ...said }) =>
      file === undefined || line === undefined ? [] : [{ path: file, line, ...said }],
    ),
  ]
}

function annotationOf(rule: RuleResult, path: string | undefined): CheckAnnotation[] {
  if (rule.consequence === 'none' || rule.line === undefined || path === undefined) return []
  const level = annotationLevel(rule.consequence)
  const [title, message] = [cut(`${rule.id}: ${rule.verdict}`, longestTitle), cut(rule.reason, longestMessage)]
  return [{ path, line: rule.line, level, title, message }]
}

/** What an error writes into its check: sentence and remedy, and an annotation where a line of the repository is at fault. */
export function outputOfError(error: unknown): CheckOutput {
  const cancelled = exitCodeOf(error) === exitCodes.cancelled
  const errors = error instanceof ModelgateErrors ? error.errors : [error]
  const [first] = errors
  const count = errors.length + (error instanceof ModelgateErrors ? error.untold : 0)
  const others = count === 1 ? '' : ` (and ${plural(count - 1, 'more error')})`
  const left = count - Math.min(errors.length, mostErrors)
  return {
    conclusion: cancelled ? 'cancelled' : 'failure',
    title: cancelled ? 'Cancelled' : `${cut(messageOf(first), longestTitle - others.length)}${others}`,
    summary: [
      ...errors.slice(0, mostErrors).map(paragraphsOf),
      ...(left > 0 ? [`${plural(left, 'more error')} not shown.`] : []),
    ].join('\n\n'),
    annotations: errors.slice(0, mostErrors).flatMap(inFile),
  }
}

function cut(text: string, most: number): string {
  return truncate(oneLine(text), most)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Cut before it is escaped, which makes it longer. */
function sentence(text: string): string {
  return escapeMarkdown(truncate(text, longestMessage))
}

function paragraphsOf(error: unknown): string {
  if (!(error instanceof ModelgateError)) return sentence(messageOf(error))
  const where = error.place === undefined ? '' : `${codeSpan(truncate(formatPlace(error.place), longestMessage))}: `
  const help = (error.help ?? '').split('\n').filter((line) => line.trim() !== '')
  return [`${where}${sentence(error.message)}`, ...help.map(sentence)].join('\n\n')
}

function inFile(error: unknown): CheckAnnotation[] {
  if (!(error instanceof ModelgateError) || error.place?.line === undefined) return []
  const path = annotationPath(error.place.file)
  if (path === undefined) return []
  const { line, column } = error.place
  const message = cut(error.help === undefined ? error.message : `${error.message} ${error.help}`, longestMessage)
  const at = column === undefined ? { line } : { line, column }
  return [{ path, ...at, level: 'failure', title: cut(`modelgate: ${error.code}`, longestTitle), message }]
}
