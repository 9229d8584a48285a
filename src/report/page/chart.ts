import { type ScaleLinear, scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import { type Content, element, type Html } from './html.ts'

/** Parts of charts. A chart is an SVG of fixed coordinates that scales with the page; its text stays readable at 320 pixels. */

export type Side = 'base' | 'fresh'
export const sideNames: Record<Side, string> = { base: 'Base', fresh: 'New' }

export type Axis = {
  label: string
  from: number
  to: number
  ticks?: readonly number[]
  format?: (value: number) => string
}

/** What a chart draws on: two scales, and the axes around them. */
export type Canvas = {
  x: ScaleLinear<number, number>
  y: ScaleLinear<number, number>
  axes: Html
  /** Where the plot area lies, for the script: left, right, top and bottom with the values there. */
  area: Record<'data-x' | 'data-y', string>
  height: number
}

const width = 400
const edge = { left: 66, right: 16, top: 12, bottom: 48 }

/** False for a range that no chart can show: of no width, or so wide or narrow that its ticks have no numbers. */
export function isDrawable(from: number, to: number): boolean {
  const width = to - from
  return width > 1e-280 && width < 1e300 && width > Math.max(Math.abs(from), Math.abs(to)) * 1e-12
}

export function canvas(horizontal: Axis, vertical: Axis, height = 320): Canvas {
  const x = scaleLinear([horizontal.from, horizontal.to], [edge.left, width - edge.right])
  const y = scaleLinear([vertical.from, vertical.to], [height - edge.bottom, edge.top])
  const [bottom, right] = [height - edge.bottom, width - edge.right]
  const xTicks = ticksOf(horizontal, x, 5).map(({ value, text }) => [
    element('line', { class: 'grid', x1: at(x(value)), x2: at(x(value)), y1: edge.top, y2: bottom }),
    element('text', { class: 'tick', x: at(x(value)), y: bottom + 17, 'text-anchor': 'middle' }, text),
  ])
  const yTicks = ticksOf(vertical, y, 5).map(({ value, text }) => [
    element('line', { class: 'grid', x1: edge.left, x2: right, y1: at(y(value)), y2: at(y(value)) }),
    element('text', { class: 'tick', x: edge.left - 7, y: at(y(value) + 4), 'text-anchor': 'end' }, text),
  ])
  const middle = at((edge.top + bottom) / 2)
  const axes = element(
    'g',
    { class: 'axes' },
    xTicks,
    yTicks,
    element('path', { class: 'axis', d: `M${edge.left},${edge.top}V${bottom}H${right}` }),
    element(
      'text',
      { class: 'label', x: (edge.left + right) / 2, y: height - 8, 'text-anchor': 'middle' },
      horizontal.label,
    ),
    element(
      'text',
      { class: 'label', transform: `translate(14 ${middle}) rotate(-90)`, 'text-anchor': 'middle' },
      vertical.label,
    ),
  )
  const area = {
    'data-x': `${edge.left} ${right} ${horizontal.from} ${horizontal.to}`,
    'data-y': `${bottom} ${edge.top} ${vertical.from} ${vertical.to}`,
  }
  return { x, y, axes, area, height }
}

function ticksOf(axis: Axis, scale: ScaleLinear<number, number>, count: number): { value: number; text: string }[] {
  const values = axis.ticks ?? scale.ticks(count)
  const format = axis.format ?? tickFormat(values)
  return values.map((value) => ({ value, text: format(value) }))
}

/** Ticks as short as they can be told apart: `0.2`, `−5`, `20K`, `1.5e+20`. */
function tickFormat(values: readonly number[]): (value: number) => string {
  const largest = Math.max(0, ...values.map(Math.abs))
  const step = Math.abs((values[1] ?? 1) - (values[0] ?? 0))
  if (largest >= 1e15 || (step < 1e-4 && step > 0))
    return (value) => (value === 0 ? '0' : signed(value.toExponential(1)))
  if (largest >= 10_000) {
    const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 })
    return (value) => signed(compact.format(value))
  }
  const decimals = Math.min(5, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))
  return (value) => signed((Math.abs(value) < step / 1e6 ? 0 : value).toFixed(decimals))
}

function signed(text: string): string {
  return text.replace(/^-/, '\u2212')
}

/** A coordinate: hundredths of a pixel are enough. */
export function at(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`a chart cannot have a point at ${value}`)
  return Math.round(value * 100) / 100
}

export type Spot = readonly [x: number, y: number]

export function pathOf(spots: readonly Spot[]): string {
  return (
    line<Spot>(
      ([x]) => at(x),
      ([, y]) => at(y),
    )(spots) ?? ''
  )
}

/** The marker of a side: a hollow square for the base, a filled circle for the new run. */
export function marker(side: Side, x: number, y: number, radius = 4): Html {
  return side === 'base'
    ? element('rect', {
        class: 'mark base',
        x: at(x - radius),
        y: at(y - radius),
        width: 2 * radius,
        height: 2 * radius,
      })
    : element('circle', { class: 'mark fresh', cx: at(x), cy: at(y), r: radius })
}

/** The chart as one picture with a name and a description. */
export function picture(
  id: string,
  title: string,
  description: string,
  { axes, area, height }: Pick<Canvas, 'axes' | 'area' | 'height'>,
  ...content: Content[]
): Html {
  return element(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-description`,
      ...area,
    },
    element('title', { id: `${id}-title` }, title),
    element('desc', { id: `${id}-description` }, description),
    axes,
    content,
  )
}

/** Shares from 0 to 1. */
export function shareAxis(label: string): Axis {
  return { label, from: 0, to: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1], format: (value) => value.toFixed(1) }
}
