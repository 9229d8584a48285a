import { dirname, join } from 'node:path'
import { digestOfFile } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { portablePath, readTextFile, resolveInside } from '../base/files.ts'
import { type Task, tasks } from '../config/schema.ts'
import { readTable } from '../readers/table.ts'
import type { RunRecord } from '../record/run-record.ts'
import { interpretPredictions, type Predictions } from './predictions.ts'

/**
 * Reads the predictions that belong to a record, given the file of the record. Null when the run wrote none. The bytes must
 * be those that were recorded: a cut-off or exchanged file throws `predictions/changed`.
 */
export async function loadPredictions(
  record: RunRecord,
  recordFile: string,
  key?: string,
): Promise<Predictions | null> {
  const [entry] = record.predictions
  if (entry === undefined) return null
  const folder = dirname(recordFile)
  const path = resolveInside(folder, entry.path)
  const file = portablePath(process.cwd(), path ?? join(folder, entry.path))
  const help = 'Keep the whole folder of a run together: run.json and the predictions beside it.'
  if (path === undefined) {
    throw new ModelgateError({
      code: 'predictions/outside',
      message: 'The record names predictions outside its own folder.',
      place: { file },
      help,
    })
  }
  const text = await readTextFile(path, { what: `The predictions file of run ${record.id}`, help })
  if ((await digestOfFile(path)) !== entry.digest) {
    throw new ModelgateError({
      code: 'predictions/changed',
      message: `The predictions of run ${record.id} are not the file that was recorded: it was changed or cut off.`,
      place: { file },
      help: 'Run the pipeline again.',
    })
  }
  const task = tasks.find((known): known is Task => known === record.project.task)
  if (task === undefined) {
    throw new ModelgateError({
      code: 'record/invalid',
      message: `The record is of an unknown task "${record.project.task}".`,
      place: { file: recordFile },
    })
  }
  return interpretPredictions(readTable(text, entry.source), task, entry.source === '' ? file : entry.source, key)
}
