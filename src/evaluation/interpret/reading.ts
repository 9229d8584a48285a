import { ModelgateError } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'
import { didYouMean } from '../../base/suggest.ts'
import { parseNumber } from '../../readers/numbers.ts'
import { type Columns, textsOf } from '../columns.ts'

/** A cell, by the index of its row and the name of its column. */
export type Cell = { row: number; column: string }

/** Where rows stand for the one who reads an error: in lines of a text, or counted from 1 in a file without lines. */
export type Places = {
  place(cell: Cell): { line?: number; column?: number }
  /** `this row` when the place says which one, else `row 12`. */
  rowName(row: number): string
  /** An earlier row in a sentence: `line 3`, `row 2`. */
  otherRow(row: number): string
}

/** Columns that are about to become predictions, and how to speak of them. Tasks differ in the columns that they need. */
export type Reading = {
  columns: Columns
  file: string
  places: Places
  /** Names the columns that predictions of this task have. */
  help: string
}

/** Columns of a wide file that an error message names at most. */
const mostNamed = 30

export function fault(
  reading: Reading,
  code: string,
  message: string,
  help: string = reading.help,
  cell?: Cell,
): ModelgateError {
  return new ModelgateError({
    code: `predictions/${code}`,
    message,
    help,
    place: { file: reading.file, ...(cell === undefined ? {} : reading.places.place(cell)) },
  })
}

export function has({ columns }: Reading, name: string): boolean {
  return columns.names.includes(name)
}

/** Throws `predictions/column` when the column is not there. `otherwise`: what would do in its place, in the words of the message. */
export function need(reading: Reading, name: string, otherwise?: string): void {
  if (has(reading, name)) return
  const known = reading.columns.names.slice(0, mostNamed).map(shown)
  const [only, ...others] = known
  const delimiter = others.length === 0 ? /[;\t|]/.exec(only ?? '')?.[0] : undefined
  const hint =
    delimiter === undefined
      ? didYouMean(name, known)
      : `The header is one column with ${JSON.stringify(delimiter)} in it: write commas between the fields.`
  throw fault(
    reading,
    'column',
    otherwise === undefined
      ? `The predictions file has no column "${name}".`
      : `The predictions file has neither a column "${name}" nor ${otherwise}.`,
    `${reading.help} ${hint}`,
  )
}

export const noAnswer = 'A model without an answer for a row must not be judged as if it had one.'

/** One finite number per row. Throws `predictions/not-a-number` at the first that is none. */
export function readNumbers(reading: Reading, name: string, help = noAnswer): Float64Array {
  const values = reading.columns.column(name)
  if (values instanceof Float64Array) {
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number
      if (!Number.isFinite(value))
        throw notANumber(
          reading,
          { row, column: name },
          Number.isNaN(value) ? 'is missing or NaN' : `is ${value}`,
          help,
        )
    }
    return values
  }
  const texts = textsOf(values)
  const numbers = new Float64Array(texts.length)
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row] as string
    const value = parseNumber(text)
    if (value === undefined || !Number.isFinite(value))
      throw notANumber(reading, { row, column: name }, text === '' ? 'is empty' : `is "${shown(text)}"`, help)
    numbers[row] = value
  }
  return numbers
}

function notANumber(reading: Reading, cell: Cell, problem: string, help: string): ModelgateError {
  const where = reading.places.rowName(cell.row)
  return fault(
    reading,
    'not-a-number',
    `${shown(cell.column)} ${problem} in ${where}; a finite number is expected.`,
    help,
    cell,
  )
}

/** As `readNumbers`, but a number below 0 is refused too, as `predictions/negative`. */
export function readAmounts(reading: Reading, name: string, help: string): Float64Array {
  const numbers = readNumbers(reading, name)
  const row = numbers.findIndex((value) => value < 0)
  if (row < 0) return numbers
  throw fault(
    reading,
    'negative',
    `${name} is ${numbers[row]} in ${reading.places.rowName(row)}; it must not be below 0.`,
    help,
    { row, column: name },
  )
}

const truthValues = new Map([
  ['0', 0],
  ['0.0', 0],
  ['false', 0],
  ['1', 1],
  ['1.0', 1],
  ['true', 1],
])

/** 0 or 1 per row. Throws `predictions/label` at the first that is neither. */
export function readZeroOrOne<A extends Int32Array | Uint8Array>(
  reading: Reading,
  name: string,
  into: A,
  help: string,
): A {
  const values = reading.columns.column(name)
  const texts = values instanceof Float64Array ? undefined : textsOf(values)
  for (let row = 0; row < into.length; row++) {
    const value = values instanceof Float64Array ? values[row] : undefined
    const text = texts?.[row] ?? ''
    const label =
      texts === undefined
        ? value === 0 || value === 1
          ? value
          : undefined
        : (truthValues.get(text) ?? truthValues.get(text.toLowerCase()))
    if (label === undefined) {
      const found =
        value === undefined
          ? text === ''
            ? 'empty'
            : `"${shown(text)}"`
          : Number.isNaN(value)
            ? 'missing or NaN'
            : value
      throw fault(
        reading,
        'label',
        `${name} is ${found} in ${reading.places.rowName(row)}; 0 or 1 is expected.`,
        help,
        {
          row,
          column: name,
        },
      )
    }
    into[row] = label
  }
  return into
}

export function shown(text: string): string {
  return truncate(oneLine(text), 40)
}
