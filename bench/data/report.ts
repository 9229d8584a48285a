import type { Findings } from './findings.ts'

/** The one file of the benchmark that knows what `modelgate data check --json` prints. */

/** As much of the report as the benchmark reads. */
export type Report = {
  rows?: number
  checks?: { id: string; failing?: number | null }[]
  drift?: { columns?: { column: string; measures: { ks: number | null; psi: number | null } }[] } | null
}

/** What is printed: one data set here. */
export type Result = { data?: { report: Report }[] }

/** Fields that tell a time; two runs may differ in them and in nothing else. */
const times = /"(\w*(?:At|Ms|[sS]econds))"(\s*:\s*)(?:"[^"]*"|-?[\d.]+(?:e[+-]?\d+)?)/g

export function findingsOfResult({ data }: Result): Partial<Findings> {
  const report = data?.[0]?.report ?? {}
  const failing = (id: string): number | undefined =>
    report.checks?.find((result) => result.id === id)?.failing ?? undefined
  const drift = (name: string) => report.drift?.columns?.find(({ column }) => column === name)
  const country = failing('country.not-null')
  const found = {
    rows: report.rows,
    nulls: country === undefined ? undefined : { country },
    badEmails: failing('email.regex'),
    agesOutOfRange: failing('age.range'),
    repeatedKeys: failing('id.unique'),
    ksIncome: drift('income')?.measures.ks ?? undefined,
    psiCountry: drift('country')?.measures.psi ?? undefined,
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

/** The report as it was printed, with every time taken out. */
export function withoutTimes(json: string): string {
  return json.replace(times, '"$1"$2"a time"')
}
