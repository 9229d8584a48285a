/** Replaces what stands between `<!-- generated: name -->` and `<!-- end of generated -->`. Throws when there is no such place. */
export function replaceSection(markdown: string, name: string, content: string): string {
  const [begin, end] = [`<!-- generated: ${name} -->`, '<!-- end of generated -->']
  const from = markdown.indexOf(begin)
  const to = markdown.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`there is no section "${name}"`)
  return `${markdown.slice(0, from + begin.length)}\n\n${content}\n\n${markdown.slice(to)}`
}

/** A Markdown table. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
