import { stripInvisible, truncate } from '../../base/escape.ts'
import type { Group } from './numeric-pair.ts'

/** Words for bins, in reports and charts. Between brackets, since a value of the data may be called anything. */

export const missingLabel = '(missing)'
export const invalidLabel = '(not valid)'
export const otherLabel = '(other)'

const longest = 80

export function shownValue(value: string): string {
  return value === '' ? '(empty)' : truncate(stripInvisible(value), longest)
}

/** `< 12.5`, `12.5 – 40`, `≥ 40`: each group reaches up to where the next one begins. */
export function binLabels(groups: readonly Group[], starts: readonly number[], isTime: boolean): string[] {
  const show = (bin: number): string => (isTime ? instant(starts[bin] ?? 0) : shortNumber(starts[bin] ?? 0))
  return groups.map(({ from }, index) => {
    const next = groups[index + 1]
    if (index === 0) return next === undefined ? 'all' : `< ${show(next.from)}`
    return next === undefined ? `≥ ${show(from)}` : `${show(from)} – ${show(next.from)}`
  })
}

/** Four digits that mean something, without zeros that do not: `12.5`, `0.001234`, `1.2e+30`. */
export function shortNumber(value: number): string {
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e9) return String(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(3).replace(/\.?0+e/, 'e')
  return String(Number(value.toPrecision(4)))
}

/** A date where it is midnight, else date and time. */
function instant(seconds: number): string {
  const time = new Date(seconds * 1000)
  if (Number.isNaN(time.getTime())) return shortNumber(seconds)
  const text = time
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace('T', ' ')
  return text.replace(/ 00:00:00$/, '')
}
