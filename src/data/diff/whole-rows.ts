import type { DiffRow } from '../../record/data-diff.ts'
import type { Engine } from '../engine/engine.ts'
import { readValues } from './sample-values.ts'
import { comparable, type DiffOptions, type DiffSides, type RowDiff } from './sides.ts'

const nothing = { keys: 0, rows: 0 }

/** Without a key a row has no identity: a change is one row removed and one added. Equal rows are matched one to one. */
export async function diffWholeRows(engine: Engine, sides: DiffSides, options: DiffOptions): Promise<RowDiff> {
  const names = sides.columns.map((_, index) => `mg_value_${index}`).join(', ')
  const one = (side: 'before' | 'after', count: number): string => {
    const items = sides.columns.map((pair, index) => `${comparable(engine, pair, side)} AS mg_value_${index}`)
    return `SELECT ${[...items, `${count} AS mg_one`].join(', ')} FROM ${sides[side].sql}`
  }
  const surplus =
    sides.columns.length === 0
      ? 'SELECT 0 AS mg_surplus WHERE FALSE'
      : `SELECT ${names}, sum(mg_one) AS mg_surplus FROM (${one('before', -1)} UNION ALL ${one('after', 1)}) AS mg_both GROUP BY ${names} HAVING sum(mg_one) <> 0`
  const [total = {}] = await engine.query(
    `SELECT sum(mg_surplus) FILTER (WHERE mg_surplus > 0) AS mg_added, sum(-mg_surplus) FILTER (WHERE mg_surplus < 0) AS mg_removed FROM (${surplus}) AS mg_surpluses`,
  )
  const isComparable = sides.columns.length > 0
  const added = isComparable ? Number(total.mg_added ?? 0) : sides.after.rows
  const removed = isComparable ? Number(total.mg_removed ?? 0) : sides.before.rows
  const sample = async (part: 'added' | 'removed', rows: number): Promise<DiffRow[]> => {
    if (rows === 0 || !isComparable) return []
    const texts = sides.columns.map((_, index) => `${engine.dialect.text(`mg_value_${index}`)} AS mg_shown_${index}`)
    const sign = part === 'added' ? '> 0' : '< 0'
    const found = await engine.query(
      `SELECT ${texts.join(', ')}, abs(mg_surplus) AS mg_times FROM (${surplus}) AS mg_surpluses WHERE mg_surplus ${sign} ORDER BY ${names} LIMIT ${options.samples}`,
    )
    return found.map((row) => {
      const columns = sides.columns.map(({ name }, index) => [name, `mg_shown_${index}`] as const)
      const { values, hidden } = readValues(row, columns, options.sensitive)
      return {
        key: {},
        ...(part === 'added' ? { after: values } : { before: values }),
        times: Number(row.mg_times),
        ...(hidden.length === 0 ? {} : { hidden }),
      }
    })
  }
  return {
    rows: { added, removed, changed: 0, unchanged: sides.after.rows - added },
    changes: [],
    unpaired: {
      repeatedBefore: nothing,
      repeatedAfter: nothing,
      ambiguousRows: { before: 0, after: 0 },
      missingKey: { before: 0, after: 0 },
    },
    samples: {
      added: await sample('added', added),
      removed: await sample('removed', removed),
      changed: [],
      repeated: [],
    },
  }
}
