import { formatCount } from '../base/number-text.ts'
import type { Comparison, GoldenRows } from '../compare/comparison.ts'
import { code, details, table } from './format.ts'

const [mostIds, longestId] = [30, 60]

/** Right and wrong rows on both sides, folded away. */
export function flipsSection({ flips }: Comparison): string[] {
  if (flips === null) return []
  const cells = table(
    ['', 'New right', 'New wrong'],
    [
      ['**Base right**', formatCount(flips.bothRight), `**${formatCount(flips.onlyBaseRight)}** broken`],
      ['**Base wrong**', `**${formatCount(flips.onlyNewRight)}** mended`, formatCount(flips.bothWrong)],
    ],
    ['left', 'right', 'right'],
  )
  return [details(`Rows: ${formatCount(flips.onlyNewRight)} mended, ${formatCount(flips.onlyBaseRight)} broken`, cells)]
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
