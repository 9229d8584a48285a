import type { Task } from '../config/schema.ts'
import type { Table } from '../readers/table.ts'
import { type Columns, columnsOfTable } from './columns.ts'
import { isClassScore, readBinary, readClasses } from './interpret/classes.ts'
import {
  fault,
  has,
  need,
  type Places,
  type Reading,
  readAmounts,
  readNumbers,
  readZeroOrOne,
} from './interpret/reading.ts'
import { checkedGroup, idColumnOf, readIds, readRowFacts } from './interpret/row-facts.ts'
import { encode } from './interpret/texts.ts'
import type {
  NumberPredictions,
  OutcomePredictions,
  Predictions,
  RankingPredictions,
  TextColumn,
} from './predictions.ts'

/** A cell of a table, by the indexes of its row and column. */
type TableCell = { row: number; column: number }

/**
 * Makes sense of a table of predictions. Nothing is guessed and no row is dropped: the first value that cannot be used is
 * an error with its line, and its column where `columnAt` knows it. Throws `predictions/*`.
 */
export function interpretPredictions(
  table: Table,
  task: Task,
  file: string,
  key = 'id',
  columnAt: (cell: TableCell) => number | undefined = () => undefined,
): Predictions {
  const places: Places = {
    place: ({ row, column }) => {
      const line = table.lines[row]
      const inLine = columnAt({ row, column: table.columns.indexOf(column) })
      return { ...(line === undefined ? {} : { line }), ...(inLine === undefined ? {} : { column: inLine }) }
    },
    rowName: () => 'this row',
    otherRow: (row) => `line ${table.lines[row] ?? 0}`,
  }
  return interpret(columnsOfTable(table), task, file, key, places)
}

/** The same for a file of columns, such as Parquet, whose errors name the row, counted from 1. */
export function interpretColumns(columns: Columns, task: Task, file: string, key = 'id'): Predictions {
  const rowName = (row: number): string => `row ${row + 1}`
  return interpret(columns, task, file, key, { place: () => ({}), rowName, otherRow: rowName })
}

const columnHelp: Record<Task, string> = {
  'binary-classification': 'A predictions file has the columns id, y_true, and y_pred and/or y_score.',
  'multiclass-classification': 'A predictions file has the columns id, y_true, and y_pred and/or y_score.',
  regression: 'A predictions file has the columns id, y_true, and y_pred and/or y_score.',
  forecasting: 'A predictions file has the columns id, y_true, and y_pred and/or y_score.',
  ranking: 'A predictions file of a ranking has the columns query, id, y_true (how relevant the item is) and y_score.',
  generation: 'A predictions file of outcomes has the columns id, and score and/or passed.',
}

function interpret(columns: Columns, task: Task, file: string, key: string, places: Places): Predictions {
  const reading: Reading = { columns, file, places, help: columnHelp[task] }
  if (columns.rows === 0)
    throw fault(
      reading,
      'empty',
      'The predictions file has a header but no row.',
      'Write one row per example of the evaluation set.',
    )
  const idColumn = idColumnOf(reading, key)
  if (task === 'ranking') return readRanking(reading, idColumn)
  if (task === 'generation') return readOutcomes(reading, idColumn)
  need(reading, 'y_true')
  const ids = readIds(reading, idColumn)
  const taken = new Set(['y_true', 'y_pred', 'y_score', ...(task === 'forecasting' ? ['scale'] : [])])
  if (task === 'regression' || task === 'forecasting') {
    const own = readValues(reading, task)
    return { ...own, ...readRowFacts(reading, ids, [idColumn], taken) }
  }
  const own = task === 'binary-classification' ? readBinary(reading) : readClasses(reading)
  const scores = own.classScores === undefined ? [] : columns.names.filter(isClassScore)
  return { ...own, ...readRowFacts(reading, ids, [idColumn], new Set([...taken, ...scores])) }
}

function readValues(
  reading: Reading,
  task: 'regression' | 'forecasting',
): Pick<NumberPredictions, 'kind' | 'truth' | 'predicted' | 'scale'> {
  need(reading, 'y_pred')
  const scaled = task === 'forecasting' && has(reading, 'scale')
  return {
    kind: 'numbers',
    truth: readNumbers(reading, 'y_true'),
    predicted: readNumbers(reading, 'y_pred'),
    ...(scaled ? { scale: readAmounts(reading, 'scale', 'It is the mean absolute error of the naive forecast.') } : {}),
  }
}

/** Items of different queries may have the same id: a row is known by both. */
function readRanking(reading: Reading, idColumn: string): RankingPredictions {
  const queryColumn = has(reading, 'query') || !has(reading, 'group') ? 'query' : 'group'
  for (const name of [queryColumn, 'y_true', 'y_score']) need(reading, name)
  // Without a limit it is never undefined.
  const encoded = encode(reading.columns.column(queryColumn)) as TextColumn
  const query = checkedGroup(reading, queryColumn, encoded)
  const ids = readIds(reading, idColumn, query)
  return {
    kind: 'ranking',
    relevance: readAmounts(reading, 'y_true', 'It says how relevant the item is to its query: 0 is not at all.'),
    scores: readNumbers(reading, 'y_score'),
    ...readRowFacts(reading, ids, [idColumn], new Set(['y_true', 'y_score', queryColumn])),
    group: query,
  }
}

function readOutcomes(reading: Reading, idColumn: string): OutcomePredictions {
  if (!has(reading, 'passed')) need(reading, 'score')
  const ids = readIds(reading, idColumn)
  const passedHelp = 'Write 1 or true for a case that passed, and 0 or false for one that did not.'
  return {
    kind: 'outcomes',
    score: has(reading, 'score') ? readNumbers(reading, 'score') : null,
    passed: has(reading, 'passed') ? readZeroOrOne(reading, 'passed', new Uint8Array(ids.length), passedHelp) : null,
    ...readRowFacts(reading, ids, [idColumn], new Set(['score', 'passed'])),
  }
}
