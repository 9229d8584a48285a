import type { Digest } from '../../base/digest.ts'
import type { RunRecord } from '../../record/run-record.ts'
import type { GateSummary } from '../gate-summary.ts'
import type { ScanReport } from '../scan/file-scan.ts'
import type { ModelManifest } from './manifest.ts'

/** What the baseline measured where the new model did, and the difference with its interval: new minus baseline. */
export type MeasuredChange = { base: number; difference?: number; low?: number; high?: number }

/** A run that was compared with; without a commit outside of version control. */
export type BaselineRun = { id: string; commit?: string | undefined }

/** Everything that the documents of a bundle are written from. Nothing in them is from anywhere else. */
export type BundleFacts = {
  model: string
  version: string
  task: string
  license?: string
  record: RunRecord
  gate: GateSummary
  /** Which baseline was taken, in words or as modelgate.yaml writes it. */
  baseline: string
  /** What single rules were compared with beside it. */
  otherBaselines?: readonly { name: string; run?: BaselineRun }[]
  /** By name of the metric, of the whole. */
  changes: ReadonlyMap<string, MeasuredChange>
  /** Rows that the metrics were measured on; absent without predictions. */
  rows?: number
}

/** What is known once the model's files are in the bundle. */
export type BundledModel = {
  content: Digest
  bytes: number
  files: readonly { path: string; bytes: number; digest: Digest; format: string }[]
  scan: ScanReport
  signature: ModelManifest['signature']
  /** SHA-256 of the public key's PEM text, where a key signs. */
  keyFingerprint?: string
}

/** The data set that the model was measured on, if it is declared. */
export function evaluationData(record: RunRecord): { name: string; digest: string } | undefined {
  const found = record.factors.data.eval
  return found === undefined ? undefined : { name: 'eval', digest: found.digest }
}

/** Metrics of the whole, without those of slices. */
export function wholeMetrics({ metrics }: GateSummary): GateSummary['metrics'] {
  return metrics.filter(({ slice }) => slice === undefined)
}
