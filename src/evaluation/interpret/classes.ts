import { formatCount } from '../../base/number-text.ts'
import { textsOf } from '../columns.ts'
import { areProbabilities, byNameThenBytes, type ClassPredictions, type RowFacts } from '../predictions.ts'
import { fault, has, need, noAnswer, type Reading, readNumbers, readZeroOrOne, shown } from './reading.ts'

/** What the reader of one task adds to the facts that all have. */
type Own<P> = Omit<P, keyof RowFacts>

const binaryHelp = 'Code the positive class as 1 and the other as 0, or set `task: multiclass-classification`.'

/** Columns `y_true` of 0 and 1, and `y_pred`, or `y_score` that is a probability, or both. */
export function readBinary(reading: Reading): Own<ClassPredictions> {
  const scored = has(reading, 'y_score')
  if (!scored) need(reading, 'y_pred', 'one "y_score"')
  const { rows } = reading.columns
  const scores = scored ? readNumbers(reading, 'y_score') : null
  const truth = readZeroOrOne(reading, 'y_true', new Int32Array(rows), binaryHelp)
  const common = { kind: 'classes' as const, classes: ['0', '1'], truth, scores }
  if (has(reading, 'y_pred') || scores === null)
    return { ...common, predicted: readZeroOrOne(reading, 'y_pred', new Int32Array(rows), binaryHelp) }
  if (!areProbabilities(scores)) {
    throw fault(
      reading,
      'column',
      'The predictions file has no column "y_pred", and y_score is no probability from which it would follow.',
    )
  }
  const predicted = new Int32Array(rows)
  for (let row = 0; row < rows; row++) predicted[row] = (scores[row] as number) > 0.5 ? 1 : 0
  return { ...common, predicted }
}

/** More is no classification, and a matrix of them would not fit. */
const mostClasses = 10_000

/** Columns `y_true` and `y_pred`, and scores per class, from which `y_pred` may follow: the class of the highest score. */
export function readClasses(reading: Reading): Own<ClassPredictions> {
  const scoreColumns = classScoreColumns(reading)
  if (scoreColumns.size === 0) need(reading, 'y_pred', 'one "y_score_<class>" for each class')
  const known = new Map<string, number>()
  const truth = readLabels(reading, 'y_true', known)
  const predicted = has(reading, 'y_pred') ? readLabels(reading, 'y_pred', known) : undefined
  if (scoreColumns.size > 0) {
    for (const name of known.keys()) if (!scoreColumns.has(name)) throw noScores(reading, name)
    for (const name of scoreColumns.keys()) if (!known.has(name)) known.set(name, known.size)
  }
  const classes = [...known.keys()].sort(byNameThenBytes)
  const place = new Int32Array(classes.length)
  for (const [index, name] of classes.entries()) place[known.get(name) as number] = index
  const codes = (labels: Int32Array): Int32Array => labels.map((label) => place[label] as number)
  const common = { kind: 'classes' as const, classes, truth: codes(truth), scores: null }
  if (scoreColumns.size === 0) return { ...common, predicted: codes(predicted ?? truth) }
  const classScores = classes.map((name) => readNumbers(reading, scoreColumns.get(name) as string))
  return { ...common, predicted: predicted === undefined ? highest(classScores) : codes(predicted), classScores }
}

/** Of classes with equal scores the first, as numpy.argmax has it. */
function highest(scores: readonly Float64Array[]): Int32Array {
  const best = new Int32Array(scores[0]?.length ?? 0)
  for (let row = 0; row < best.length; row++) {
    for (let label = 1; label < scores.length; label++) {
      if ((scores[label]?.[row] as number) > (scores[best[row] as number]?.[row] as number)) best[row] = label
    }
  }
  return best
}

const classScoreName = /^y_score(?:_(.+)|\[(.+)\])$/s

export function isClassScore(column: string): boolean {
  return classScoreName.test(column)
}

/** The column of scores of each class: `y_score_cat` or `y_score[cat]`. */
function classScoreColumns(reading: Reading): Map<string, string> {
  const columns = new Map<string, string>()
  for (const column of reading.columns.names) {
    const [, plain, bracketed] = classScoreName.exec(column) ?? []
    const label = plain ?? bracketed
    if (label === undefined) continue
    const name = plainLabel(label.trim())
    const other = columns.get(name)
    if (other !== undefined) {
      throw fault(
        reading,
        'column',
        `The columns "${shown(other)}" and "${shown(column)}" are both the scores of one class.`,
        'Write one column of scores per class.',
      )
    }
    columns.set(name, column)
  }
  if (columns.size > mostClasses) throw tooManyClasses(reading, 'The file has')
  return columns
}

function noScores(reading: Reading, name: string): Error {
  return fault(
    reading,
    'column',
    `There are scores of classes, but no column "y_score_${shown(name)}", and the class stands in y_true or y_pred.`,
    'Write one column of scores for each class, or none at all.',
  )
}

/** What Python, pandas and JSON print for a missing value, spelled as they do: a class may well be called `none`. */
const missingLabels = new Set(['None', 'NaT', '<NA>', 'null'])

/** "3" and "3.0" are the same class: pandas writes integer labels as floats as soon as one is missing. */
function plainLabel(text: string): string {
  return text.replace(/^(-?\d+)\.0+$/, '$1')
}

/** Indexes into `known`, which grows. Each spelling is looked at once, at its first row. */
function readLabels(reading: Reading, name: string, known: Map<string, number>): Int32Array {
  const texts = textsOf(reading.columns.column(name))
  const labels = new Int32Array(texts.length)
  const spellings = new Map<string, number>()
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row] as string
    let index = spellings.get(text)
    if (index === undefined) {
      const label = plainLabel(text)
      checkLabel(reading, { row, column: name }, label)
      index = known.get(label) ?? known.size
      if (index === mostClasses) throw tooManyClasses(reading, 'y_true and y_pred have')
      known.set(label, index)
      spellings.set(text, index)
    }
    labels[row] = index
  }
  return labels
}

function tooManyClasses(reading: Reading, where: string): Error {
  return fault(
    reading,
    'classes',
    `${where} more than ${formatCount(mostClasses)} different classes.`,
    'Set `task: regression` if they are numbers to be near to, or leave out rows of classes that nobody looks at.',
  )
}

function checkLabel(reading: Reading, cell: { row: number; column: string }, label: string): void {
  const where = reading.places.rowName(cell.row)
  if (label === '')
    throw fault(reading, 'label', `${cell.column} is empty in ${where}; a class is expected.`, reading.help, cell)
  // What writers print for a missing value. Taken for a class, two missing values would count as a right answer.
  if (/^[+-]?nan$/i.test(label) || missingLabels.has(label)) {
    throw fault(
      reading,
      'label',
      `${cell.column} is "${shown(label)}" in ${where}; a class is expected.`,
      `${noAnswer} A class that is really called so needs another name.`,
      cell,
    )
  }
}
