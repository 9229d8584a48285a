import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { expect } from 'vitest'

type Node = { type: string; value?: string; url?: string; children?: Node[] }

/** One report is looked at in several ways, and the parser costs more than all of them. */
let latest: { markdown: string; tree: Node } | undefined

/** The tree that a parser of GitHub-flavoured Markdown makes, one that shares no code with the renderer of the preview. */
export function treeOf(markdown: string): Node {
  if (latest?.markdown === markdown) return latest.tree
  const tree = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }) as Node
  latest = { markdown, tree }
  return tree
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
  // Thousands of nodes: an `expect` for each would take longer than the parser.
  const faults: string[] = []
  const check = (isFine: boolean, fault: () => string): void => {
    if (!isFine) faults.push(fault())
  }
  const nodes = nodesOf(treeOf(markdown))
  for (const { type, value = '', url = '', children = [] } of nodes) {
    check(kinds.has(type) || alsoAllowed.includes(type), () => `a node of type ${type}: ${value}`)
    if (type === 'html') check(ownHtml.test(value), () => `HTML: ${value}`)
    if (type === 'table')
      check(new Set(children.map((row) => row.children?.length)).size === 1, () => 'a table of uneven rows')
    if (type === 'link') check(/^https:\/\/[\w.-]+(?:[/?][\w%./?=&;+,-]*)?$/.test(url), () => `a link to ${url}`)
    if (type === 'inlineCode') check(!/@\w/.test(value), () => `a mention in code: ${value}`)
  }
  // Text that stands side by side is one text to GitHub.
  for (const { children = [] } of nodes) {
    const text = children.map((child) => (child.type === 'text' ? child.value : '\u0000')).join('')
    for (const [what, pattern] of active) check(!pattern.test(text), () => `${what}: ${text}`)
  }
  check(!markdown.includes('<!--'), () => 'a comment of HTML')
  // Control, bidirectional and other invisible characters; the joiner and the variation selector are ours.
  const invisible = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]|\p{Cs}/u
  check(!invisible.test(markdown.replaceAll('\u2060', '')), () => 'an invisible character')
  expect(faults).toEqual([])
}
