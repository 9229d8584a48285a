import { type ColumnValues, isDictionary, textsOf } from '../columns.ts'
import type { TextColumn } from '../predictions.ts'

/**
 * Texts as a dictionary of sorted names, so that the order of the rows does not show. Undefined when there are more than `most`
 * different ones, at once and not after all rows.
 */
export function encode(values: ColumnValues, most = Number.POSITIVE_INFINITY): TextColumn | undefined {
  if (isDictionary(values) && values.names.length > most && countUsed(values) > most) return undefined
  const texts = values instanceof Float64Array || isDictionary(values) ? textsOf(values) : values
  const known = new Map<string, number>()
  const codes = new Int32Array(texts.length)
  for (let row = 0; row < codes.length; row++) {
    const text = texts[row]?.trim() ?? ''
    let code = known.get(text)
    if (code === undefined) {
      if (known.size >= most) return undefined
      code = known.size
      known.set(text, code)
    }
    codes[row] = code
  }
  return sorted([...known.keys()], codes)
}

function countUsed({ names, codes }: TextColumn): number {
  const used = new Uint8Array(names.length)
  for (const code of codes) used[code] = 1
  return used.reduce((sum, one) => sum + one, 0)
}

/** The same column with its names in the order of their UTF-16 units. Changes `codes`. */
function sorted(names: readonly string[], codes: Int32Array): TextColumn {
  const order = [...names.keys()].sort((a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1))
  const place = new Int32Array(names.length)
  for (const [index, code] of order.entries()) place[code] = index
  for (let row = 0; row < codes.length; row++) codes[row] = place[codes[row] as number] as number
  return { names: order.map((code) => names[code] as string), codes }
}
