import type { Plots, ScorePlots } from '../../evaluation/plots/plots.ts'
import { classFigures } from './class-figures.ts'
import { distributionFigure } from './distribution-figures.ts'
import { element, type Html } from './html.ts'
import { numberFigures } from './number-figures.ts'
import { section } from './parts.ts'
import { calibrationFigure, curveFigures } from './score-figures.ts'
import { thresholdFigure } from './threshold-figure.ts'

/** Everything that is drawn from predictions; null without them. */
export function plotsSection(plots: Plots | null): Html | null {
  if (plots === null) return null
  const figures =
    plots.kind === 'numbers'
      ? numberFigures(plots)
      : [
          ...classFigures(plots),
          ...(plots.kind === 'binary' && plots.scores !== null ? binaryFigures(plots.scores) : []),
        ]
  if (figures.length === 0) return null
  return section('plots', 'Plots', element('div', { class: 'figures' }, figures))
}

function binaryFigures(scores: ScorePlots): Html[] {
  const { distributions, thresholds } = scores
  const distribution = (which: 'negatives' | 'positives'): Html | null =>
    distributions === null
      ? null
      : distributionFigure(distributions[which], {
          id: `scores-${which}`,
          heading: `Scores of the ${which}`,
          caption: `Rows whose true class is ${which === 'positives' ? 1 : 0}.`,
          axis: 'Score',
        })
  return [
    thresholds === null ? null : thresholdFigure(thresholds),
    ...curveFigures(scores),
    distribution('negatives'),
    distribution('positives'),
    calibrationFigure(scores.calibration),
  ].flatMap((figure) => figure ?? [])
}
