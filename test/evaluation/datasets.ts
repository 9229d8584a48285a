import type { Task } from '../../src/config/schema.ts'
import { seededRandom } from '../../src/stats/random.ts'

/** A predictions file, and the metrics to ask for beside those that are always computed. */
export type DataSet = { name: string; task: Task; csv: string; wanted: readonly string[] }

type Row = Record<string, string | number | boolean>

function csvOf(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {})
  return `${[names.join(','), ...rows.map((row) => names.map((name) => row[name]).join(','))].join('\n')}\n`
}

/** Rows with an id, from random numbers that are the same every time. */
function rowsOf(seed: string, count: number, of: (uniform: () => number, row: number) => Row): Row[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, row) => ({ id: `r${row}`, ...of(() => random.uniform(), row) }))
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))

const binaryWanted = ['recall_at_specificity@0.8', 'ece@10', 'ece@2', 'precision[0]']

function binary(name: string, rows: Row[]): DataSet {
  return { name, task: 'binary-classification', csv: csvOf(rows), wanted: binaryWanted }
}

/** Scores of each class that add up to 1, better for the true class; `never` is not predicted. */
function classRow(uniform: () => number, classes: readonly string[], truth: string, never?: string): Row {
  const raw = classes.map((name) =>
    name === never ? 0.001 : (name === truth ? 1.6 : 1) * (0.05 + round(uniform(), 2)),
  )
  const total = raw.reduce((sum, value) => sum + value, 0)
  const scores = raw.map((value) => value / total)
  const predicted = classes[scores.indexOf(Math.max(...scores))] ?? ''
  return {
    y_true: truth,
    y_pred: predicted,
    ...Object.fromEntries(classes.map((label, index) => [`y_score_${label}`, scores[index] as number])),
  }
}

function several(name: string, rows: Row[], wanted: readonly string[]): DataSet {
  return { name, task: 'multiclass-classification', csv: csvOf(rows), wanted }
}

const numberWanted = ['pinball@0.9', 'pinball@0.5']

function numberRow(uniform: () => number): Row {
  const truth = 50 * (uniform() + uniform()) - 40
  return { y_true: truth, y_pred: truth + 8 * (uniform() + uniform() - 0.9) }
}

function ranking(): DataSet {
  const random = seededRandom('ranking')
  const below = (limit: number): number => Math.floor(random.uniform() * limit)
  const rows: Row[] = []
  for (let query = 0; query < 30; query++) {
    // Few scores, so that there are ties; some queries without a relevant item, and some of one item.
    const items = 1 + below(7)
    for (let item = 0; item < items; item++) {
      rows.push({
        query: `q${query}`,
        id: `d${item}`,
        y_true: query % 7 === 3 ? 0 : Math.max(0, below(5) - 1),
        y_score: query % 2 === 0 ? below(3) : random.uniform(),
      })
    }
  }
  // Deeper than the usual ten.
  for (let item = 0; item < 25; item++) {
    rows.push({ query: 'long', id: `d${item}`, y_true: item % 4 === 0 ? 1 : 0, y_score: round((item * 7) % 25, 0) })
  }
  return {
    name: 'ties-and-empty',
    task: 'ranking',
    csv: csvOf(rows),
    wanted: ['ndcg', 'ndcg@3', 'recall@3', 'precision@3', 'mrr@2'],
  }
}

const twelve = Array.from({ length: 12 }, (_, index) => `c${String(index).padStart(2, '0')}`)

/** The situations in which metrics differ from tool to tool: ties, rare and missing classes, zeros, constants. */
export function dataSets(): DataSet[] {
  return [
    binary(
      'ties',
      rowsOf('ties', 300, (uniform) => {
        const truth = uniform() < 0.4 ? 1 : 0
        return { y_true: truth, y_score: round(Math.min(1, Math.max(0, 0.3 * truth + 0.8 * uniform())), 1) }
      }),
    ),
    binary(
      'imbalanced',
      rowsOf('imbalanced', 1000, (uniform) => {
        const truth = uniform() < 0.02 ? 1 : 0
        const score = 1 / (1 + Math.exp(4 - 3 * truth - 3 * (uniform() - uniform())))
        return { y_true: truth, y_pred: score > 0.2 ? 1 : 0, y_score: score }
      }),
    ),
    binary(
      'perfect',
      rowsOf('perfect', 20, (_uniform, row) => ({ y_true: row % 2, y_score: row % 2 })),
    ),
    binary(
      'constant',
      rowsOf('constant', 40, (uniform) => ({ y_true: uniform() < 0.3 ? 1 : 0, y_score: 0.3 })),
    ),
    binary(
      'margins',
      rowsOf('margins', 60, (uniform) => ({
        y_true: uniform() < 0.5 ? 1 : 0,
        y_pred: uniform() < 0.5 ? 1 : 0,
        y_score: round(6 * uniform() - 3, 1),
      })),
    ),
    binary(
      'one-class',
      rowsOf('one-class', 12, (uniform) => ({ y_true: 0, y_score: round(uniform(), 3) })),
    ),
    binary(
      'labels-only',
      rowsOf('labels', 50, (uniform) => ({ y_true: uniform() < 0.5 ? 1 : 0, y_pred: uniform() < 0.6 ? 1 : 0 })),
    ),
    several(
      'three',
      rowsOf('three', 200, (uniform) =>
        classRow(uniform, ['a', 'b', 'c'], ['a', 'b', 'b', 'c'][Math.floor(uniform() * 4)] ?? 'a'),
      ),
      ['ece@5', 'specificity[a]'],
    ),
    several(
      'twelve',
      // The last class is never true, and the first one never predicted.
      rowsOf('twelve', 600, (uniform) => classRow(uniform, twelve, twelve[Math.floor(uniform() * 11)] ?? '', 'c00')),
      ['ece@5', 'specificity[c00]'],
    ),
    several(
      'labels-only',
      rowsOf('several labels', 80, (uniform) => ({
        y_true: ['x', 'y', 'z'][Math.floor(uniform() * 3)] ?? '',
        y_pred: ['w', 'x', 'y'][Math.floor(uniform() * 3)] ?? '',
      })),
      ['specificity[w]'],
    ),
    { name: 'usual', task: 'regression', csv: csvOf(rowsOf('usual', 101, numberRow)), wanted: numberWanted },
    {
      name: 'zeros',
      task: 'regression',
      csv: csvOf(
        rowsOf('zeros', 64, (uniform, row) => ({
          y_true: row % 4 === 0 ? 0 : round(5 * uniform(), 1),
          y_pred: row % 8 === 0 ? 0 : round(5 * uniform(), 1),
          loss: round(uniform(), 4),
        })),
      ),
      wanted: numberWanted,
    },
    {
      name: 'constant',
      task: 'regression',
      csv: csvOf(rowsOf('level', 10, (uniform) => ({ y_true: 0.1, y_pred: round(uniform(), 2) }))),
      wanted: numberWanted,
    },
    {
      name: 'far',
      task: 'regression',
      csv: csvOf(
        rowsOf('far', 50, (uniform) => ({ y_true: 1e7 + round(uniform(), 3), y_pred: 1e7 + round(uniform(), 3) })),
      ),
      wanted: numberWanted,
    },
    {
      name: 'series',
      task: 'forecasting',
      csv: csvOf(
        rowsOf('series', 90, (uniform, row) => ({
          ...numberRow(uniform),
          series: `s${row % 3}`,
          scale: 1 + (row % 3),
        })),
      ),
      wanted: numberWanted,
    },
    ranking(),
    {
      name: 'cases',
      task: 'generation',
      csv: csvOf(rowsOf('cases', 70, (uniform) => ({ score: round(uniform(), 3), passed: uniform() < 0.7 }))),
      wanted: [],
    },
  ]
}
