import { systemClock } from '../base/clock.ts'
import { Patience } from '../github/patience.ts'
import { runChange } from '../pipeline/run-change.ts'
import { findBase, folderOf, readEvent } from './base.ts'
import { logObserver } from './observer.ts'
import { Refusals } from './refusals.ts'
import { logLine } from './step.ts'
import { type BaselineInputs, storedBaselineFinder } from './stored-baseline.ts'

/** What the actions that run stages have in common: they record, and leave the judgement to the gate. */
export type RecordRequest = {
  config: string | undefined
  stages: string[] | undefined
  out: string | undefined
  continued: string | undefined
  /** Where to run the baseline, as the input says it; `none` for nowhere. */
  base: string
  /** Where a stored run of the base is looked for; undefined for nowhere. */
  stored?: BaselineInputs
}

/** Runs stages of the pipeline in the workspace. The observer sets the output `run-file`, also when a stage fails. */
export async function recordStages(
  { config, stages, out, continued, base, stored }: RecordRequest,
  signal: AbortSignal,
): Promise<void> {
  const context = await readEvent()
  const baseCommit = await findBase(base, context, folderOf(config))
  const dealings = { patience: new Patience({ signal, tell: logLine }), refusals: new Refusals(context) }
  const findStored = stored === undefined ? undefined : storedBaselineFinder(context, stored, base, dealings)
  try {
    await runChange({
      workingDirectory: process.cwd(),
      env: process.env,
      clock: systemClock,
      signal,
      observer: logObserver(),
      recordOnly: true,
      ...(config === undefined ? {} : { config }),
      ...(stages === undefined ? {} : { stages }),
      ...(out === undefined ? {} : { out }),
      ...(continued === undefined ? {} : { continued }),
      ...(baseCommit === undefined ? {} : { baseCommit }),
      ...(findStored === undefined ? {} : { findStored }),
    })
  } finally {
    dealings.refusals.tell()
  }
}
