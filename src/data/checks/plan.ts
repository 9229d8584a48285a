import type { Engine, SqlRow } from '../engine/engine.ts'
import type { RelationColumn } from '../relation.ts'

/** What a check needs from the data, and how the answer is judged. Made before anything is read; pure but for `query`. */
export type Plan = RowsPlan | MeasurePlan | QueryPlan | SettledPlan | NotRunPlan

/** A condition on single rows. Counted in the one wide scan that all checks share. */
export type RowsPlan = {
  kind: 'rows'
  expected: string
  /** Rows that are looked at, as SQL; NULL counts as false. All rows without it. */
  applies?: string
  /** Among them those that fail, as SQL; NULL counts as false. */
  fails: string
  /** Columns that a sample shows. */
  shows: readonly RelationColumn[]
}

/** Aggregates over all rows that `where` leaves, taken in the same scan, and a judgement of them. */
export type MeasurePlan = {
  kind: 'measure'
  expected: string
  /** By a name of the check's own; each a single call of an aggregate function, to which a FILTER can be added. */
  aggregates: Record<string, string>
  judge(values: SqlRow): Outcome
}

/** Queries of its own, such as a join with other data. */
export type QueryPlan = {
  kind: 'query'
  expected: string
  query(engine: Engine): Promise<Outcome>
}

/** Known without a query, for instance from the names of the columns. */
export type SettledPlan = { kind: 'settled'; expected: string; outcome: Outcome }

/** Cannot run. It never counts as passed. */
export type NotRunPlan = { kind: 'not-run'; expected: string; why: string }

/** What was found. Exactly one of `counts`, `level` and `holds` decides. */
export type Outcome = {
  /** In words, with numbers; never a value of a sensitive column. */
  observed: string
  /** Failing rows, judged by the limits of the check. */
  counts?: { failing: number; tested: number }
  /** For checks with limits in their own words. */
  level?: 'pass' | 'warn' | 'error'
  /** For checks that hold or do not. */
  holds?: boolean
  /** Set when it turned out only now that nothing can be said; a sentence. */
  notRun?: string
  figures?: Record<string, number | string | null>
  /** Asked only when the check failed. */
  samples?: SampleQuery | ForeignSampleQuery
}

/**
 * Failing rows, as a query without ORDER BY and LIMIT. `within` is a condition that only the first rows of the data meet: where many rows fail
 * it saves going through all of them. A query that cannot use it (because later rows decide whether an earlier one fails) leaves it out.
 */
export type SampleQuery = {
  sql(within: string | undefined): string
  /** The query names their values by `shownAlias`, and the number of the row `rowAlias` where there is one. */
  shows: readonly RelationColumn[]
  /** Numbers of the first failing rows, where the scan found them already. */
  rows?: readonly number[]
}

/** Failing rows of a query of the user's: columns of any name, and nothing that says where they come from. */
export type ForeignSampleQuery = { foreign: string }

/** Name under which sample queries give the number of a row. */
export const rowAlias = 'mg_row'

/** Name under which sample queries give the value of the column at this place in `shows`. */
export function shownAlias(index: number): string {
  return `mg_shown_${index}`
}
