import { systemClock } from '../../src/base/clock.ts'
import type { LoadedConfig } from '../../src/config/load.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { RunObserver } from '../../src/pipeline/observer.ts'
import { newRunId, type PipelineRun, runPipeline } from '../../src/pipeline/run-pipeline.ts'
import { openRepository } from '../../src/record/repository.ts'
import type { RunRecord } from '../../src/record/run-record.ts'
import { readRecord } from '../../src/record/store.ts'

/** An observer that writes down what it hears. */
export function recorder(): RunObserver & { events: string[]; text(): string; notes: string[] } {
  const chunks: Buffer[] = []
  const events: string[] = []
  const notes: string[] = []
  return {
    events,
    notes,
    text: () => Buffer.concat(chunks).toString(),
    stageStarted: ({ side, name, position, total }) => events.push(`${side} ${name} ${position}/${total}`),
    output: (chunk) => chunks.push(chunk),
    stageFinished: (side, stage) => events.push(`${side} ${stage.name} ${stage.status}`),
    recorded: (side, record) => events.push(`${side} recorded ${record.status}`),
    note: (text) => notes.push(text),
  }
}

/** The environment of the tests, with the Node that runs them first on PATH. */
export const testEnv: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${process.execPath.replace(/\/[^/]+$/, '')}:${process.env.PATH}`,
}

export type Outcome = { record: RunRecord; error: unknown; events: string[]; output: string; loaded: LoadedConfig }

/** Runs the pipeline in a folder to its end, whatever that is, and reads the record that it left. */
export async function runIn(folder: string, options: Partial<PipelineRun> & { runs?: string } = {}): Promise<Outcome> {
  const { runs = `${folder}/.runs`, ...given } = options
  const observer = recorder()
  const loaded = await loadConfig(`${folder}/modelgate.yaml`, folder)
  const run: PipelineRun = {
    id: newRunId(systemClock),
    loaded,
    repository: await openRepository(folder),
    folder: runs,
    side: 'new',
    notes: [],
    env: testEnv,
    clock: systemClock,
    signal: new AbortController().signal,
    observer,
    ...given,
  }
  const error = await runPipeline(run).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const { record } = await readRecord(runs).catch(() => ({ record: undefined as unknown as RunRecord }))
  return { record, error, events: observer.events, output: observer.text(), loaded }
}
