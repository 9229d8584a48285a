/**
 * Text from outside (names of metrics, branches, files, messages of the user's commands) is hostile until it went
 * through one of these functions. Each is for one kind of output.
 */

// Control characters but tab and line feed; format characters (bidirectional overrides, zero-width marks, tags); line and
// paragraph separators. They can hide or reorder text.
const invisible = /[^\P{Cc}\t\n]|[\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * Drops characters that do not show or that reorder what follows. Tabs and line feeds stay. Halves of a character, which JSON can hold
 * and an API refuses, become the sign for a broken one.
 */
export function stripInvisible(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(invisible, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
}

/** Cuts at `limit` UTF-16 units, on a character boundary, with an ellipsis in place of the rest. */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text
  const end = limit - 1
  const cut = text.slice(0, end)
  const last = cut.charCodeAt(cut.length - 1)
  return `${last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut}…`
}

/** Plain text for one line of a terminal or a log: no escape sequences, no line breaks. */
export function oneLine(text: string): string {
  return stripInvisible(text).replace(/\s+/g, ' ').trim()
}

/**
 * Plain text for one cell or line of GitHub-flavoured Markdown: it shows as written and does nothing. Characters with a
 * meaning to Markdown or HTML are escaped. GitHub looks for mentions, issue numbers, commit ids, links and emoji codes
 * after it has decoded escapes and entities, so those are broken first, by an invisible word joiner.
 */
export function escapeMarkdown(text: string): string {
  return (
    oneLine(text)
      .replace(/[@#]|:(?=\/\/|[\w+-]+:)|www(?=\.)|gh(?=-\d)|[0-9a-f]{6}(?=[0-9a-f])/gi, `$&${joiner}`)
      // A formula begins with a dollar that follows a space, and GitHub looks for it in the decoded text too.
      .replace(/\$/g, `${joiner}$$${joiner}`)
      // Only at the beginning: list items, headings, quotes and rules of a line.
      .replace(/^[-+=]|^\d+(?=[.)])/, (start) => `${joiner}${start}`)
      .replace(/[\\`*_[\]~]/g, '\\$&')
      .replace(/[&<>|${}]/g, (character) => `&#${character.charCodeAt(0)};`)
  )
}

const joiner = '\u2060'

/**
 * Text inside a Markdown code span. The content shows as it is, but for look-alikes of what would end a cell, or be taken for a hidden
 * marker by a program that only searches the text; a mention inside a code span notifies nobody. `joined: false` leaves out the invisible joiner behind `@`,
 * for files whose text is copied and that GitHub does not search for mentions.
 */
export function codeSpan(text: string, { joined = true }: { joined?: boolean } = {}): string {
  const line = codeLine(text)
  const content = (joined ? line : line.replaceAll(joiner, '')).replace(/\|/g, '\u2502')
  if (content === '') return '` `'
  const longest = Math.max(0, ...[...content.matchAll(/`+/g)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  const pad = content.startsWith('`') || content.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${content}${pad}${fence}`
}

/** A line of a code block. No line of it can end the block, as long as it is indented. */
export function codeLine(text: string): string {
  return oneLine(text).replaceAll('<!--', '\u2039!--').replace(/@/g, `@${joiner}`)
}

/**
 * JSON text with those characters written as `\u` escapes that a terminal obeys, hides or breaks a line at: `JSON.stringify` leaves all but the first 32 as
 * they are. It parses to the same value.
 */
export function escapeJson(json: string): string {
  return json.replace(invisible, (character) =>
    // One escape for each half of a character: JSON has none for more than 16 bits.
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}

/**
 * A cell of CSV (RFC 4180): one line without what does not show, and no formula, for which spreadsheets take a text that begins with a sign, full width or
 * not, and is no number. Also none behind a semicolon, which parts cells where the comma is for decimals.
 */
export function csvCell(text: string): string {
  const line = oneLine(text).replace(/;(?=["'\s]*[=+\-@\uff1d\uff0b\uff0d\uff20])/g, ";'")
  const harmless = /^[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(line) && !plainNumber.test(line) ? `'${line}` : line
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

const plainNumber = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/

/** Text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return stripInvisible(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
}
