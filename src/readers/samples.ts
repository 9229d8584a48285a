import type { ReadMetric } from './reading.ts'
import type { Table } from './table.ts'

/**
 * The mean of outcomes and its standard error, sd / sqrt(n) with n - 1 below the deviation, as lm-evaluation-harness has it. No standard
 * error for a single outcome.
 */
export function meanOf(values: readonly number[]): Pick<ReadMetric, 'value' | 'standardError' | 'rows'> {
  const rows = values.length
  const value = values.reduce((sum, each) => sum + each, 0) / rows
  if (rows < 2 || !Number.isFinite(value)) return { value, rows }
  const squares = values.reduce((sum, each) => sum + (each - value) ** 2, 0)
  return { value, standardError: Math.sqrt(squares / (rows - 1) / rows), rows }
}

/** One outcome of one case, as the tools that evaluate language models write them. */
export type CaseRow = {
  id: string
  score: number
  /** Whether the case passed; null where there are scores of which none says what passes. */
  passed: boolean | null
  /** What slices may be made of, and `group` for rows that belong together. */
  facts: Record<string, string>
  line: number
}

/** Outcomes as a table with the columns id, score and (where all cases say it) passed, then the facts that all cases have. */
export function tableOfCases(cases: readonly CaseRow[]): Table {
  const judged = cases.every(({ passed }) => passed !== null)
  const facts = Object.keys(cases[0]?.facts ?? {}).filter((name) =>
    cases.every((each) => Object.hasOwn(each.facts, name)),
  )
  return {
    columns: ['id', 'score', ...(judged ? ['passed'] : []), ...facts],
    rows: cases.map((each) => [
      each.id,
      String(each.score),
      ...(judged ? [each.passed === true ? '1' : '0'] : []),
      ...facts.map((name) => each.facts[name] ?? ''),
    ]),
    lines: cases.map(({ line }) => line),
  }
}
