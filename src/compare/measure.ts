import { correctness } from '../evaluation/classification.ts'
import { measurerOf } from '../evaluation/families/measurer-of.ts'
import type { Measurable } from '../evaluation/measurable.ts'
import { measurablesFor } from '../evaluation/measurables.ts'
import type { ClassPredictions, Predictions } from '../evaluation/predictions.ts'
import { subset } from '../evaluation/subset.ts'
import { clustersFrom, emptyMeasurement, type Inquiry, type Measurement } from './inquiry.ts'
import { measureCalibration } from './measure-calibration.ts'
import { measureCounts } from './measure-counts.ts'
import { measureMeans } from './measure-means.ts'
import { measureRanks } from './measure-ranks.ts'
import { measureUnits } from './measure-units.ts'
import type { Need } from './need.ts'
import { resampleFamilies } from './resample.ts'

export type { Measured, Measurement } from './inquiry.ts'

export type MeasureRequest = {
  fresh: Predictions
  /** Rows in the order of `fresh`, or null when the two sides cannot be paired. */
  base: Predictions | null
  binary: boolean
  /** One-sided errors for which intervals are wanted, and of which metrics. */
  alphas: readonly Need[]
  seed: string
  /** These rows only, such as those of a slice; all unless given. */
  rows?: Int32Array
  /** These metrics only (canonical names), each with what it costs alone; all unless given. */
  only?: readonly string[]
  /** Metrics that rules ask for beyond the usual ones, such as `ece@20`. Those of `only` and of `alphas` need not be repeated. */
  wanted?: readonly string[]
}

/**
 * Computes metrics from predictions, each with the best interval that is known for it here. Rows that belong to the same group
 * are taken to depend on one another, and no method that needs independent rows is used then.
 */
export function measure(request: MeasureRequest): Measurement {
  const { binary, seed, alphas, only, rows } = request
  const pick = <P extends Predictions>(side: P): P => (rows === undefined ? side : subset(side, rows))
  const fresh = pick(request.fresh)
  const base = request.base === null ? null : pick(request.base)
  const wanted = [...new Set([...(request.wanted ?? []), ...(only ?? []), ...alphas.flatMap(({ metrics }) => metrics)])]
  const asked = only === undefined ? undefined : new Set(only)
  const labels = (side: Predictions | null): readonly string[] => (side?.kind === 'classes' ? side.classes : [])
  const inquiry: Inquiry = {
    needs: alphas,
    seed,
    rows: fresh.ids.length,
    // The groups of a ranking are its queries, which its metrics are means over.
    clusters: fresh.group === undefined || fresh.kind === 'ranking' ? null : clustersFrom(fresh.group.codes),
    labels: { fresh: labels(fresh), base: labels(base) },
    classRows: fresh.kind === 'classes' ? rowsByClass(fresh) : [],
    isWanted: (name) => asked?.has(name) ?? true,
  }
  const families = (side: Predictions): Measurable[] => withAccuracy(side, measurablesFor(side, binary, wanted))
  return measureFamilies(families(fresh), base === null ? null : families(base), inquiry)
}

function rowsByClass({ truth, classes }: ClassPredictions): number[] {
  const rows = classes.map(() => 0)
  for (const label of truth) rows[label] = (rows[label] as number) + 1
  return rows
}

/** With so many classes that labels are no longer counted by cell, accuracy is still a share of rows. */
function withAccuracy(predictions: Predictions, families: Measurable[]): Measurable[] {
  const labels = families.find(({ names }) => names.includes('accuracy'))
  if (predictions.kind !== 'classes' || labels?.kind !== 'rows') return families
  const right = Float64Array.from(correctness(predictions))
  const accuracy: Measurable = {
    kind: 'means',
    names: ['accuracy'],
    columns: [right],
    fromMeans: (means, out, offset) => out.set(means, offset),
  }
  return [accuracy, ...families]
}

/** The same from families. A family of one side is compared with that of the other which has most names in common. */
export function measureFamilies(
  fresh: readonly Measurable[],
  base: readonly Measurable[] | null,
  inquiry: Inquiry,
): Measurement {
  const measurement = emptyMeasurement()
  const add = (part: Measurement): void => {
    for (const side of ['fresh', 'base', 'differences'] as const) {
      for (const [name, measured] of part[side]) {
        if (!measurement[side].has(name)) measurement[side].set(name, measured)
      }
    }
  }
  for (const family of fresh) {
    if (!family.names.some((name) => inquiry.isWanted(name))) continue
    add(measureFamily(family, partnerOf(family, base ?? []), inquiry))
  }
  // What the base has and the new side lacks is measured too: that it is gone must show.
  for (const family of base ?? []) {
    if (family.names.every((name) => measurement.base.has(name) || !inquiry.isWanted(name))) continue
    const alone = measureFamily(family, null, { ...inquiry, labels: { fresh: inquiry.labels.base, base: [] } })
    add({ ...emptyMeasurement(), base: alone.fresh })
  }
  return measurement
}

function partnerOf(family: Measurable, others: readonly Measurable[]): Measurable | null {
  return (
    others.find((other) => other.kind === family.kind && other.names.some((name) => family.names.includes(name))) ??
    null
  )
}

function measureFamily(fresh: Measurable, partner: Measurable | null, inquiry: Inquiry): Measurement {
  switch (fresh.kind) {
    case 'counts':
      return measureCounts(fresh, partner?.kind === 'counts' ? partner : null, inquiry)
    case 'means':
      return measureMeans(fresh, partner?.kind === 'means' ? partner : null, inquiry)
    case 'units':
      return measureUnits(fresh, partner?.kind === 'units' ? partner : null, inquiry)
    case 'rank':
      return measureRanks(fresh, partner?.kind === 'rank' ? partner : null, inquiry)
    case 'calibration':
      return measureCalibration(fresh, partner?.kind === 'calibration' ? partner : null, inquiry)
    case 'rows':
      return resampleFamilies(
        measurerOf(fresh, inquiry.rows),
        partner?.kind === 'rows' ? measurerOf(partner, inquiry.rows) : null,
        inquiry,
      )
  }
}
