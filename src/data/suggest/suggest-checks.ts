import { Document, isMap, isScalar, YAMLMap } from 'yaml'
import { oneLine, stripInvisible } from '../../base/escape.ts'
import { formatCount, plural } from '../../base/number-text.ts'
import type { ReadOptions } from '../../config/checks/read-options.ts'
import type { DataProfile } from '../profile/data-profile.ts'
import { percentAbove } from './bounds.ts'
import type { SuggestionFacts } from './facts.ts'
import { type SuggestedLine, suggestColumn } from './suggest-column.ts'

/** How the data were read, where that was said: who checks them later has to read them alike. */
export type AsRead = {
  read?: { readonly [Key in keyof ReadOptions]?: ReadOptions[Key] | undefined }
  dateFormats?: Readonly<Record<string, string>>
}

/**
 * A checks file in words of YAML, which these data pass: each line says what was seen. Bounds have room (see `suggestBounds`), and of columns
 * that look sensitive no value is written.
 */
export function suggestChecks(
  profile: DataProfile,
  facts: SuggestionFacts,
  name: string,
  { read = {}, dateFormats = {} }: AsRead = {},
): string {
  const { rows, columns } = profile
  const document = new Document({
    version: 1,
    ...(Object.keys(read).length === 0 ? {} : { read }),
    schema: { columns: {} },
    checks: [],
  })
  document.commentBefore = [
    ` What is expected of ${plain(name)}, suggested from ${plural(rows, 'row')}.`,
    ' Each line says what was seen. Bounds have room of a tenth of the range or of the outermost hundredth, whichever is more:',
    ' tighten what you know better, and remove what need not hold.',
  ].join('\n')
  const schema = document.getIn(['schema', 'columns'])
  if (!isMap(schema)) throw new Error('the document has no columns')
  for (const [index, column] of columns.entries()) {
    const lines = suggestColumn(column, {
      rows,
      format: facts.formats.get(column.name),
      looks: facts.looks.get(column.name),
      isFirst: index === 0,
      dateFormat: Object.hasOwn(dateFormats, column.name) ? dateFormats[column.name] : undefined,
    })
    schema.set(document.createNode(column.name), mapOf(document, lines))
  }
  document.set('checks', document.createNode(tableChecks(profile, facts)))
  commentChecks(document, profile, facts)
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

function mapOf(document: Document, lines: readonly SuggestedLine[]): YAMLMap | null {
  if (lines.length === 0) return null
  const map = new YAMLMap()
  for (const { key, value, why } of lines) {
    const node = document.createNode(value, { flow: true })
    node.comment = ` ${plain(why)}`
    map.set(document.createNode(key), node)
  }
  return map
}

function tableChecks({ rows, columns }: DataProfile, { duplicates }: SuggestionFacts): unknown[] {
  if (rows === 0) return []
  const share = percentAbove((2 * duplicates) / rows + 3 * Math.sqrt(duplicates / rows / rows))
  return [
    { rows: { min: Math.max(1, Math.floor(rows / 2)), max: rows * 2 }, severity: 'warn' },
    { rows: { min: Math.max(1, Math.floor(rows / 10)), max: rows * 10 } },
    ...(columns.length > 0 && share < 50
      ? [{ duplicates: {}, ...(duplicates === 0 ? {} : { error: `${share}%` }) }]
      : []),
  ]
}

function commentChecks(document: Document, { rows }: DataProfile, { duplicates }: SuggestionFacts): void {
  const whys = [
    `half to twice the ${formatCount(rows)} rows that were seen`,
    `a tenth to ten times of them`,
    duplicates === 0 ? 'no row was equal to another' : `${plural(duplicates, 'row')} equal to an earlier one`,
  ]
  for (const [index, why] of whys.entries()) {
    const item = document.getIn(['checks', index], true)
    if (isMap(item) || isScalar(item)) item.commentBefore = ` ${why}`
  }
}

/** Names and values come from the data; a line break in one would end the comment. */
function plain(text: string): string {
  return stripInvisible(oneLine(text))
}
