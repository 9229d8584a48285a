import type { DataComparison } from '../../src/compare/comparison.ts'
import type { CheckResult, DataReport, DriftColumn, DriftReport } from '../../src/record/data-report.ts'
import { countsOf } from '../../src/report/data/part.ts'

/** What data checks find, as reports show it. */

export function checkOf(parts: Partial<CheckResult> = {}): CheckResult {
  return {
    id: 'age.range',
    type: 'range',
    columns: ['age'],
    status: 'fail',
    expected: '≥ 0 and ≤ 120',
    observed: '3 of 12,000 fail',
    failing: 3,
    tested: 12_000,
    samples: [
      { file: 'data/train.csv', line: 17, row: 16, values: { age: '-3' } },
      { file: 'data/train.csv', line: 205, row: 204, values: { age: '214' } },
      { file: 'data/train.csv', line: 9001, row: 9000, values: { age: null } },
    ],
    figures: {},
    place: { file: 'checks/train.yaml', line: 5, column: 12 },
    at: { file: 'data/train.csv', line: 17 },
    ...parts,
  }
}

/** A passing check. */
export function passingCheck(id: string): CheckResult {
  const { at: _at, ...check } = checkOf({ id, status: 'pass', observed: 'none fails', failing: 0, samples: [] })
  return check
}

export function dataReportOf(parts: Partial<DataReport> = {}): DataReport {
  return {
    schema: 'modelgate/data@1',
    name: 'train',
    engine: 'duckdb',
    files: ['data/train.csv'],
    bytes: 804_512,
    rows: 12_000,
    malformed: { count: 0, first: [] },
    columns: [],
    verdict: 'pass',
    reason: 'All 14 checks passed.',
    checks: [],
    drift: null,
    notes: [],
    checksFile: { file: 'checks/train.yaml', digest: `sha256:${'a'.repeat(64)}` },
    profile: null,
    startedAt: '2026-01-02T03:04:05.000Z',
    durationMs: 1200,
    ...parts,
  }
}

/** One that failed, with checks of every end. */
export function failingReport(parts: Partial<DataReport> = {}): DataReport {
  const { at: _at, place: _place, ...plain } = checkOf({ samples: [] })
  return dataReportOf({
    verdict: 'fail',
    reason: '3 of 18 checks failed: age.range, email.format, in-table.',
    checks: [
      checkOf({
        name: 'Age is plausible',
        owner: '@data-team',
        reason: 'Ages above 120 came from a wrong unit before.',
        url: 'https://example.org/checks/age',
        where: "country <> 'XX'",
      }),
      checkOf({
        id: 'email.format',
        columns: ['email'],
        expected: 'format email',
        observed: '1 of 12,000,000 fails',
        failing: 1,
        tested: 12_000_000,
        samples: [{ file: 'data/train.csv', line: 4, row: 3, values: {}, hidden: ['email'] }],
      }),
      {
        ...plain,
        id: 'country.in-table',
        status: 'not-run',
        expected: 'in data/countries.csv',
        observed: 'There is no column "country".',
        failing: null,
        tested: null,
      },
      checkOf({
        id: 'duplicates',
        status: 'warn',
        expected: 'no row stands twice (warns above 0 rows)',
        observed: '12 of 12,000 fail',
        failing: 12,
        samples: [],
      }),
      {
        ...plain,
        id: 'rows',
        status: 'info',
        expected: 'at least 20,000',
        observed: '12,000 rows',
        failing: null,
        tested: null,
      },
      ...['columns', 'id.type'].map(passingCheck),
    ],
    ...parts,
  })
}

const bell = [0.02, 0.06, 0.12, 0.18, 0.24, 0.18, 0.12, 0.06, 0.02]

export function driftColumnOf(parts: Partial<DriftColumn> = {}): DriftColumn {
  return {
    column: 'income',
    kind: 'numeric',
    status: 'fail',
    reason: 'The effect reaches the limit, and is significant.',
    method: 'ks',
    effect: 0.2134,
    limits: { warn: 0.1, error: 0.2 },
    p: 1e-30,
    adjustedP: 5e-30,
    measures: {
      ks: 0.2134,
      psi: 0.31,
      js: 0.2,
      wasserstein: 0.4,
      tv: 0.3,
      lInfinity: null,
      chiSquare: 900,
      cramersV: null,
    },
    nulls: { reference: 0, current: 0, status: 'none', p: null, adjustedP: null },
    newCategories: null,
    vanishedCategories: null,
    bins: bell.map((share, bin) => ({
      label: `${bin * 10} to ${bin * 10 + 10}`,
      reference: share,
      current: bell[Math.max(0, bin - 2)] ?? 0,
    })),
    ...parts,
  }
}

export function driftOf(parts: Partial<DriftReport> = {}): DriftReport {
  return {
    reference: { name: 'last-month', rows: 11_500, fromProfile: false },
    rows: 12_000,
    verdict: 'fail',
    reason: '3 of 4 columns drifted; at most 30 % may.',
    drifted: 3,
    evaluated: 4,
    significance: 0.001,
    minRows: 200,
    columns: [
      driftColumnOf(),
      driftColumnOf({
        column: 'country',
        kind: 'categorical',
        status: 'warn',
        method: 'psi',
        effect: 0.14,
        limits: { warn: 0.1, error: 0.25 },
        adjustedP: 0.00042,
        newCategories: { values: ['XK', 'SS'], distinct: 5, rows: 61 },
        bins: [
          { label: 'IN', reference: 0.5, current: 0.4 },
          { label: 'BR', reference: 0.3, current: 0.3 },
          { label: 'DE', reference: 0.2, current: 0.25 },
          { label: '(other)', reference: 0, current: 0.05 },
        ],
      }),
      driftColumnOf({
        column: 'email',
        kind: 'categorical',
        status: 'none',
        reason: 'More values are missing than before.',
        method: 'psi',
        effect: 0.01,
        adjustedP: 0.2,
        nulls: { reference: 0.01, current: 0.34, status: 'fail', p: 1e-20, adjustedP: 2e-20 },
        bins: [],
      }),
      driftColumnOf({
        column: 'height',
        status: 'not-evaluated',
        reason: '120 rows are too few: 200 are needed.',
        effect: null,
        p: null,
        adjustedP: null,
        bins: [],
      }),
      driftColumnOf({
        column: 'age',
        status: 'none',
        reason: '',
        effect: 0.0123,
        adjustedP: 0.4,
        bins: bell.map((share, bin) => ({ label: String(bin), reference: share, current: share })),
      }),
    ],
    onlyReference: ['ssn'],
    onlyCurrent: [],
    ...parts,
  }
}

/** As it stands in a comparison, beside a base whose data passed. */
export function dataComparisonOf(report: DataReport, parts: Partial<DataComparison> = {}): DataComparison {
  return {
    stage: 'validate',
    new: report,
    counts: countsOf(report.checks),
    base: { verdict: 'pass', reason: 'All 14 checks passed.', rows: 11_800 },
    ...parts,
  }
}
