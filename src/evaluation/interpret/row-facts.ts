import { formatCount } from '../../base/number-text.ts'
import { textsOf } from '../columns.ts'
import { indexIds } from '../id-index.ts'
import type { RowFacts, TextColumn } from '../predictions.ts'
import { fault, has, need, type Reading, readNumbers, shown } from './reading.ts'
import { encode } from './texts.ts'

/** A column with more different values, or longer ones, makes no slices: an id, a measured number, a text. */
const [mostValues, longestValue] = [1000, 200]

/**
 * What predictions of all tasks have in common: ids, groups, losses, and the columns that are left for slices.
 * `taken` are the columns that the task reads itself.
 */
export function readRowFacts(
  reading: Reading,
  ids: string[],
  idColumns: readonly string[],
  taken: ReadonlySet<string>,
): RowFacts {
  const own = new Set([...idColumns, 'group', 'loss', ...taken])
  const columns = new Map<string, TextColumn>()
  const unsliceable = new Map<string, string>()
  for (const name of reading.columns.names) {
    // pandas writes its index under no name.
    if (own.has(name) || name === '') continue
    const column = encode(reading.columns.column(name), mostValues)
    if (column === undefined) unsliceable.set(name, `has more than ${formatCount(mostValues)} different values`)
    else if (column.names.some((value) => value.length > longestValue))
      unsliceable.set(name, `has values of more than ${longestValue} characters`)
    else columns.set(name, column)
  }
  const group = has(reading, 'group') ? encode(reading.columns.column('group')) : undefined
  return {
    ids,
    ...(group === undefined ? {} : { group: checkedGroup(reading, 'group', group) }),
    ...(has(reading, 'loss') ? { loss: readNumbers(reading, 'loss') } : {}),
    ...(columns.size === 0 ? {} : { columns }),
    ...(unsliceable.size === 0 ? {} : { unsliceable }),
  }
}

/** Throws `predictions/group` when a row has none: rows without would all count as one group. */
export function checkedGroup(reading: Reading, name: string, group: TextColumn): TextColumn {
  const empty = group.names.indexOf('')
  if (empty < 0) return group
  const row = group.codes.indexOf(empty)
  throw fault(
    reading,
    'group',
    `${name} is empty in ${reading.places.rowName(row)}.`,
    'Say of every row what it belongs to, or leave the column out.',
    { row, column: name },
  )
}

/** The column of ids: `id`, or else the one that the project names. */
export function idColumnOf(reading: Reading, key: string): string {
  if (!has(reading, 'id') && has(reading, key)) return key
  const help = `${reading.help} Ids under another name: say so with \`key\` of the data set \`eval\`, or with --key.`
  need({ ...reading, help }, 'id', key === 'id' ? undefined : `the key "${shown(key)}"`)
  return 'id'
}

/** Throws `predictions/id` for a row without id, and `predictions/duplicate-id` for a second row of one id. */
export function readIds(reading: Reading, column: string, within?: TextColumn): string[] {
  const written = textsOf(reading.columns.column(column))
  const ids =
    within === undefined
      ? written
      : written.map((id, row) => idWithin(within.names[within.codes[row] as number] as string, id))
  const { places } = reading
  const [empty, { repeated, rowOf }] = [written.indexOf(''), indexIds(ids)]
  // The first fault of the file: empty ones are equal too.
  if (empty >= 0 && (repeated < 0 || empty <= repeated)) {
    const which = places.rowName(empty)
    throw fault(
      reading,
      'id',
      `${which.charAt(0).toUpperCase()}${which.slice(1)} has no id.`,
      'Every row needs the id of its example, the same in every run.',
      { row: empty, column },
    )
  }
  if (repeated < 0) return ids
  const cell = { row: repeated, column }
  const here = places.place(cell).line === undefined ? `in ${places.rowName(repeated)}` : 'here'
  const earlier = places.otherRow(rowOf(ids[repeated] as string))
  throw fault(
    reading,
    'duplicate-id',
    `The id "${shown(written[repeated] as string)}" stands in ${earlier} and again ${here}${within === undefined ? '' : ', in the same query'}.`,
    'Write one row per example.',
    cell,
  )
}

/** One text for an item of a query, such as `q1:doc7`. No two pairs give the same one: colons of the query are escaped. */
export function idWithin(query: string, id: string): string {
  return `${query.replace(/[\\:]/g, '\\$&')}:${id}`
}
