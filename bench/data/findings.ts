import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { columns, connect, quoted, typedSource } from './generate.ts'

/** What every side of the benchmark has to find in a pair of files. */
export type Findings = {
  rows: number
  /** Missing values of the current file by column; of the columns that the side counts. */
  nulls: Record<string, number>
  badEmails: number
  agesOutOfRange: number
  /** Rows whose key stands in an earlier row. */
  repeatedKeys: number
  ksIncome: number
  /** A missing country is a category of its own. */
  psiCountry: number
}

/** What the peers print. */
export type PeerOutput = {
  versions: Record<string, string>
  rows: { current: number }
  profile: { current: Record<string, { nulls: number }> }
  badEmails: number
  agesOutOfRange: number
  repeatedKeys: number
  drift: { income: { ks: number } }
  psiCountry: number
}

export function findingsOfPeer(output: PeerOutput): Findings {
  const { badEmails, agesOutOfRange, repeatedKeys, psiCountry } = output
  const nulls = Object.entries(output.profile.current).map(([name, column]) => [name, column.nulls])
  return {
    rows: output.rows.current,
    nulls: Object.fromEntries(nulls),
    badEmails,
    agesOutOfRange,
    repeatedKeys,
    ksIncome: output.drift.income.ks,
    psiCountry,
  }
}

/** The truth: plain SQL over the files, exact in everything. */
export async function findingsOfFiles(reference: string, current: string): Promise<Findings> {
  const connection = await connect()
  const number = async (sql: string): Promise<number> => {
    const [row] = (await connection.runAndReadAll(sql)).getRowsJson()
    return Number(row?.[0])
  }
  const counts = Object.keys(columns).map((name) => `count(*) - count(${name}) AS ${name}`)
  try {
    await connection.run("SET memory_limit = '4GB'")
    await connection.run(`SET temp_directory = ${quoted(join(tmpdir(), 'modelgate-bench-spill'))}`)
    // Only what is asked for stays in memory.
    for (const [side, path, kept] of [
      ['reference', reference, 'country, income'],
      ['current', current, '*'],
    ] as const)
      await connection.run(`CREATE TEMP TABLE ${side} AS SELECT ${kept} FROM ${typedSource(path)}`)
    const [nulls = {}] = (
      await connection.runAndReadAll(`SELECT ${counts.join(', ')} FROM current`)
    ).getRowObjectsJson()
    return {
      rows: await number('SELECT count(*) FROM current'),
      nulls: Object.fromEntries(Object.entries(nulls).map(([name, count]) => [name, Number(count)])),
      badEmails: await number(
        "SELECT count(*) FROM current WHERE NOT regexp_full_match(email, '[^@ ]+@[^@ ]+\\.[a-z]+')",
      ),
      agesOutOfRange: await number('SELECT count(*) FROM current WHERE age NOT BETWEEN 0 AND 120'),
      repeatedKeys: await number('SELECT count(id) - count(DISTINCT id) FROM current'),
      // Counts are summed up as integers, so that the order of the rows does not matter.
      ksIncome: await number(`
        WITH tally AS (
          SELECT income, count(*) FILTER (side = 0) AS l, count(*) FILTER (side = 1) AS r
          FROM (SELECT income, 0 AS side FROM reference UNION ALL SELECT income, 1 FROM current)
          WHERE income IS NOT NULL GROUP BY income
        ), steps AS (SELECT sum(l) OVER (ORDER BY income) AS l, sum(r) OVER (ORDER BY income) AS r FROM tally)
        SELECT max(abs(l / (SELECT count(income) FROM reference) - r / (SELECT count(income) FROM current))) FROM steps`),
      psiCountry: await number(`
        WITH shares AS (
          SELECT greatest(coalesce(l.share, 0), 1e-4) AS l, greatest(coalesce(r.share, 0), 1e-4) AS r
          FROM (SELECT coalesce(country, '') AS key, count(*) / (SELECT count(*) FROM reference) AS share FROM reference GROUP BY key) l
          FULL JOIN (SELECT coalesce(country, '') AS key, count(*) / (SELECT count(*) FROM current) AS share FROM current GROUP BY key) r
          USING (key)
        ) SELECT fsum((r - l) * ln(r / l)) FROM shares`),
    }
  } finally {
    connection.closeSync()
  }
}

/** In words, what a side found otherwise than it is. Empty when both agree. `ksError` is how far its KS may be off. */
export function differences(found: Partial<Findings>, truth: Partial<Findings>, ksError: number): string[] {
  const allowed: Record<string, number> = { ksIncome: ksError, psiCountry: 1e-9 }
  const { nulls: foundNulls = {}, ...rest } = found
  const { nulls, ...numbers } = truth
  const values: Record<string, number> = rest
  const wrong = Object.entries(numbers)
    .filter(([name, value]) => !(Math.abs((values[name] ?? Number.NaN) - value) <= (allowed[name] ?? 0)))
    .map(([name, value]) => `${name} is ${value}, found ${values[name] ?? 'nothing'}`)
  const wrongNulls = Object.entries(foundNulls)
    .filter(([name, count]) => nulls !== undefined && count !== nulls[name])
    .map(([name, count]) => `${nulls?.[name]} values of ${name} are missing, found ${count}`)
  return [...wrong, ...wrongNulls]
}
