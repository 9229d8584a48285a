/** A column of texts: `codes` has one index into `names` per row; names are sorted and differ, and some may have no row. */
export type TextColumn = { names: readonly string[]; codes: Int32Array }

/** What predictions of every kind may have beside their truth and prediction. */
export type RowFacts = {
  ids: string[]
  /** Rows that belong together, such as those of one user: they are resampled together. Absent: rows are independent of one another. */
  group?: TextColumn
  /** The loss that the user's own code gave each row; lower is better. */
  loss?: Float64Array
  /** Every other column, by name: what slices are made of. */
  columns?: ReadonlyMap<string, TextColumn>
  /** Columns that no slices are made of, with the reason: the end of a sentence that begins with the column. */
  unsliceable?: ReadonlyMap<string, string>
}

/** Classification: truth and prediction as indexes into `classes`; both have one entry per row. */
export type ClassPredictions = RowFacts & {
  kind: 'classes'
  classes: string[]
  truth: Int32Array
  predicted: Int32Array
  /** Score of the positive class (binary tasks only): the higher, the more positive. */
  scores: Float64Array | null
  /** One column of scores per class, in the order of `classes` (tasks of several classes only). */
  classScores?: readonly Float64Array[]
}

/** Regression and forecasting: one number each per row, in the unit of the target. */
export type NumberPredictions = RowFacts & {
  kind: 'numbers'
  truth: Float64Array
  predicted: Float64Array
  /** Forecasting: mean absolute error of the (seasonal) naive forecast within the training part of the row's series; MASE divides by it. */
  scale?: Float64Array
}

/** Ranking: the items of each query (`group`) with how relevant they are (0: not) and the score that orders them, highest first. */
export type RankingPredictions = RowFacts & {
  kind: 'ranking'
  group: TextColumn
  relevance: Float64Array
  scores: Float64Array
}

/** Generation: one outcome per case. Each is null where its column is not there; at least one is. Nothing says from which score on a case passes. */
export type OutcomePredictions = RowFacts & { kind: 'outcomes'; score: Float64Array | null; passed: Uint8Array | null }

export type Predictions = ClassPredictions | NumberPredictions | RankingPredictions | OutcomePredictions

/** Scores outside [0, 1] order the rows, but are no probabilities: log loss and Brier score are not defined for them. */
export function areProbabilities(scores: Float64Array): boolean {
  return scores.every((score) => score >= 0 && score <= 1)
}

/** A total order: names that collate alike, such as 3 and 03, stay in the same order whatever row comes first. */
export function byNameThenBytes(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
}

/** Made once: thousands of names are compared with it. */
const collator = new Intl.Collator('en', { numeric: true })
