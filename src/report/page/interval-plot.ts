import { formatSigned } from '../../base/number-text.ts'
import type { MetricComparison } from '../../compare/comparison.ts'
import { nearestInterval } from '../intervals.ts'
import { turned } from '../trend.ts'
import { at } from './chart.ts'
import { element, type Html } from './html.ts'

const [width, height, middle] = [200, 28, 14]

/**
 * One line of a forest plot: zero in the middle, better to the right, the interval with the difference on it, and the margin of a rule.
 * Each metric has its own scale, which reaches as far to both sides; or as far as `shared` says, where lines are held against each other.
 */
export function intervalPlot(metric: MetricComparison, margin: number | undefined, shared = 0): Html | null {
  const interval = nearestInterval(metric)
  if (interval === undefined || metric.difference === null || metric.direction === 'unknown') return null
  const { lower, upper } = turned(interval, metric)
  const gain = metric.direction === 'lower' ? -metric.difference : metric.difference
  const reach = Math.max(...[lower, upper, gain, margin ?? 0, shared].map(Math.abs))
  if (!Number.isFinite(reach)) return null
  const x = (value: number): number => at(width / 2 + (reach === 0 ? 0 : (value / reach) * (width / 2 - 8)))
  const limit = margin === undefined ? '' : `, margin ${formatSigned(-margin)}`
  const label = `Better to the right: ${formatSigned(gain)}, interval ${formatSigned(lower)} to ${formatSigned(upper)}${limit}`
  return element(
    'svg',
    { class: 'interval', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': label },
    element('path', { class: 'zero', d: `M${width / 2},0V${height}` }),
    margin === undefined ? null : element('path', { class: 'margin', d: `M${x(-margin)},0V${height}` }),
    element('path', { class: 'reach', d: `M${x(lower)},${middle}H${x(upper)}M${x(lower)},6V22M${x(upper)},6V22` }),
    element('circle', { class: 'gain', cx: x(gain), cy: middle, r: 4 }),
  )
}
