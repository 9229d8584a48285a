import { plural } from '../base/number-text.ts'
import { cutMarkdown, fits, type TextLimit } from '../base/text-limit.ts'
import type { Comparison, RunSummary } from '../compare/comparison.ts'
import type { Plots } from '../evaluation/plots/plots.ts'
import type { Verdict } from '../gate/verdict.ts'
import { alertsOf } from './alerts.ts'
import { changesSection } from './changes-section.ts'
import { partsOf } from './data/part.ts'
import { type DataBrevity, dataSections } from './data/section.ts'
import { code, details, stoppedBecause, text, verdictIcon } from './format.ts'
import { noteRoom, reportLimit } from './full-report-link.ts'
import { historySection } from './history-section.ts'
import { judgedBy, methodsOf, usageOf } from './method.ts'
import { metricsSection } from './metrics-section.ts'
import { partsSection } from './parts-section.ts'
import { plotsSection } from './plots-section.ts'
import { flipsSection, goldenSection } from './rows-section.ts'
import { otherBaselinesSection, rulesSection, settlingSection } from './rules-section.ts'
import { waiversLine, waiversSection } from './waivers.ts'

/** What a report in a comment may have: the rest of the comment is for the link and the notes that are put around it. */
const commentLimit: TextLimit = { most: reportLimit - noteRoom, unit: 'utf16' }

/**
 * The report as GitHub-flavoured Markdown: verdict and reason first, as much as fits into `limit`. Pure: the same input gives the same
 * text.
 */
export function renderMarkdown(
  comparison: Comparison,
  verdict: Verdict,
  plots: Plots | null = null,
  limit = commentLimit,
): string {
  const leftOut = leftOutOf(limit)
  const head = headline(comparison, verdict)
  const compared = [whatWasCompared(comparison), ...otherBaselinesSection(comparison)]
  const waivers = waiversSection(verdict)
  const essential = [head, ...alertsSection(comparison, verdict), ...waivers, ...compared]
  const rules = rulesSection(verdict)
  // What belongs to the rules, but may be left out before them.
  const besideRules = [...settlingSection(comparison, verdict), ...historySection(comparison, verdict)]
  const parts = partsOf(comparison)
  // Of a run that its data stopped there is nothing else to show: the data come first, in place of the metrics.
  const stopped = comparison.stoppedAt !== null
  const [metrics = '', ...moreMetrics] = stopped ? [] : metricsSection(comparison, verdict)
  const isDataFailing = parts.some(({ report }) => report === null || report.verdict === 'fail')
  // Data that failed come before what was made of them.
  const open = (data: readonly string[], measured: string, ...judged: string[]): string[] =>
    isDataFailing ? [...essential, ...judged, ...data, measured] : [...essential, measured, ...judged, ...data]
  const full = (drawn: Plots | null, brevity: DataBrevity = 'usual'): string[] => [
    ...open(dataSections(parts, brevity), metrics, rules, ...besideRules),
    ...partsSection(comparison, verdict),
    ...goldenSection(comparison),
    ...flipsSection(comparison),
    ...changesSection(comparison),
    ...plotsSection(drawn),
    ...moreMetrics,
    methodSection(comparison, verdict),
  ]
  // Where there is more room than in a comment, such as in the summary of a job, the lists go on for longer.
  const fuller = (): string[] => {
    const [measured = '', ...more] = stopped ? [] : metricsSection(comparison, verdict, 2000)
    const everyRule = rulesSection(verdict, { most: 1000, idLength: 300, sentenceLength: 1000 })
    const changes = changesSection(comparison, 500)
    const first = open(dataSections(parts, 'fuller'), measured, everyRule, ...besideRules)
    const judged = [...partsSection(comparison, verdict, 200), ...goldenSection(comparison, 100)]
    const others = [...judged, ...flipsSection(comparison), ...changes, ...plotsSection(plots), ...more]
    return [...first, ...others, methodSection(comparison, verdict)]
  }
  // Steps down in size: first without the plots, then with fewer details of the data, then without the folded parts, then without the metrics,
  // then without the notes. The verdict and its rules always stay; the last step, which is short whatever it is made of, has only the rules that
  // matter most.
  const candidates = [
    ...(limit.most > commentLimit.most ? [fuller] : []),
    () => full(plots),
    () => [...full(null), leftOut],
    ...(parts.length === 0 ? [] : [() => [...full(null, 'brief'), leftOut]]),
    () => [...open(dataSections(parts, 'brief'), metrics, rules, ...besideRules), leftOut],
    () => [...open(dataSections(parts, 'line'), '', rules), leftOut],
    () => [head, ...waivers, rules, ...dataSections(parts, 'line'), leftOut],
    () => [head, ...waivers, rules, leftOut],
    () => [head, waiversLine(verdict), rules, leftOut],
    ...[100, 40, 15].map((most) => () => [
      head,
      waiversLine(verdict),
      rulesSection(verdict, { most, idLength: 200, sentenceLength: 160 }),
      leftOut,
    ]),
  ]
  let markdown = ''
  for (const sectionsOf of candidates) {
    const sections = sectionsOf()
    markdown = `${sections.filter((section) => section !== '').join('\n\n')}\n`
    if (fits(markdown, limit)) return markdown
  }
  return cutMarkdown(markdown, limit, leftOut)
}

function leftOutOf(limit: TextLimit): string {
  const why = limit.unit === 'utf16' ? 'it would be too long for a comment' : 'there is no room for all of it here'
  return `_Parts of this report were left out, because ${why}. The files of the run hold all of it._`
}

function headline(comparison: Comparison, verdict: Verdict): string {
  const title = `## ${verdictIcon(verdict.verdict)} ${code(comparison.project.name)}: ${verdict.verdict}${stoppedBecause(verdict)}`
  const noBaseline =
    verdict.withoutBaseline || comparison.base === null
      ? `**No baseline:** ${text(comparison.baseline.explanation)}\n\n`
      : ''
  const { stoppedAt } = comparison
  const stopped =
    stoppedAt === null
      ? ''
      : `**Nothing was trained or measured:** the data checks of stage ${code(stoppedAt)} failed.\n\n`
  return `${title}\n\n${stopped}${noBaseline}${reasonOf(verdict)}`
}

/** The sentence of the verdict; the rule that it begins with is set as code. */
function reasonOf({ reason, rules }: Verdict): string {
  const named = rules.find((rule) => reason.startsWith(`${rule.id}: `))
  return named === undefined ? text(reason) : `${code(named.id, 300)}: ${text(reason.slice(named.id.length + 2))}`
}

const mostAlerts = 12

function alertsSection(comparison: Comparison, verdict: Verdict): string[] {
  const lines = alertsOf(comparison, verdict).map(({ heading, sentences }) =>
    [...(heading === undefined ? [] : [`**${text(heading)}**`]), ...sentences.map((sentence) => text(sentence))].join(
      ' ',
    ),
  )
  if (lines.length === 0) return []
  const left = lines.length - mostAlerts
  const shown = [...lines.slice(0, mostAlerts), ...(left > 0 ? [`${plural(left, 'more note')} not shown.`] : [])]
  return [shown.map((line) => `> ⚠️ ${line}`).join('\n>\n')]
}

function whatWasCompared(comparison: Comparison): string {
  const side = (run: RunSummary): string =>
    run.commit === undefined ? `run ${code(run.id)}` : code(run.commit.slice(0, 7))
  if (comparison.base === null) return `Measured: ${side(comparison.new)}${rowsOf(comparison.evaluated.new)}.`
  const rows = comparison.rows === null ? '' : `, ${plural(comparison.rows.paired, 'row')} paired by id`
  return `Compared: ${side(comparison.new)} with ${side(comparison.base)} (${text(comparison.baseline.explanation)})${rows}.`
}

function rowsOf(count: number | null): string {
  return count === null ? '' : `, ${plural(count, 'row')} of predictions`
}

function methodSection(comparison: Comparison, verdict: Verdict): string {
  const lines = [
    ...methodsOf(comparison).map(
      ({ method, metrics }) => `${metrics.map((name) => code(name)).join(', ')}: ${text(method)}`,
    ),
    ...usageOf(comparison),
    judgedBy(verdict),
  ]
  return details('How this was measured', lines.map((line) => `- ${line}`).join('\n'))
}
