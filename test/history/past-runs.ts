import type { PastRun } from '../../src/history/past-runs.ts'

/** A clean run of a commit that is the letter forty times over. */
export function pastRun(
  id: string,
  letter: string,
  metrics: Record<string, number> = {},
  more: Partial<PastRun> = {},
): PastRun {
  return {
    id,
    commit: letter.repeat(40),
    branch: 'main',
    dirty: false,
    finishedAt: '2026-03-01T10:00:00.000Z',
    evaluationSet: 'sha256:rows',
    metrics,
    ...more,
  }
}
