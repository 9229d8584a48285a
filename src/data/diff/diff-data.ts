import { ModelgateError } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import type { DataDiff } from '../../record/data-diff.ts'
import type { Engine } from '../engine/engine.ts'
import type { Relation } from '../relation.ts'
import { diffByKey } from './by-key.ts'
import type { ColumnPair, DiffOptions, DiffSides } from './sides.ts'
import { diffWholeRows } from './whole-rows.ts'

/**
 * Compares two versions of a data set: by key, or as sets of whole rows where there is no key. A key that stands more than once on a side is
 * never paired; its rows are counted apart. Throws `data/diff-key` for a column of the key that a side does not have.
 */
export async function diffData(
  engine: Engine,
  before: Relation,
  after: Relation,
  key: readonly string[],
  options: DiffOptions,
): Promise<DataDiff> {
  const pairs = before.columns.flatMap((column): ColumnPair[] => {
    const other = after.columns.find(({ name }) => name === column.name)
    return other === undefined ? [] : [{ name: column.name, before: column, after: other }]
  })
  const keys = key.map((name) => keyPair(name, pairs, before, after))
  const columns = pairs.filter(({ name }) => !key.includes(name))
  const sides: DiffSides = { before, after, key: keys, columns }
  const found = key.length === 0 ? await diffWholeRows(engine, sides, options) : await diffByKey(engine, sides, options)
  const names = (relation: Relation): string[] => relation.columns.map((column) => column.name)
  return {
    schema: 'modelgate/data-diff@1',
    before: { name: before.name, rows: before.rows },
    after: { name: after.name, rows: after.rows },
    key: [...key],
    columns: {
      added: names(after).filter((name) => !names(before).includes(name)),
      removed: names(before).filter((name) => !names(after).includes(name)),
      typeChanged: pairs
        .filter((pair) => pair.before.kind !== pair.after.kind)
        .map((pair) => ({ column: pair.name, before: pair.before.kind, after: pair.after.kind })),
      compared: columns.map(({ name }) => name),
    },
    ...found,
  }
}

function keyPair(name: string, pairs: readonly ColumnPair[], before: Relation, after: Relation): ColumnPair {
  const found = pairs.find((pair) => pair.name === name)
  if (found !== undefined) return found
  const lacking = before.columns.some((column) => column.name === name) ? after : before
  throw new ModelgateError({
    code: 'data/diff-key',
    message: `${lacking.name} has no column "${name}", which the rows should be matched by.`,
    help:
      didYouMean(
        name,
        pairs.map((pair) => pair.name),
      ) || 'Name columns that both sides have with --key, or none to compare whole rows.',
  })
}
