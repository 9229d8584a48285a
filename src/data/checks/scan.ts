import { ModelgateError } from '../../base/error.ts'
import type { Engine, SqlRow } from '../engine/engine.ts'
import type { Relation } from '../relation.ts'

/** More aggregates than this go into another scan: the plan of one query grows with them. */
const mostPerScan = 400

/** Aggregates over all rows of a relation, taken together: each is computed once, however many ask for it. */
export type Scan = {
  /** Asks for an aggregate; the key gives its value after `run`. */
  add(aggregate: string): string
  run(engine: Engine): Promise<ScanResult>
}

/** `failed` has the keys of aggregates that could not be computed, such as a cast of a user's that met a wrong value, and why. */
export type ScanResult = { values: SqlRow; failed: Map<string, ModelgateError> }

export function newScan(relation: Relation): Scan {
  const keys = new Map<string, string>()
  return {
    add: (aggregate) => {
      const key = keys.get(aggregate) ?? `mg_${keys.size}`
      keys.set(aggregate, key)
      return key
    },
    run: async (engine) => {
      const all = [...keys]
      const result: ScanResult = { values: {}, failed: new Map() }
      for (let from = 0; from < all.length; from += mostPerScan) {
        await scanPart(engine, relation, all.slice(from, from + mostPerScan), result)
      }
      return result
    },
  }
}

/** One aggregate that fails must not cost the others: they are halved until it stands alone. */
async function scanPart(
  engine: Engine,
  relation: Relation,
  part: readonly (readonly [aggregate: string, key: string])[],
  result: ScanResult,
): Promise<void> {
  const list = part.map(([aggregate, key]) => `${aggregate} AS ${key}`).join(', ')
  try {
    const [row] = await engine.query(`SELECT ${list} FROM ${relation.sql}`)
    Object.assign(result.values, row)
  } catch (error) {
    if (!(error instanceof ModelgateError) || error.code !== 'data/sql') throw error
    const [only] = part
    if (part.length === 1 && only !== undefined) {
      result.failed.set(only[1], error)
      return
    }
    const half = Math.ceil(part.length / 2)
    await scanPart(engine, relation, part.slice(0, half), result)
    await scanPart(engine, relation, part.slice(half), result)
  }
}
