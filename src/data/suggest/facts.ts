import type { formats } from '../../config/checks/row-checks.ts'
import { formatTests } from '../checks/formats.ts'
import { newScan } from '../checks/scan.ts'
import type { Engine } from '../engine/engine.ts'
import type { Relation } from '../relation.ts'
import { askLooks, describeLooks } from './lookalikes.ts'
import { looksSensitive } from './sensitive.ts'

/** What a suggestion needs beyond the profile. */
export type SuggestionFacts = {
  /** The one format that all values of a column of texts have. */
  formats: ReadonlyMap<string, (typeof formats)[number]>
  /** What a column of texts was perhaps meant to be, in words. */
  looks: ReadonlyMap<string, string>
  /** Rows that are equal to an earlier row in all columns. */
  duplicates: number
}

/** Formats that say something when every value has them: any word is a host name, and any number is JSON. */
const tellingFormats = ['uuid', 'email', 'url', 'ipv4', 'ipv6', 'date', 'datetime'] as const

/** One scan for the formats, and one for equal rows. */
export async function readFacts(
  engine: Engine,
  relation: Relation,
  sensitive: ReadonlySet<string>,
): Promise<SuggestionFacts> {
  const { dialect } = engine
  const scan = newScan(relation)
  const asked = relation.columns
    .filter(({ kind }) => kind === 'string')
    .map((column) => ({
      column,
      looks: askLooks(scan, dialect, column),
      values: scan.add(`count(${column.sql})`),
      matches: tellingFormats.map((format) => ({
        format,
        key: scan.add(`count(*) FILTER (WHERE ${formatTests[format](dialect, column.sql)})`),
      })),
    }))
  const { values } = await scan.run(engine)
  const found = new Map<string, (typeof formats)[number]>()
  const looks = new Map<string, string>()
  for (const { column, values: counted, matches, looks: countsIn } of asked) {
    const { name } = column
    const all = Number(values[counted] ?? 0)
    const format = all === 0 ? undefined : matches.find(({ key }) => Number(values[key]) === all)?.format
    if (format !== undefined) found.set(name, format)
    const isHidden = sensitive.has(name) || looksSensitive(name)
    const words = await describeLooks(engine, relation, column, countsIn(values), all, isHidden)
    if (words !== undefined) looks.set(name, words)
  }
  return { formats: found, looks, duplicates: await countDuplicates(engine, relation) }
}

async function countDuplicates(engine: Engine, relation: Relation): Promise<number> {
  const names = relation.columns
    .flatMap(({ sql, badText }) => (badText === undefined ? [sql] : [sql, badText]))
    .join(', ')
  if (names === '') return 0
  const [row] = await engine.query(
    `SELECT coalesce(sum(mg_count - 1), 0) AS mg_duplicates FROM (SELECT count(*) AS mg_count FROM ${relation.sql} GROUP BY ${names}) AS mg_rows`,
  )
  return Number(row?.mg_duplicates ?? 0)
}
