import { marker, type Side, sideNames } from './chart.ts'
import { type Content, element, type Html } from './html.ts'
import { type Cell, type Column, table } from './parts.ts'

/** One row of the table below a chart. With `spot` it is a point of the chart, to which the reader can walk. */
export type DataRow = { cells: readonly Cell[]; spot?: { side: Side; x: number; y: number } }

export type Marks = 'line' | 'points' | 'bars'

export type FigureParts = {
  id: string
  heading: string
  /** What the chart shows, in a sentence or two. */
  caption: string
  chart: Content
  sides: readonly Side[]
  /** How the marks of a side look here. */
  marks?: Marks
  columns: readonly Column[]
  rows: readonly DataRow[]
}

/** A chart with its heading, its legend and its data as a table. */
export function figure({ id, heading, caption, chart, sides, marks = 'line', columns, rows }: FigureParts): Html {
  const walk = rows.some(({ spot }) => spot !== undefined)
  return element(
    'figure',
    { id, 'data-walk': walk ? heading : undefined, 'aria-labelledby': `${id}-heading` },
    element('h3', { id: `${id}-heading` }, heading),
    element('figcaption', {}, caption),
    sides.length > 0 ? legend(sides, marks) : null,
    element('div', { class: 'canvas' }, chart),
    rows.length === 0
      ? null
      : element(
          'details',
          {},
          element('summary', {}, 'View as table', element('span', { class: 'hidden' }, `: ${heading}`)),
          table(
            heading,
            columns,
            rows.map(({ cells, spot }) => ({
              cells,
              ...(spot === undefined
                ? {}
                : {
                    attributes: {
                      'data-side': spot.side,
                      'data-at': [spot.x, spot.y].map((value) => Number(value.toPrecision(6))).join(' '),
                    },
                  }),
            })),
          ),
        ),
  )
}

function legend(sides: readonly Side[], marks: Marks): Html {
  return element(
    'ul',
    { class: 'legend' },
    sides.map((side) => element('li', {}, sample(side, marks), sideNames[side])),
  )
}

function sample(side: Side, marks: Marks): Html {
  const bar = side === 'base' ? 'M2,13V3H30V13' : 'M2,13V3H30V13Z'
  const line = element('path', { class: `line ${side}`, d: 'M0,8H32' })
  const shapes = {
    line,
    points: [line, marker(side, 16, 8)],
    bars: element('path', { class: `${side === 'base' ? 'line' : 'bar'} ${side}`, d: bar }),
  }
  return element(
    'svg',
    { class: 'sample', viewBox: '0 0 32 16', width: 32, height: 16, 'aria-hidden': 'true' },
    shapes[marks],
  )
}
