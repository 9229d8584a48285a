import type { SqlValue } from './engine.ts'

/** Values as the server writes them, as checks expect them: whole numbers exact, decimals, dates and timestamps as text. */

type Parse = (text: string) => SqlValue

const whole: Parse = (text) => BigInt(text)
const small: Parse = (text) => Number(text)
const asText: Parse = (text) => text

/** By the number that a type of PostgreSQL has in every server. */
const byType: Record<number, Parse> = {
  16: (text) => text === 't',
  17: bytesText,
  20: whole,
  21: small,
  23: small,
  26: small,
  700: small,
  701: small,
}

/** Lists of types: the type of the list, and that of its members. */
const byList: Record<number, number> = {
  1000: 16,
  1005: 21,
  1007: 23,
  1009: 25,
  1015: 1043,
  1016: 20,
  1021: 700,
  1022: 701,
  1028: 26,
  1115: 1114,
  1182: 1082,
  1231: 1700,
}

/** How a value of this type is read. `splitList` gives the members of a list as texts. */
export function valueParser(type: number, splitList: (text: string) => (string | null)[]): Parse {
  const member = byList[type]
  if (member === undefined) return byType[type] ?? asText
  const parse = byType[member] ?? asText
  return (text) => splitList(text).map((each) => (each === null ? null : parse(each)))
}

/** Bytes in the form that DuckDB prints: what shows in ASCII as it is, everything else by its number. */
function bytesText(hex: string): string {
  return [...Buffer.from(hex.replace(/^\\x/, ''), 'hex')]
    .map((byte) =>
      byte >= 32 && byte <= 126 && !'\\\'"'.includes(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}
