import { formatCount, formatNumber, formatPercent, plural } from '../base/number-text.ts'
import type { ClassResult } from '../evaluation/plots/confusion.ts'
import type { Curve } from '../evaluation/plots/curves.ts'
import type { Histogram } from '../evaluation/plots/histogram.ts'
import type { NumberPlots, Plots, ScorePlots } from '../evaluation/plots/plots.ts'
import { present } from '../evaluation/plots/sides.ts'
import { code, details, table } from './format.ts'
import { shareBar, sparkline } from './glyphs.ts'

/**
 * Plots that a comment can hold: Mermaid, which GitHub draws, and characters. No picture leaves the repository. Mermaid gets numbers and
 * our own words only.
 */
export function plotsSection(plots: Plots | null): string[] {
  const parts = plots === null ? [] : partsOf(plots)
  return parts.length === 0 ? [] : [details('Plots', parts.join('\n\n'))]
}

function partsOf(plots: Plots): string[] {
  if (plots.kind === 'numbers') return numberParts(plots)
  if (plots.kind === 'classes') return classParts(plots.classes)
  return plots.scores === null ? [] : [...rocPart(plots.scores), ...distributionPart(plots.scores)]
}

const rocSteps = 40

/** Two colours that are told apart by most eyes, and that show on the light and the dark background of GitHub. */
const [baseColour, freshColour] = ['#bc6a00', '#2f81f7']

function rocPart({ roc: { base, fresh } }: ScorePlots): string[] {
  const curves = [
    { curve: base, colour: baseColour, label: '🟠 base' },
    { curve: fresh, colour: freshColour, label: '🔵 new' },
  ].flatMap(({ curve, ...rest }) => (curve === null ? [] : [{ curve, ...rest }]))
  if (curves.length === 0) return []
  const palette = curves.map(({ colour }) => colour).join(', ')
  const rates = (curve: Curve): string =>
    Array.from({ length: rocSteps + 1 }, (_, step) => rateAt(curve, step / rocSteps).toFixed(3)).join(', ')
  const source = [
    `%%{init: {"xyChart": {"width": 560, "height": 400}, "themeVariables": {"xyChart": {"backgroundColor": "#00000000", "plotColorPalette": "${palette}"}}}}%%`,
    'xychart-beta',
    '    x-axis "False positive rate" 0 --> 1',
    '    y-axis "True positive rate" 0 --> 1',
    ...curves.map(({ curve }) => `    line [${rates(curve)}]`),
  ]
  const areas = curves.map(({ curve, label }) => `${label} (area ${formatNumber(curve.area)})`).join(', ')
  return [`ROC curve: ${areas}. Higher is better.`, ['```mermaid', ...source, '```'].join('\n')]
}

/** The true positive rate at a false positive rate; the highest one where the curve rises straight up. */
function rateAt({ points }: Curve, x: number): number {
  const after = points.findIndex((point) => point.x > x)
  const [right, left] = [points[after], points[after - 1]]
  if (right === undefined || left === undefined) return points.at(-1)?.y ?? 0
  return left.y + ((right.y - left.y) * (x - left.x)) / (right.x - left.x)
}

function distributionPart({ distributions }: ScorePlots): string[] {
  if (distributions === null) return []
  const { positives, negatives } = distributions
  const { edges } = positives
  return [
    `Scores from ${formatNumber(edges[0] ?? 0)} to ${formatNumber(edges.at(-1) ?? 0)} by true class:`,
    sparkTable([
      ['negatives (0)', negatives],
      ['positives (1)', positives],
    ]),
  ]
}

/** Distributions of both sides side by side. All of one row have their own scale. */
function sparkTable(rows: readonly (readonly [string, Histogram])[]): string {
  const sides = (['base', 'fresh'] as const).filter((side) => rows.some(([, histogram]) => histogram[side] !== null))
  return table(
    ['', ...sides.map((side) => ({ base: 'Base', fresh: 'New' })[side])],
    rows.map(([label, histogram]) => [
      label,
      ...sides.map((side) => {
        const counts = histogram[side]?.counts
        return counts === undefined ? '' : `\`${sparkline(counts)}\``
      }),
    ]),
  )
}

const mostClasses = 20

/** Recall by class, the largest losses first. */
function classParts(classes: readonly ClassResult[]): string[] {
  const paired = classes.some(({ base }) => base !== null)
  const change = ({ base, fresh }: ClassResult): number => (fresh?.recall ?? 0) - (base?.recall ?? fresh?.recall ?? 0)
  const shown = [...classes]
    .filter(({ fresh }) => fresh?.recall != null)
    .sort((a, b) => change(a) - change(b))
    .slice(0, mostClasses)
  if (shown.length === 0) return []
  const recall = (share: number | null | undefined): string => (share == null ? '' : formatNumber(share))
  const left = classes.length - shown.length
  return [
    `Recall by class${paired ? ', the largest losses first' : ''}:`,
    table(
      ['Class', 'Rows', ...(paired ? ['Base'] : []), 'New', ''],
      shown.map(({ name, base, fresh }) => [
        code(name, 60),
        formatCount(fresh?.rows ?? 0),
        ...(paired ? [recall(base?.recall)] : []),
        recall(fresh?.recall),
        `\`${shareBar(fresh?.recall ?? 0)}\``,
      ]),
      ['left', 'right', ...(paired ? (['right'] as const) : []), 'right', 'left'],
    ),
    ...(left > 0 ? [`${plural(left, 'more class').replace(/classs$/, 'classes')} not shown.`] : []),
  ]
}

function numberParts({ residuals, quantiles }: NumberPlots): string[] {
  if (residuals === null) return []
  const { edges } = residuals
  const outside = present(residuals).reduce((sum, { below, above }) => sum + below + above, 0)
  const sides = [
    { label: 'Base', side: quantiles.base },
    { label: 'New', side: quantiles.fresh },
  ].filter(({ side }) => side !== null)
  const shares = sides[0]?.side?.map(({ share }) => share) ?? []
  const beyond = outside === 0 ? '' : ` (${plural(outside, 'row')} beyond)`
  return [
    `Predicted minus true value, from ${formatNumber(edges[0] ?? 0)} to ${formatNumber(edges.at(-1) ?? 0)}${beyond}:`,
    sparkTable([['residuals', residuals]]),
    'So many of the rows have an absolute error of at most:',
    table(
      ['', ...sides.map(({ label }) => label)],
      shares.map((share, place) => [
        share === 1 ? 'largest' : formatPercent(share),
        ...sides.map(({ side }) => formatNumber(side?.[place]?.value ?? 0)),
      ]),
      ['left', ...sides.map(() => 'right' as const)],
    ),
  ]
}
