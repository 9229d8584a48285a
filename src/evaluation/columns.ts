import type { Table } from '../readers/table.ts'
import type { TextColumn } from './predictions.ts'

/**
 * Rows by column, as a columnar file gives them. `column` may be called for any of `names`, and gives one value per row:
 * - numbers as they are; NaN also stands for null. Whole numbers beyond 2^53 must come as texts, or two ids would become one;
 * - texts, null where there is none. Truth values are the texts `true` and `false`;
 * - texts as a dictionary, with the code -1 for null.
 */
export type Columns = {
  names: readonly string[]
  rows: number
  column(name: string): ColumnValues
}

export type ColumnValues = Float64Array | readonly (string | null)[] | TextColumn

/** The columns of a table of text, without white space around the values. A cell that is not there is empty. */
export function columnsOfTable({ columns, rows }: Table): Columns {
  return {
    names: columns,
    rows: rows.length,
    column: (name) => {
      const index = columns.indexOf(name)
      const values = new Array<string>(rows.length)
      for (let row = 0; row < rows.length; row++) values[row] = rows[row]?.[index]?.trim() ?? ''
      return values
    },
  }
}

/** All values as texts, null and NaN as an empty one. */
export function textsOf(values: ColumnValues): string[] {
  const texts = new Array<string>(lengthOf(values))
  if (values instanceof Float64Array) {
    for (let row = 0; row < texts.length; row++) {
      const value = values[row] as number
      texts[row] = Number.isNaN(value) ? '' : String(value)
    }
  } else if (isDictionary(values)) {
    for (let row = 0; row < texts.length; row++) texts[row] = values.names[values.codes[row] as number]?.trim() ?? ''
  } else {
    for (let row = 0; row < texts.length; row++) texts[row] = values[row]?.trim() ?? ''
  }
  return texts
}

export function isDictionary(values: ColumnValues): values is TextColumn {
  return 'codes' in values
}

function lengthOf(values: ColumnValues): number {
  return isDictionary(values) ? values.codes.length : values.length
}
