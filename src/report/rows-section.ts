import { formatCount, formatSigned } from '../base/number-text.ts'
import type { Broken, Comparison, GoldenRows } from '../compare/comparison.ts'
import { code, details, table } from './format.ts'

const [mostIds, longestId] = [30, 60]

/** Right and wrong rows on both sides, and the worst of those that were broken, folded away. */
export function flipsSection({ flips, broken }: Comparison): string[] {
  if (flips === null) return []
  const cells = table(
    ['', 'New right', 'New wrong'],
    [
      ['**Base right**', formatCount(flips.bothRight), `**${formatCount(flips.onlyBaseRight)}** broken`],
      ['**Base wrong**', `**${formatCount(flips.onlyNewRight)}** mended`, formatCount(flips.bothWrong)],
    ],
    ['left', 'right', 'right'],
  )
  const worst = broken === null || broken.rows.length === 0 ? [] : ['', brokenTable(broken, flips.onlyBaseRight)]
  const summary = `Rows: ${formatCount(flips.onlyNewRight)} mended, ${formatCount(flips.onlyBaseRight)} broken`
  return [details(summary, [cells, ...worst].join('\n'))]
}

/** The sentence above the broken rows that are listed: which of them these are. */
export function brokenCaption({ by, rows }: Broken, count: number): string {
  if (rows.length === count) return count === 1 ? 'The broken row:' : 'The broken rows:'
  const first = `${formatCount(rows.length)} of ${formatCount(count)} broken rows`
  return by === 'id' ? `${first}, by id:` : `${first}, those that lost most:`
}

/** Above the column of what each row lost; undefined where nothing says how much. */
export const lostLabels: Record<Broken['by'], string | undefined> = {
  'true-class-score': 'Score of the true class',
  score: 'Score',
  loss: 'Loss',
  id: undefined,
}

/** The change of what the label names: a score fell, or a loss grew. */
export function lostText({ by }: Broken, lost: number): string {
  return formatSigned(by === 'loss' ? lost : -lost)
}

function brokenTable(broken: Broken, count: number): string {
  const label = lostLabels[broken.by]
  const named = broken.rows.some(({ truth }) => truth !== undefined)
  const columns = ['Row', ...(named ? ['True', 'Now'] : []), ...(label === undefined ? [] : [label])]
  const rows = broken.rows.map(({ id, truth = '', predicted = '', lost }) => [
    code(id, longestId),
    ...(named ? [code(truth, longestId), code(predicted, longestId)] : []),
    ...(label === undefined ? [] : [lost === undefined ? '' : lostText(broken, lost)]),
  ])
  const sides = columns.map((column) => (column === label ? 'right' : 'left') as 'left' | 'right')
  return [brokenCaption(broken, count), '', table(columns, rows, sides)].join('\n')
}

/** Rows that must stay right and did not, by their ids, folded away. */
export function goldenSection({ golden, base }: Comparison, most = mostIds): string[] {
  const lost = golden.filter(({ brokenCount, missingCount }) => brokenCount + missingCount > 0)
  if (lost.length === 0) return []
  const sum = (which: 'brokenCount' | 'missingCount'): string =>
    formatCount(lost.reduce((total, rows) => total + rows[which], 0))
  const broken = base === null ? 'wrong' : 'broken'
  const body = lost.map((rows) =>
    [
      `${code(rows.file)}, ${formatCount(rows.rows)} in all:`,
      '',
      ...idsOf(rows, 'broken', broken, most),
      ...idsOf(rows, 'missing', 'without a prediction', most),
    ].join('\n'),
  )
  return [
    details(
      `Golden rows: ${sum('brokenCount')} ${broken}, ${sum('missingCount')} without a prediction`,
      body.join('\n\n'),
    ),
  ]
}

function idsOf(rows: GoldenRows, which: 'broken' | 'missing', word: string, most: number): string[] {
  const count = rows[`${which}Count`]
  if (count === 0) return []
  const shown = rows[which].slice(0, most)
  const left = count - shown.length
  const ids = shown.map((id) => code(id, longestId)).join(', ')
  return [`- ${formatCount(count)} ${word}: ${ids}${left > 0 ? ` and ${formatCount(left)} more` : ''}`]
}
