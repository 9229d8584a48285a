/** Numbers for people: the same rounding everywhere, so that one value never shows in two ways. */

const minus = '\u2212'

/** Four decimals for shares and the like, fewer for larger values: `0.9228`, `12.350`, `123.45`, `1,234`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  // Beyond 2^53 the digits of a number mean nothing.
  if ((size !== 0 && size < 0.00005) || size >= 1e16) return value.toExponential(1).replaceAll('-', minus)
  const decimals = size < 10 ? 4 : size < 100 ? 3 : size < 1000 ? 2 : 0
  const text = formatWith(decimals).format(size)
  return value < 0 ? minus + text : text
}

const formats = new Map<number, Intl.NumberFormat>()

/** To make a format takes far longer than to use it, and a report has thousands of numbers. */
function formatWith(decimals: number): Intl.NumberFormat {
  const known = formats.get(decimals)
  if (known !== undefined) return known
  const made = new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  formats.set(decimals, made)
  return made
}

/** With its sign always shown: `+0.0491`, `−0.0912`, `0.0000`. */
export function formatSigned(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value)
}

/** `95 %`, `99.9 %` for 0.95 and 0.999. */
export function formatPercent(share: number): string {
  return `${Number((share * 100).toFixed(4))} %`
}

/** A part of a whole in percent, to three digits: it never reads as none where there is some, nor as all where there is not all. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '0 %'
  const percent = (100 * part) / whole
  if (percent > 0 && percent < 0.01) return '< 0.01 %'
  if (part < whole && percent > 99.9) return '> 99.9 %'
  return `${Number(percent.toPrecision(3))} %`
}

/** Whole numbers with separators: `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** `1 row`, `2 rows`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Bytes in binary units: `84.2 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`
}
