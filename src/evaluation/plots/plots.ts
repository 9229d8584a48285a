import type { ClassPredictions, NumberPredictions, Predictions } from '../predictions.ts'
import { type Calibration, calibrate } from './calibration.ts'
import { type ClassResults, cellsByThreshold, classResults, type ThresholdTable } from './confusion.ts'
import { type Curve, precisionRecallCurve, rocCurve } from './curves.ts'
import { type ErrorPlots, errorPlots } from './errors.ts'
import { commonRange, type Histogram, histogram } from './histogram.ts'
import { rank } from './ranking.ts'
import { mapSides, present, type Sides } from './sides.ts'

/** What the plots of two runs show. Calculated, not stored: it follows from the predictions, which are. */
export type Plots = BinaryPlots | ClassPlots | NumberPlots

export type BinaryPlots = ClassResults & { kind: 'binary'; scores: ScorePlots | null }
export type ClassPlots = ClassResults & { kind: 'classes' }
export type NumberPlots = ErrorPlots & { kind: 'numbers' }

/** Plots of the scores of a binary task. */
export type ScorePlots = {
  /** True when all scores of both sides lie between 0 and 1. */
  probabilities: boolean
  rows: Sides<{ positives: number; negatives: number }>
  roc: Sides<Curve>
  precisionRecall: Sides<Curve>
  calibration: Sides<Calibration>
  /** Scores of the rows of each true class, on the same edges. */
  distributions: { positives: Histogram; negatives: Histogram } | null
  thresholds: ThresholdTable | null
}

/** The plots of two runs of one task; null when neither has predictions. The sides need not be paired. */
export function plotsOf(predictions: Sides<Predictions>, binary: boolean): Plots | null {
  const numbers = mapSides(predictions, (side): NumberPredictions | null => (side.kind === 'numbers' ? side : null))
  if (present(numbers).length > 0) return { kind: 'numbers', ...errorPlots(numbers) }
  const classes = mapSides(predictions, (side): ClassPredictions | null => (side.kind === 'classes' ? side : null))
  if (present(classes).length === 0) return null
  const results = classResults(classes)
  return binary ? { kind: 'binary', ...results, scores: scorePlots(classes) } : { kind: 'classes', ...results }
}

const scoreBins = 20

function scorePlots(sides: Sides<ClassPredictions>): ScorePlots | null {
  const rankings = mapSides(sides, rank)
  const lists = present(rankings).flatMap(({ positives, negatives }) => [positives, negatives])
  if (lists.length === 0) return null
  const probabilities = lists.every((scores) => (scores[0] ?? 0) >= 0 && (scores.at(-1) ?? 1) <= 1)
  const range = probabilities ? { from: 0, to: 1 } : commonRange(lists)
  const [positives, negatives] = (['positives', 'negatives'] as const).map((which) =>
    histogram(
      mapSides(rankings, (ranking) => ranking[which]),
      scoreBins,
      range,
    ),
  )
  return {
    probabilities,
    rows: mapSides(rankings, (side) => ({ positives: side.positives.length, negatives: side.negatives.length })),
    roc: mapSides(rankings, rocCurve),
    precisionRecall: mapSides(rankings, precisionRecallCurve),
    calibration: mapSides(rankings, calibrate),
    distributions: positives == null || negatives == null ? null : { positives, negatives },
    thresholds: cellsByThreshold(rankings, probabilities),
  }
}
