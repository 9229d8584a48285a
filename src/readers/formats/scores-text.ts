import type { FileFormat } from '../format.ts'
import { parseNumber } from '../numbers.ts'
import { type ReadMetric, shownName } from '../reading.ts'

const empty = /^\s*(?:#.*)?$/

const printedReport = /^\s*precision\s+recall\s+f1-score\s+support\s*$/

/** Lines of `name: value`, as many a script prints them. */
export const scoresText: FileFormat = {
  name: 'scores-text',
  title: 'lines of "name: value"',
  of: 'file',
  called: /\.(?:txt|scores)$/i,
  fit: (input) => {
    if (input.looksLikeJson() || /\.(?:ya?ml|toml|csv|tsv|md|xml)$/i.test(input.name)) return 'no'
    const lines = input.peekText().split('\n', 10_001)
    const scores = lines.filter((line) => scoreOf(line) !== undefined)
    return scores.length > 0 && lines.every((line) => empty.test(line) || scoreOf(line) !== undefined)
      ? 'generic'
      : 'no'
  },
  read: (input) => {
    const metrics = new Map<string, ReadMetric>()
    for (const [index, line] of input.text().split('\n').entries()) {
      if (empty.test(line)) continue
      const score = scoreOf(line)
      const place = { line: index + 1 }
      if (printedReport.test(line)) {
        const message =
          'This is the report that scikit-learn prints, rounded to two digits: write `classification_report(..., output_dict=True)` as JSON.'
        throw input.fault('printed-report', message, place)
      }
      if (score === undefined) {
        throw input.fault('not-scores', 'This line is not a name, a colon and a number.', place)
      }
      if (metrics.has(score.name)) {
        throw input.fault('repeated-key', `The metric "${shownName(score.name)}" stands twice in the file.`, place)
      }
      metrics.set(score.name, score)
    }
    return { metrics: [...metrics.values()], notes: [] }
  },
}

/** `name: value` or `name = value`, and nothing else in the line. */
function scoreOf(line: string): ReadMetric | undefined {
  const end = line.search(/[:=]/)
  const name = line.slice(0, Math.max(0, end)).trim()
  const value = parseNumber(line.slice(end + 1))
  return name === '' || value === undefined ? undefined : { name, value }
}
