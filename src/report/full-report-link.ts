/** A comment may have 65,536 UTF-16 units; the rest is left for the marker. */
export const reportLimit = 65_000

/** What the link and the notes around a report may add. Reports are made shorter than the limit by this, so that there is always room for them. */
export const noteRoom = 5_000

/**
 * The report with a last line that leads to the page. An address that is not plain https, or too long, adds nothing: a report without a
 * link is still a report.
 */
export function withFullReportLink(markdown: string, url: string): string {
  const address = safeAddress(url)
  if (address === undefined) return markdown
  const linked = `${markdown.trimEnd()}\n\n[Full report with plots](${address})\n`
  return linked.length <= reportLimit ? linked : markdown
}

/** The address in a form that can end no link and begin nothing else; undefined for what is not plain https, or too long. */
export function safeAddress(url: string): string | undefined {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.protocol !== 'https:' || parsed.username !== '' || parsed.password !== '')
    return undefined
  // What could end the address in Markdown, or begin something in a table or in HTML.
  const address = parsed.href.replace(
    /[()<>[\]\\`|*_~@"'$]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return address.length <= 500 ? address : undefined
}
