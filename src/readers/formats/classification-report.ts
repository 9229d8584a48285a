import { isObject } from '../../base/json.ts'
import type { FileFormat } from '../format.ts'
import { type ReadMetric, rowsOf } from '../reading.ts'

/** `classification_report(..., output_dict=True)` of scikit-learn, dumped as JSON. */

type Line = Record<'precision' | 'recall' | 'f1-score' | 'support', number>

/** Averages by the name that modelgate knows them under: `f1_macro`. The averages over samples are for several labels per row. */
const averages: Record<string, string> = {
  'micro avg': 'micro',
  'macro avg': 'macro',
  'weighted avg': 'weighted',
  'samples avg': 'samples',
}

export const classificationReport: FileFormat = {
  name: 'classification-report',
  title: 'classification report of scikit-learn',
  of: 'file',
  fit: (input) => (reportOf(input.peekJson()) === undefined ? 'no' : 'content'),
  read: (input) => {
    const report = reportOf(input.json())
    if (report === undefined) {
      throw input.fault('not-a-report', 'The metrics file is not a classification report of scikit-learn.')
    }
    const { accuracy, lines } = report
    const total = lines.find(([name]) => name === 'macro avg')?.[1].support
    const metrics: ReadMetric[] =
      accuracy === undefined ? [] : [{ name: 'accuracy', value: accuracy, direction: 'higher', ...rowsOf(total) }]
    for (const [name, line] of lines) {
      for (const [column, short] of [
        ['precision', 'precision'],
        ['recall', 'recall'],
        ['f1-score', 'f1'],
      ] as const) {
        const average = Object.hasOwn(averages, name) ? averages[name] : undefined
        metrics.push({
          name: average === undefined ? `${name}.${short}` : `${short}_${average}`,
          value: line[column],
          direction: 'higher',
          ...rowsOf(line.support),
        })
      }
    }
    const notes =
      accuracy === undefined
        ? ['The report has no accuracy: it is about a part of the classes, or about several labels per row.']
        : []
    return { metrics, notes }
  },
}

function reportOf(tree: unknown): { accuracy: number | undefined; lines: [string, Line][] } | undefined {
  if (!isObject(tree) || !isLine(tree['macro avg']) || !isLine(tree['weighted avg'])) return undefined
  const lines: [string, Line][] = []
  for (const [name, value] of Object.entries(tree)) {
    if (isLine(value)) lines.push([name, value])
    else if (name !== 'accuracy' || typeof value !== 'number') return undefined
  }
  return { accuracy: typeof tree.accuracy === 'number' ? tree.accuracy : undefined, lines }
}

function isLine(value: unknown): value is Line {
  return (
    isObject(value) &&
    Object.keys(value).length === 4 &&
    (['precision', 'recall', 'f1-score', 'support'] as const).every((key) => typeof value[key] === 'number')
  )
}
