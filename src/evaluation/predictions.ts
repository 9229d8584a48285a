import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { didYouMean } from '../base/suggest.ts'
import type { Task } from '../config/schema.ts'
import { parseNumber } from '../readers/numbers.ts'
import type { Table } from '../readers/table.ts'

/** A column of texts: `codes` has one index into `names` per row. */
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

/** Generation: one outcome per case. `passed` is null where outcomes are scores of which none says what passes. */
export type OutcomePredictions = RowFacts & { kind: 'outcomes'; score: Float64Array; passed: Uint8Array | null }

export type Predictions = ClassPredictions | NumberPredictions

/** Columns of a wide file that an error message names at most. */
const mostNamed = 30

const columnHelp = 'A predictions file has the columns id, y_true, and y_pred and/or y_score.'

/**
 * Makes sense of a table of predictions. Nothing is guessed and no row is dropped: the first value that cannot be used is
 * an error with its line, and its column where `columnAt` knows it. Throws `predictions/*`.
 */
export function interpretPredictions(
  table: Table,
  task: Task,
  file: string,
  key = 'id',
  columnAt: (cell: Cell) => number | undefined = () => undefined,
): Predictions {
  const fault = (code: string, message: string, help = columnHelp, cell?: Cell): ModelgateError => {
    const line = cell === undefined ? undefined : table.lines[cell.row]
    const inLine = cell === undefined ? undefined : columnAt(cell)
    return new ModelgateError({
      code: `predictions/${code}`,
      message,
      help,
      place: {
        file,
        ...(line === undefined ? {} : { line }),
        ...(inLine === undefined ? {} : { column: inLine }),
      },
    })
  }
  if (table.rows.length === 0)
    throw fault(
      'empty',
      'The predictions file has a header but no row.',
      'Write one row per example of the evaluation set.',
    )

  const column = (name: string): number => table.columns.indexOf(name)
  const idColumn = column('id') >= 0 ? column('id') : column(key)
  const needed = (name: string, index: number): void => {
    if (index < 0)
      throw fault(
        'column',
        `The predictions file has no column "${name}".`,
        `${columnHelp} ${didYouMean(name, table.columns.slice(0, mostNamed).map(shown))}`,
      )
  }
  needed('id', idColumn)
  needed('y_true', column('y_true'))
  const text = (row: number, index: number): string => table.rows[row]?.[index]?.trim() ?? ''
  const ids = readIds(table, idColumn, fault)
  const read = { table, text, column, needed, fault, ids }
  if (task === 'regression' || task === 'forecasting') return readNumbers(read)
  if (task === 'binary-classification') return readBinary(read)
  if (task === 'multiclass-classification') return readClasses(read)
  throw fault(
    'task',
    `Predictions of the task ${task} are not read yet.`,
    'Report its metrics in a metrics file instead.',
  )
}

/** A cell of the table, by the indexes of its row and column. */
type Cell = { row: number; column: number }
type Fault = (code: string, message: string, help?: string, cell?: Cell) => ModelgateError
type Reading = {
  table: Table
  ids: string[]
  text(row: number, index: number): string
  column(name: string): number
  needed(name: string, index: number): void
  fault: Fault
}

function readIds(table: Table, column: number, fault: Fault): string[] {
  const firstLine = new Map<string, number>()
  return table.rows.map((row, index) => {
    const id = row[column]?.trim() ?? ''
    const line = table.lines[index] ?? 0
    const cell = { row: index, column }
    if (id === '')
      throw fault('id', 'This row has no id.', 'Every row needs the id of its example, the same in every run.', cell)
    const earlier = firstLine.get(id)
    if (earlier !== undefined) {
      throw fault(
        'duplicate-id',
        `The id "${shown(id)}" stands in line ${earlier} and again here.`,
        'Write one row per example.',
        cell,
      )
    }
    firstLine.set(id, line)
    return id
  })
}

function readNumbers({ table, ids, text, column, needed, fault }: Reading): NumberPredictions {
  needed('y_pred', column('y_pred'))
  const numbers = (name: string): Float64Array =>
    Float64Array.from(table.rows, (_row, row) => finite(text, { row, column: column(name) }, name, fault))
  return { kind: 'numbers', ids, truth: numbers('y_true'), predicted: numbers('y_pred') }
}

function finite(read: Reading['text'], cell: Cell, column: string, fault: Fault): number {
  const text = read(cell.row, cell.column)
  const value = parseNumber(text)
  if (value !== undefined && Number.isFinite(value)) return value
  const problem = text === '' ? 'is empty' : `is "${shown(text)}"`
  throw fault(
    'not-a-number',
    `${column} ${problem} in this row; a finite number is expected.`,
    'A model without an answer for a row must not be judged as if it had one.',
    cell,
  )
}

const binaryLabels = new Map([
  ['0', 0],
  ['0.0', 0],
  ['false', 0],
  ['1', 1],
  ['1.0', 1],
  ['true', 1],
])

function readBinary({ table, ids, text, column, needed, fault }: Reading): ClassPredictions {
  const scored = column('y_score') >= 0
  if (!scored) needed('y_pred', column('y_pred'))
  const label = (row: number, name: string): number => {
    const value = text(row, column(name))
    const index = binaryLabels.get(value.toLowerCase())
    if (index !== undefined) return index
    throw fault(
      'label',
      `${name} is ${value === '' ? 'empty' : `"${shown(value)}"`} in this row; 0 or 1 is expected.`,
      'Code the positive class as 1 and the other as 0, or set `task: multiclass-classification`.',
      { row, column: column(name) },
    )
  }
  const scores = scored
    ? Float64Array.from(table.rows, (_row, row) => finite(text, { row, column: column('y_score') }, 'y_score', fault))
    : null
  const truth = Int32Array.from(table.rows, (_row, row) => label(row, 'y_true'))
  if (column('y_pred') >= 0 || scores === null) {
    return {
      kind: 'classes',
      ids,
      classes: ['0', '1'],
      truth,
      predicted: Int32Array.from(table.rows, (_row, row) => label(row, 'y_pred')),
      scores,
    }
  }
  if (!areProbabilities(scores)) {
    throw fault(
      'column',
      'The predictions file has no column "y_pred", and y_score is no probability from which it would follow.',
      columnHelp,
    )
  }
  return {
    kind: 'classes',
    ids,
    classes: ['0', '1'],
    truth,
    predicted: Int32Array.from(scores, (score) => (score > 0.5 ? 1 : 0)),
    scores,
  }
}

/** Scores outside [0, 1] order the rows, but are no probabilities: log loss and Brier score are not defined for them. */
export function areProbabilities(scores: Float64Array): boolean {
  return scores.every((score) => score >= 0 && score <= 1)
}

/** What Python, pandas and JSON print for a missing value, spelled as they do: a class may well be called `none`. */
const missingLabels = new Set(['None', 'NaT', '<NA>', 'null'])

function readClasses({ table, ids, text, column, needed, fault }: Reading): ClassPredictions {
  needed('y_pred', column('y_pred'))
  // "3" and "3.0" are the same class: pandas writes integer labels as floats as soon as one is missing.
  const label = (row: number, name: string): string => {
    const value = text(row, column(name)).replace(/^(-?\d+)\.0+$/, '$1')
    if (value === '')
      throw fault('label', `${name} is empty in this row; a class is expected.`, columnHelp, {
        row,
        column: column(name),
      })
    // What writers print for a missing value. Taken for a class, two missing values would count as a right answer.
    if (/^[+-]?nan$/i.test(value) || missingLabels.has(value)) {
      throw fault(
        'label',
        `${name} is "${shown(value)}" in this row; a class is expected.`,
        'A model without an answer for a row must not be judged as if it had one. A class that is really called so needs another name.',
        { row, column: column(name) },
      )
    }
    return value
  }
  const truth = table.rows.map((_row, row) => label(row, 'y_true'))
  const predicted = table.rows.map((_row, row) => label(row, 'y_pred'))
  const classes = [...new Set([...truth, ...predicted])].sort(byNameThenBytes)
  const index = new Map(classes.map((name, position) => [name, position]))
  const indexes = (labels: string[]): Int32Array => Int32Array.from(labels, (name) => index.get(name) ?? -1)
  return { kind: 'classes', ids, classes, truth: indexes(truth), predicted: indexes(predicted), scores: null }
}

/** A total order: names that collate alike, such as 3 and 03, stay in the same order whatever row comes first. */
export function byNameThenBytes(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true }) || (a < b ? -1 : 1)
}

function shown(text: string): string {
  return truncate(oneLine(text), 40)
}
