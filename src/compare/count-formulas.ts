import type { CountMetrics } from '../evaluation/measurable.ts'

/**
 * What a metric of the confusion matrix is, found by asking its formula about a matrix of numbers that no two formulas have in
 * common: a share of rows by their true class has exact intervals, and what belongs to one class does not hang on the rows of the others.
 */
export type Formula =
  /** Of the rows in which `counts` holds, those in which `hits` does too; both of a cell. */
  | { kind: 'share'; counts: (truth: number) => boolean; hits: (truth: number, predicted: number) => boolean }
  /** Of the rows predicted as this class, those that are. */
  | { kind: 'precision'; label: number }
  | { kind: 'f1'; label: number }
  | { kind: 'other' }

/** The formula of each metric of the family, in the order of its names. */
export function formulasOf({ names, classes, fromCounts }: CountMetrics): Formula[] {
  const counts = Float64Array.from(
    { length: classes * classes },
    (_, cell) => 1 + Math.abs(Math.sin(12.9898 * (cell + 1))),
  )
  const out = new Float64Array(names.length)
  fromCounts(counts, out, 0)
  const candidates = candidatesFor(classes, counts)
  return Array.from(out, (value) => {
    const found = candidates.find((candidate) => Math.abs(candidate.value - value) <= 1e-12 * Math.abs(value))
    return found?.formula ?? { kind: 'other' }
  })
}

function candidatesFor(classes: number, counts: Float64Array): { value: number; formula: Formula }[] {
  const at = (truth: number, predicted: number): number => counts[truth * classes + predicted] as number
  const labels = [...Array(classes).keys()]
  const total = (of: (label: number) => number): number => labels.reduce((sum, label) => sum + of(label), 0)
  const actual = labels.map((label) => total((predicted) => at(label, predicted)))
  const claimed = labels.map((label) => total((truth) => at(truth, label)))
  const rows = total((label) => actual[label] as number)
  const right = total((label) => at(label, label))
  return [
    {
      value: right / rows,
      formula: { kind: 'share', counts: () => true, hits: (truth, predicted) => truth === predicted },
    },
    ...labels.flatMap((label): { value: number; formula: Formula }[] => {
      const [a, c, h] = [actual[label] as number, claimed[label] as number, at(label, label)]
      return [
        {
          value: h / a,
          formula: { kind: 'share', counts: (truth) => truth === label, hits: (_, said) => said === label },
        },
        {
          value: (rows - a - c + h) / (rows - a),
          formula: { kind: 'share', counts: (truth) => truth !== label, hits: (_, said) => said !== label },
        },
        { value: h / c, formula: { kind: 'precision', label } },
        { value: (2 * h) / (a + c), formula: { kind: 'f1', label } },
      ]
    }),
  ]
}
