import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { expect } from 'vitest'

type Node = { type: string; value?: string; url?: string; children?: Node[] }

/** The tree that a parser of GitHub-flavoured Markdown makes, one that shares no code with the renderer of the preview. */
export function treeOf(markdown: string): Node {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }) as Node
}

/** Kinds of nodes and how they are nested. What text says is left out, and so is where it is divided. */
export function shapeOf({ type, children, value }: Node): string {
  if (type === 'html') return `html(${value})`
  if (children === undefined) return type
  const inner = children.filter((child) => child.type !== 'text').map(shapeOf)
  return `${type}[${inner.join(' ')}]`
}

export function nodesOf(node: Node): Node[] {
  return [node, ...(node.children ?? []).flatMap(nodesOf)]
}

/** Our own tags, and the words between them in a line of their own. */
const ownHtml =
  /^(?:<br>|<\/?sub>|<details>\n<summary>(?:Rows: [\d,]+ mended, [\d,]+ broken|What changed: [a-z ,()\d]+|\d+ more metrics?|\d+ metrics? of single classes|Slices and other parts of rules: [\d,]+ [a-z]+(?: judged)?(?:, [\d,]+ [a-z]+(?: judged)?)*|Golden rows: [\d,]+ (?:broken|wrong), [\d,]+ without a prediction|How this was measured|[\d,]+ warnings?(?:, [\d,]+ for information)?|[\d,]+ columns? without drift|How these data were read)<\/summary>|<\/details>)$/

const kinds = new Set(
  'root heading paragraph text strong inlineCode blockquote table tableRow tableCell html list listItem emphasis link'.split(
    ' ',
  ),
)

/** What GitHub makes out of the text after it decoded it. */
const active: [string, RegExp][] = [
  ['a mention', /@[\w]/],
  ['a number of an issue', /#\d|\bGH-\d/i],
  ['a commit', /(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])/i],
  ['a link', /https?:\/\/|ftp:\/\/|\bwww\./i],
  ['an address', /[\w.+-]+@[\w-]+\.\w/],
  ['an emoji', /:[a-z0-9_+-]+:/i],
  ['a formula', /(?:^|\s)\$|\$\$/],
]

/** Nothing in the report is more than text, code and our own frame. */
export function expectInert(markdown: string, alsoAllowed: readonly string[] = []): void {
  const nodes = nodesOf(treeOf(markdown))
  for (const { type, value = '', url = '', children = [] } of nodes) {
    expect([...kinds, ...alsoAllowed], `${type}: ${value}`).toContain(type)
    if (type === 'html') expect(value).toMatch(ownHtml)
    if (type === 'table') expect(new Set(children.map((row) => row.children?.length)).size).toBe(1)
    if (type === 'link') expect(url).toMatch(/^https:\/\/[\w.-]+(?:[/?][\w%./?=&;+,-]*)?$/)
    if (type === 'inlineCode') expect(value).not.toMatch(/@\w/)
  }
  // Text that stands side by side is one text to GitHub.
  for (const { children = [] } of nodes) {
    const text = children.map((child) => (child.type === 'text' ? child.value : '\u0000')).join('')
    for (const [what, pattern] of active) expect(text, what).not.toMatch(pattern)
  }
  expect(markdown).not.toContain('<!--')
  // Control, bidirectional and other invisible characters; the joiner and the variation selector are ours.
  expect(markdown.replaceAll('\u2060', '')).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]|\p{Cs}/u)
}
