import type { DataComparison } from '../../compare/comparison.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import type { DataReport, DriftColumn } from '../../record/data-report.ts'

/** Data checks that nobody ran. */

function report(parts: Partial<DataReport>): DataComparison {
  const made: DataReport = {
    schema: 'modelgate/data@1',
    name: 'data',
    engine: 'duckdb',
    files: [],
    bytes: 0,
    rows: 1000,
    malformed: { count: 0, first: [] },
    columns: [],
    verdict: 'pass',
    reason: 'Made up.',
    checks: [],
    drift: null,
    notes: [],
    checksFile: null,
    profile: null,
    startedAt: '2026-01-01T00:00:00Z',
    durationMs: 1,
    ...parts,
  }
  return { stage: 'validate', new: made, counts: { pass: 1, info: 0, warn: 0, fail: 0, 'not-run': 0 }, base: null }
}

/** A run whose data checks ended so. */
export function checkedData(verdict: DataReport['verdict']): DataComparison[] {
  return [report({ verdict })]
}

/** A run in which one column is so far from its reference. */
export function driftedData(method: RuleOf<'drift'>['method'], distance: number): DataComparison[] {
  const none = {
    ks: null,
    psi: null,
    js: null,
    wasserstein: null,
    tv: null,
    lInfinity: null,
    chiSquare: null,
    cramersV: null,
  }
  const column: DriftColumn = {
    column: 'column',
    kind: 'numeric',
    status: distance === 0 ? 'none' : 'fail',
    reason: 'Made up.',
    method,
    effect: distance,
    limits: { warn: 0, error: 0 },
    p: 0,
    adjustedP: 0,
    measures: { ...none, [method]: distance },
    nulls: { reference: 0, current: 0, status: 'none', p: null, adjustedP: null },
    newCategories: null,
    vanishedCategories: null,
    bins: [],
  }
  const drift: DataReport['drift'] = {
    reference: { name: 'reference', rows: 1000, fromProfile: false },
    rows: 1000,
    verdict: distance === 0 ? 'pass' : 'fail',
    reason: 'Made up.',
    drifted: distance === 0 ? 0 : 1,
    evaluated: 1,
    significance: 0.05,
    minRows: 100,
    columns: [column],
    onlyReference: [],
    onlyCurrent: [],
  }
  return [report({ drift })]
}
