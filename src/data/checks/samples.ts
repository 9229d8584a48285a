import { stripInvisible, truncate } from '../../base/escape.ts'
import type { CheckResult, CheckSample } from '../../record/data-report.ts'
import type { Engine, SqlValue } from '../engine/engine.ts'
import type { CheckContext } from './context.ts'
import { rowAlias, type SampleQuery } from './plan.ts'

/** A cell of a sample is to be recognised, not to be read whole. */
const longestValue = 200

/**
 * The first failing rows, with file and line. The engine keeps rows in their order, so that the first ones are the same in every run; where a
 * source has no order, the smallest values come first.
 */
export async function readSamples(
  engine: Engine,
  { data, sensitive }: CheckContext,
  query: SampleQuery,
  most: number,
): Promise<Pick<CheckResult, 'samples' | 'at'>> {
  const order = data.row === undefined ? ` ORDER BY ${query.shows.map((column) => column.sql).join(', ')}` : ''
  const rows = await engine.query(`${query.sql}${order} LIMIT ${most}`)
  const numbers = rows
    .map((row) => row[rowAlias])
    .filter((value) => typeof value === 'bigint' || typeof value === 'number')
  const places = numbers.length === rows.length ? await data.locate(numbers.map(Number)) : []
  const hidden = query.shows.map(({ name }) => name).filter((name) => sensitive.has(name))
  const samples = rows.map((row, index): CheckSample => {
    const { file, line, row: number } = places[index] ?? {}
    const shown = query.shows.filter(({ name }) => !sensitive.has(name))
    return {
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
      ...(number === undefined ? {} : { row: number }),
      values: Object.fromEntries(shown.map(({ name }) => [name, showValue(row[name] ?? null)])),
      ...(hidden.length === 0 ? {} : { hidden }),
    }
  })
  const [first] = samples
  return {
    samples,
    ...(first?.file === undefined
      ? {}
      : { at: { file: first.file, ...(first.line === undefined ? {} : { line: first.line }) } }),
  }
}

/** A value as text: whole numbers of any size exactly, and nothing that could steer a terminal. */
export function showValue(value: SqlValue): string | null {
  return value === null ? null : truncate(stripInvisible(String(value)), longestValue)
}
