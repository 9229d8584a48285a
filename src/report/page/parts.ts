import type { RuleResult, VerdictValue } from '../../gate/verdict.ts'
import { shorten, softening } from '../format.ts'
import { type Attributes, type Content, element, type Html } from './html.ts'

/** Small parts that several sections of the page share. */

/** Text from outside, cut: one absurd name must not push the rest out of sight. */
export function words(foreign: string, limit = 1000): string {
  return shorten(foreign, limit)
}

/** A name from outside, as code. */
export function name(foreign: string, limit = 200): Html {
  return element('code', {}, words(foreign, limit))
}

const signs: Record<VerdictValue | 'skipped', string> = {
  pass: '✔',
  fail: '✖',
  inconclusive: '?',
  incomparable: '≠',
  skipped: '–',
}

/** It only repeats what the word beside it says, or the badge of the rule. */
export function signOf(verdict: VerdictValue | 'skipped'): string {
  return signs[verdict]
}

/** `✖ fail`, as a label. The word says all; sign and colour only repeat it. */
export function badge(verdict: VerdictValue | 'skipped', after = ''): Html {
  const label = verdict === 'skipped' ? 'not judged' : verdict
  return element(
    'span',
    { class: `badge ${verdict}` },
    element('span', { 'aria-hidden': 'true' }, signs[verdict]),
    ` ${label}${after}`,
  )
}

export function ruleBadge(rule: Pick<RuleResult, 'verdict' | 'consequence' | 'mode'>): Html {
  return badge(rule.verdict, softening(rule))
}

export function section(id: string, heading: string, ...content: Content[]): Html {
  return element(
    'section',
    { id, 'aria-labelledby': `${id}-heading` },
    element('h2', { id: `${id}-heading` }, heading),
    content,
  )
}

/** A column; `sort` makes it one that the script can sort by, and `sentence` keeps it wide enough for one. */
export type Column = { label: string; number?: boolean; sort?: boolean; sentence?: boolean }

/** A cell. `value` is what it is sorted by, where that is not its text; `kind` are classes of its own. */
export type Cell = { content: Content; value?: number | string | undefined; kind?: string }

export function cell(content: Content, value?: number | string | null): Cell {
  if (value === undefined || value === null) return { content }
  // Six digits sort and draw as well as sixteen, and make a smaller page.
  return { content, value: typeof value === 'number' ? Number(value.toPrecision(6)) : value }
}

/** A table that scrolls by itself where it is wider than the page. The first cell of a row is its header. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly { cells: readonly Cell[]; attributes?: Attributes }[],
): Html {
  const sortable = columns.some(({ sort }) => sort === true)
  const head = columns.map(({ label, number, sort }) =>
    element('th', { scope: 'col', class: number === true ? 'number' : undefined, 'data-sort': sort === true }, label),
  )
  const body = rows.map(({ cells, attributes }) =>
    element(
      'tr',
      attributes,
      cells.map(({ content, value, kind }, place) =>
        element(
          place === 0 ? 'th' : 'td',
          {
            scope: place === 0 ? 'row' : undefined,
            class: classesOf(columns[place], kind),
            'data-value': value,
          },
          content,
        ),
      ),
    ),
  )
  return element(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': `Table: ${caption}`, tabindex: 0 },
    element(
      'table',
      { class: sortable ? 'sortable' : undefined },
      element('caption', { class: 'hidden' }, caption),
      element('thead', {}, element('tr', {}, head)),
      element('tbody', {}, body),
    ),
  )
}

function classesOf(column: Column | undefined, kind?: string): string | undefined {
  const classes = [column?.number === true && 'number', column?.sentence === true && 'sentence', kind]
  return classes.filter((name) => typeof name === 'string').join(' ') || undefined
}

/** Rows that a table shows at most, and the words for those that it does not. */
export function limited<T>(rows: readonly T[], most: number): { shown: readonly T[]; note: Html | null } {
  const left = rows.length - most
  return {
    shown: rows.slice(0, most),
    note: left > 0 ? element('p', { class: 'quiet' }, `${left.toLocaleString('en-US')} more are not shown.`) : null,
  }
}
