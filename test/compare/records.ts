import { digestOfBytes } from '../../src/base/digest.ts'
import type { Evidence } from '../../src/compare/compare.ts'
import type { ClassPredictions, NumberPredictions } from '../../src/evaluation/predictions.ts'
import type { RunRecord } from '../../src/record/run-record.ts'

/** What tests vary in a record. */
export type RecordParts = {
  id?: string
  task?: string
  name?: string
  status?: RunRecord['status']
  source?: RunRecord['source']
  metrics?: Record<string, number | 'NaN' | 'Infinity' | '-Infinity'>
  /** Text that stands for the content of the predictions file; none without it. */
  predictions?: string
  evalSet?: string | null
  code?: Record<string, string>
  params?: Record<string, string | number>
  arch?: string
  command?: string
  notes?: string[]
}

/** A complete record of a run with one stage. Everything that is not given is the same in every record. */
export function recordOf(parts: RecordParts = {}): RunRecord {
  const code = Object.fromEntries(
    Object.entries(parts.code ?? { 'train.py': 'x' }).map(([path, text]) => [path, digestOfBytes(text)]),
  )
  const evalSet = parts.evalSet === undefined ? 'rows' : parts.evalSet
  return {
    schema: 'modelgate/run@1',
    id: parts.id ?? 'run-1',
    project: { name: parts.name ?? 'income', task: parts.task ?? 'binary-classification' },
    status: parts.status ?? 'succeeded',
    startedAt: '2026-03-01T10:00:00.000Z',
    finishedAt: '2026-03-01T10:00:12.500Z',
    durationMs: 12_500,
    source: parts.source === undefined ? { commit: '1'.repeat(40), branch: 'main', dirty: false } : parts.source,
    factors: {
      code: { digest: digestOfBytes(JSON.stringify(code)), files: code },
      data:
        evalSet === null
          ? {}
          : { eval: { path: 'data/eval.csv', digest: digestOfBytes(evalSet), bytes: 10, files: 1 } },
      params: { digest: digestOfBytes(JSON.stringify(parts.params ?? {})), values: parts.params ?? {} },
      environment: {
        digest: digestOfBytes('environment'),
        machine: { os: 'linux', arch: parts.arch ?? 'x64' },
        dependencies: {},
        details: { cpu: 'cpu', cores: 4, memoryBytes: 1, node: 'v24.0.0' },
      },
    },
    stages: [
      {
        name: 'evaluate',
        status: parts.status ?? 'succeeded',
        command: parts.command ?? 'python evaluate.py',
        durationMs: 12_500,
        exitCode: 0,
        signal: null,
        peakMemoryBytes: 88_000_000,
        deps: {},
        outs: {},
      },
    ],
    metrics: Object.entries(parts.metrics ?? {}).map(([name, value]) => ({
      name,
      ...(typeof value === 'number' ? { value } : { value: null, nonFinite: value }),
      file: 'metrics.json',
      stage: 'evaluate',
    })),
    reruns: [],
    dataChecks: [],
    predictions:
      parts.predictions === undefined
        ? []
        : [
            {
              stage: 'evaluate',
              path: 'predictions-evaluate.csv',
              source: 'predictions.csv',
              digest: digestOfBytes(parts.predictions),
              bytes: Buffer.byteLength(parts.predictions),
            },
          ],
    notes: parts.notes ?? [],
  }
}

export type BinaryRow = { id: string; truth: 0 | 1; predicted: 0 | 1; score?: number }

export function binaryPredictions(rows: readonly BinaryRow[]): ClassPredictions {
  const scored = rows.some((row) => row.score !== undefined)
  return {
    kind: 'classes',
    ids: rows.map((row) => row.id),
    classes: ['0', '1'],
    truth: Int32Array.from(rows, (row) => row.truth),
    predicted: Int32Array.from(rows, (row) => row.predicted),
    scores: scored ? Float64Array.from(rows, (row) => row.score ?? Number.NaN) : null,
  }
}

export function numberPredictions(
  rows: readonly { id: string; truth: number; predicted: number }[],
): NumberPredictions {
  return {
    kind: 'numbers',
    ids: rows.map((row) => row.id),
    truth: Float64Array.from(rows, (row) => row.truth),
    predicted: Float64Array.from(rows, (row) => row.predicted),
  }
}

/** A record with the given predictions; the digest in it follows from them. */
export function evidenceOf(
  predictions: ClassPredictions | NumberPredictions | null,
  parts: RecordParts = {},
): Evidence {
  const content =
    predictions === null
      ? {}
      : {
          predictions: JSON.stringify([
            predictions.ids,
            [...predictions.truth],
            [...predictions.predicted],
            predictions.kind === 'classes' && predictions.scores !== null ? [...predictions.scores] : null,
          ]),
        }
  return { record: recordOf({ ...content, ...parts }), predictions }
}

/**
 * Rows in which both models, one of them or none is right, in this order; every second row is positive. Ids r0, r1, ...
 */
export function pairOf(cells: { both: number; onlyBase: number; onlyNew: number; none: number }): {
  base: BinaryRow[]
  fresh: BinaryRow[]
} {
  const rights = [
    ...Array.from({ length: cells.both }, () => [true, true] as const),
    ...Array.from({ length: cells.onlyBase }, () => [true, false] as const),
    ...Array.from({ length: cells.onlyNew }, () => [false, true] as const),
    ...Array.from({ length: cells.none }, () => [false, false] as const),
  ]
  const side = (which: 0 | 1): BinaryRow[] =>
    rights.map((right, row) => {
      const truth = row % 2 === 0 ? 1 : 0
      return { id: `r${row}`, truth, predicted: right[which] ? truth : truth === 1 ? 0 : 1 }
    })
  return { base: side(0), fresh: side(1) }
}
