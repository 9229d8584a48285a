import { digestOfBytes } from '../../src/base/digest.ts'
import type { GateSummary } from '../../src/registry/gate-summary.ts'
import type { ModelVersion } from '../../src/registry/model-version.ts'

/** A verdict that passed, compared with run `base` unless told otherwise. */
export function gateSummary(changes: Partial<GateSummary> = {}): GateSummary {
  return {
    verdict: 'pass',
    outcome: 'passed',
    reason: 'Accuracy is not worse.',
    policy: digestOfBytes('policy'),
    comparedWith: null,
    rules: [],
    waived: [],
    metrics: [{ name: 'accuracy', value: 0.91, low: 0.89, high: 0.93, confidence: 0.95 }],
    ...changes,
  }
}

/** A version that is published, of a run of its own. */
export function modelVersion(version: string, changes: Partial<ModelVersion> = {}): ModelVersion {
  return {
    schema: 'modelgate/model-version@1',
    model: 'churn',
    version,
    state: 'staged',
    bundle: digestOfBytes(`bundle of ${version}`),
    content: digestOfBytes(`content of ${version}`),
    run: { id: `run-${version}`, commit: '1'.repeat(40) },
    gate: gateSummary(),
    signature: 'none',
    channels: { share: { channel: 'directory', state: 'published', location: `/models/churn/${version}` } },
    at: '2026-11-23T10:00:00.000Z',
    by: 'ada',
    ...changes,
  }
}
