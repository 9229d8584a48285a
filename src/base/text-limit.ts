import { truncate } from './escape.ts'

/**
 * How long a text may be, and in what it is counted. Most places on GitHub count UTF-16 units or characters; files, and columns of a
 * database, count bytes, of which a character outside of ASCII has two to four.
 */
export type TextLimit = { most: number; unit: 'utf16' | 'bytes' }

export function sizeOf(text: string, unit: TextLimit['unit']): number {
  return unit === 'bytes' ? Buffer.byteLength(text) : text.length
}

export function fits(text: string, { most, unit }: TextLimit): boolean {
  return sizeOf(text, unit) <= most
}

/** Cuts at so many bytes of UTF-8, on a character boundary, with an ellipsis in place of the rest. */
export function truncateBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text
  const room = most - Buffer.byteLength('…')
  // Never more characters than bytes; from there on the bytes themselves say where the last whole one ends.
  const bytes = Buffer.from(truncate(text, most + 1).slice(0, most))
  let end = Math.min(room, bytes.length)
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return `${bytes.subarray(0, Math.max(0, end)).toString('utf8')}…`
}

/**
 * Markdown that fits: whole as it is, else its first lines and `note`, with open parts closed. Empty when there is not even room for the
 * note.
 */
export function cutMarkdown(markdown: string, limit: TextLimit, note: string): string {
  if (fits(markdown, limit)) return markdown
  const size = (text: string): number => sizeOf(text, limit.unit)
  let open: OpenParts = { fence: '', details: 0, comment: false }
  let [kept, used] = ['', 0]
  let best = fits(`${note}\n`, limit) ? `${note}\n` : ''
  for (const line of markdown.split('\n')) {
    kept += `${line}\n`
    used += size(line) + 1
    open = openAfter(line, open)
    const end = `${closing(open)}\n${note}\n`
    if (used > limit.most) break
    if (used + size(end) <= limit.most) best = `${kept}${end}`
  }
  return best
}

type OpenParts = { fence: string; details: number; comment: boolean }

function openAfter(line: string, { fence, details, comment }: OpenParts): OpenParts {
  const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? ''
  if (fence !== '') {
    const closes = mark.startsWith(fence) && line.trim() === mark
    return { fence: closes ? '' : fence, details, comment }
  }
  if (mark !== '') return { fence: mark, details, comment }
  const count = (tag: RegExp): number => line.match(tag)?.length ?? 0
  const [opened, closed] = [line.lastIndexOf('<!--'), line.lastIndexOf('-->')]
  return {
    fence,
    details: Math.max(0, details + count(/<details[\s>]/gi) - count(/<\/details\s*>/gi)),
    comment: opened > closed || (comment && closed === -1),
  }
}

function closing({ fence, details, comment }: OpenParts): string {
  return `${fence === '' ? '' : `${fence}\n`}${comment ? '-->\n' : ''}${'\n</details>\n'.repeat(details)}`
}
