/**
 * Splits the beginning of a CSV file into cells, in the way of the engine: a quote counts at the beginning of a cell, or behind one space
 * there; blank lines are no rows. At most `most` records; those with text behind a closing quote, and a last one that is cut off inside of
 * quotes, are left out.
 */
export function splitRecords(
  text: string,
  delimiter: string,
  quote: string,
  most = Number.POSITIVE_INFINITY,
): string[][] {
  const records: string[][] = []
  let cells: string[] = []
  let broken = false
  let at = 0
  while (at < text.length && records.length < most) {
    const cell = cellAt(text, at, delimiter, quote)
    if (cell === undefined) return records
    cells.push(cell.value)
    broken ||= cell.broken
    at = cell.end
    if (text[at] === delimiter) {
      at++
      if (at < text.length) continue
      cells.push('')
    }
    if (!broken && (cells.length > 1 || cell.value !== '' || cell.quoted)) records.push(cells)
    cells = []
    broken = false
    at += text.startsWith('\r\n', at) ? 2 : 1
  }
  return records
}

/** What is wrong with the first record of a text: its quotes do not close, or text stands behind one that does. */
export function problemOfFirst(text: string, delimiter: string, quote: string): string | undefined {
  for (let at = 0, number = 1; ; at++, number++) {
    const cell = cellAt(text, at, delimiter, quote)
    if (cell === undefined) return `The quote that opens in cell ${number} is never closed.`
    if (cell.broken) return `Text stands behind the closing quote of cell ${number}.`
    at = cell.end
    if (text[at] !== delimiter || at + 1 >= text.length) return undefined
  }
}

/** The cells of one whole record. */
export function splitRecord(text: string, delimiter: string, quote: string): string[] {
  if (!text.includes(quote)) return text.split(delimiter)
  return splitRecords(text, delimiter, quote, 1)[0] ?? ['']
}

/** The cell that begins at `start`, and where it ends: at a delimiter, a line end, or the end of the text. */
function cellAt(
  text: string,
  start: number,
  delimiter: string,
  quote: string,
): { value: string; end: number; quoted: boolean; broken: boolean } | undefined {
  const isEnd = (at: number): boolean =>
    at >= text.length || text[at] === delimiter || text[at] === '\n' || text[at] === '\r'
  const open = text[start] === ' ' && text[start + 1] === quote && delimiter !== ' ' ? start + 1 : start
  let end = open
  if (text[open] !== quote) {
    while (!isEnd(end)) end++
    return { value: text.slice(start, end), end, quoted: false, broken: false }
  }
  let value = ''
  for (;;) {
    const close = text.indexOf(quote, end + 1)
    if (close === -1) return undefined
    value += text.slice(end + 1, close)
    end = close + 1
    if (text[end] !== quote) break
    value += quote
  }
  const behind = end
  while (!isEnd(end)) end++
  return { value, end, quoted: true, broken: !/^ *$/.test(text.slice(behind, end)) }
}
