/**
 * How a metric follows from the rows. What interval it can have hangs on this and not on its name, so each family of metrics is described
 * once, and whoever computes intervals needs to know the families only. `out[offset]` and what follows is filled in the order of `names`; a
 * metric that the rows do not define is NaN.
 */
export type Measurable = CountMetrics | MeanMetrics | UnitMetrics | RankMetrics | CalibrationMetrics | RowMetrics

/** Metrics of the confusion matrix alone: F1, MCC, kappa, accuracy, those of single classes. */
export type CountMetrics = {
  kind: 'counts'
  names: readonly string[]
  /** Side of the matrix; a cell of it is `truth * classes + predicted`. */
  classes: number
  /** The cell of each row. */
  cells: Int32Array
  fromCounts(counts: Float64Array, out: Float64Array, offset: number): void
}

/** Metrics that are a smooth function of means over rows: MAE, RMSE, R2, log loss, Brier, pass rate. */
export type MeanMetrics = {
  kind: 'means'
  names: readonly string[]
  /** Values per row, one array per mean. */
  columns: readonly Float64Array[]
  fromMeans(means: Float64Array, out: Float64Array, offset: number): void
}

/** Means over units of several rows, such as the queries of a ranking: nDCG, MAP, MRR. Units are resampled, not rows. */
export type UnitMetrics = {
  kind: 'units'
  names: readonly string[]
  /** What each unit is called: pairs the units of two sides. */
  units: readonly string[]
  /** One array per metric, one value per unit; NaN for a unit that does not define it, which then does not count. */
  values: readonly Float64Array[]
}

/** Metrics of the order of the rows by score. `atSpecificity`: recall at the threshold that keeps this share of the negatives out. */
export type RankMetrics = {
  kind: 'rank'
  names: readonly string[]
  metrics: readonly ('roc_auc' | 'pr_auc' | { atSpecificity: number })[]
  /** 1 for a positive row, else 0. */
  positive: Uint8Array
  scores: Float64Array
}

/** Expected calibration error: over bins of the probability, the share of rows times how far the mean of `residual` is from 0. */
export type CalibrationMetrics = {
  kind: 'calibration'
  names: readonly string[]
  bins: number
  /** The bin of each row. */
  bin: Uint16Array
  /** Outcome minus probability of each row. */
  residual: Float64Array
}

/** Anything else, such as a median: computed anew from the rows, each counted `weights[row]` times. */
export type RowMetrics = {
  kind: 'rows'
  names: readonly string[]
  measure(weights: Uint32Array, out: Float64Array, offset: number): void
}
