import { countFlips } from '../evaluation/flips.ts'
import type { Predictions } from '../evaluation/predictions.ts'
import { slicesOf } from '../evaluation/slices.ts'
import { subset } from '../evaluation/subset.ts'
import type { RunRecord } from '../record/run-record.ts'
import { holmLevels } from '../stats/step-down.ts'
import type { SliceComparison } from './comparison.ts'
import type { MetricDefinitions } from './definitions.ts'
import { measure } from './measure.ts'
import { metricRows } from './metric-rows.ts'

/** Metrics that rules judge in the slices by one column, and the one-sided errors at which they decide. */
export type SliceNeed = {
  column: string
  /** Canonical names. */
  metrics: readonly string[]
  alphas: readonly number[]
  /** Errors that are shared between all slices, or between all pairs of slices by this column. */
  corrected: readonly { alpha: number; over: 'slices' | 'pairs' }[]
}

export type SlicesRequest = {
  needs: readonly SliceNeed[]
  fresh: Predictions
  /** Rows in the order of `fresh`; null without a base that can be paired. */
  base: Predictions | null
  binary: boolean
  seed: string
  definitions: MetricDefinitions
  records: { fresh: RunRecord; base: RunRecord | null }
  sameBecause: string | undefined
}

type Found = { need: SliceNeed; value: string; rows: Uint32Array; baseRows: number | null; isGone: boolean }

/**
 * The metrics of every slice that rules ask for. Where both sides have the column, that of the base says which rows a slice holds: else a
 * change could move the rows that it hurts. A column that only the base has leaves slices without rows. Pure.
 */
export function compareSlices(request: SlicesRequest): { slices: SliceComparison[]; warnings: string[] } {
  const { needs, fresh, base } = request
  const found = needs.flatMap((need) => findSlices(need, fresh, base))
  // Copying every column into every slice would cost more than measuring them.
  const [slim, slimBase] = [withoutColumns(fresh), base === null ? null : withoutColumns(base)]
  const slices = found.map((slice) => compareSlice(request, slice, slim, slimBase, found.length))
  return { slices, warnings: needs.flatMap(({ column }) => movedRows(column, fresh, base)) }
}

function findSlices(need: SliceNeed, fresh: Predictions, base: Predictions | null): Found[] {
  const { column } = need
  const [now, before] = [slicesOf(fresh, column), base === null ? [] : slicesOf(base, column)]
  if (now.length === 0) {
    const gone = (rows: number): Omit<Found, 'value'> => ({
      need,
      rows: new Uint32Array(),
      baseRows: rows,
      isGone: true,
    })
    return before.map(({ value, rows }) => ({ ...gone(rows.length), value }))
  }
  const side = before.length === 0 ? now : before
  return side.map(({ value, rows }) => ({
    need,
    value,
    rows,
    baseRows: base === null ? null : rows.length,
    isGone: false,
  }))
}

function withoutColumns<P extends Predictions>(predictions: P): P {
  const { columns: _columns, ...rest } = predictions
  return rest as P
}

function compareSlice(
  request: SlicesRequest,
  { need, value, rows, baseRows, isGone }: Found,
  fresh: Predictions,
  base: Predictions | null,
  count: number,
): SliceComparison {
  const common = { column: need.column, value, rows: { base: baseRows, new: rows.length } }
  if (isGone) return { ...common, metrics: [], flips: null }
  const { binary, seed, definitions, records, sameBecause } = request
  const sides = { fresh: subset(fresh, rows), base: base === null ? null : subset(base, rows) }
  const alphas = levelsOf(need, count)
  const measured = measure({
    ...sides,
    binary,
    // The same seed in every slice: the rows differ already.
    seed,
    alphas: alphas.map((alpha) => ({ alpha, metrics: need.metrics })),
    only: need.metrics,
  })
  const metrics = metricRows({
    fresh: { ...records.fresh, metrics: [] },
    base: records.base === null || sides.base === null ? null : { ...records.base, metrics: [] },
    measured,
    sameBecause,
    definitions,
    alphas,
    wanted: [],
    seeds: undefined,
  })
  const flips = sides.base === null ? null : countFlips(sides.base, sides.fresh)
  return { ...common, metrics, flips }
}

/** The errors of the rules, and those that Holm's procedure may come to. */
function levelsOf({ alphas, corrected }: SliceNeed, count: number): number[] {
  const pairs = (count * (count - 1)) / 2
  const levels = corrected.flatMap(({ alpha, over }) => holmLevels(alpha, over === 'slices' ? count : pairs))
  return [...new Set([...alphas, ...levels])].sort((a, b) => b - a)
}

/** Said when the sides do not agree about which slice a row is in. */
function movedRows(column: string, fresh: Predictions, base: Predictions | null): string[] {
  const [now, before] = [fresh.columns?.get(column), base?.columns?.get(column)]
  if (now === undefined || before === undefined) return []
  let moved = 0
  for (const [row, code] of now.codes.entries()) {
    if (now.names[code] !== before.names[before.codes[row] as number]) moved++
  }
  if (moved === 0) return []
  return [
    `${moved === 1 ? 'One row is' : `${moved} rows are`} in another slice by ${column} than in the base: the slices of the base count.`,
  ]
}
