/** Small charts of plain characters, all of one width in every monospace font. They stand in code spans. */

const blocks = '▁▂▃▄▅▆▇█'

/** One character per value, as high as its share of the largest, or of `most`: `▁▂▅█▅▂▁`. */
export function sparkline(values: readonly number[], most = Math.max(0, ...values)): string {
  return values
    .map((value) => blocks[most === 0 ? 0 : Math.min(7, Math.max(0, Math.ceil((value / most) * 8) - 1))])
    .join('')
}

/** The course of a number from run to run, from the lowest block for the least to the highest for the most; the last one stands apart: `▅▆▇█│▁`. */
export function courseLine(past: readonly number[], last: number): string {
  const all = [...past, last]
  const [least, most] = [Math.min(...all), Math.max(...all)]
  const block = (value: number): string =>
    blocks[most === least ? 3 : Math.round(((value - least) / (most - least)) * 7)] ?? ''
  return `${past.map(block).join('')}│${block(last)}`
}

/** A share as a bar of ten characters: `███████░░░`. */
export function shareBar(share: number): string {
  const full = Math.min(10, Math.max(0, Math.round(share * 10)))
  return '█'.repeat(full) + '░'.repeat(10 - full)
}

/** Places to each side of zero. */
const arm = 9

export type IntervalGlyph = { lower: number; upper: number; gain: number; margin?: number | undefined }

/**
 * The interval of a difference on a line with zero in the middle, better to the right: `─────╎──━━●━━│─────────`. The scale reaches as
 * far to both sides as anything on it; the margin of a rule is the broken stroke. Empty when nothing can be drawn.
 */
export function intervalGlyph({ lower, upper, gain, margin }: IntervalGlyph): string {
  const reach = Math.max(...[lower, upper, gain, margin ?? 0].map(Math.abs))
  if (!Number.isFinite(reach) || reach === 0) return ''
  const place = (value: number): number => arm + Math.round((value / reach) * arm)
  const line = Array.from({ length: 2 * arm + 1 }, (_, at): string =>
    at >= place(lower) && at <= place(upper) ? '━' : '─',
  )
  if (margin !== undefined) line[place(-margin)] = '╎'
  line[arm] = '│'
  // Zero and margin decide: only the point itself goes before them.
  line[place(gain)] = '●'
  return line.join('')
}
