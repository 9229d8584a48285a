/** Numbers as data files write them. */

export type NonFinite = 'NaN' | 'Infinity' | '-Infinity'

/** Decimal or exponent notation as JSON, CSV writers and programming languages print it; no separators, no hexadecimal. */
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** Parses one number; undefined when the text is none. `nan` and `inf` in any case give the value that is not finite. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim()
  if (decimal.test(trimmed)) return Number(trimmed)
  switch (trimmed.toLowerCase().replace(/^\+/, '')) {
    case 'nan':
    case '-nan':
      return Number.NaN
    case 'inf':
    case 'infinity':
      return Number.POSITIVE_INFINITY
    case '-inf':
    case '-infinity':
      return Number.NEGATIVE_INFINITY
    default:
      return undefined
  }
}

/** The name of a value that is not finite, undefined for one that is. Records keep the name: JSON has no such numbers. */
export function nonFiniteName(value: number): NonFinite | undefined {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return 'Infinity'
  if (value === Number.NEGATIVE_INFINITY) return '-Infinity'
  return undefined
}
