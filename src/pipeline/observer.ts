import type { RunRecord, StageRecord } from '../record/run-record.ts'

/** Which side of a comparison a run is for. */
export type Side = 'base' | 'new'

export type StageStart = { side: Side; name: string; command: string; position: number; total: number }

/** Hears of a run while it goes on: the terminal and the log of an action each have one. */
export type RunObserver = {
  stageStarted(stage: StageStart): void
  /** What the user's command prints, as it comes. */
  output(chunk: Buffer): void
  stageFinished(side: Side, stage: StageRecord): void
  /** The record was written, whatever became of the run. */
  recorded(side: Side, record: RunRecord, file: string): void
  /** A sentence that the user should see. */
  note(text: string): void
}
