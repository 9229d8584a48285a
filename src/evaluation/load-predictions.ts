import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { digestOfFile } from '../base/digest.ts'
import { ModelgateError, withFileNamed } from '../base/error.ts'
import { portablePath, readTextFile, resolveInside } from '../base/files.ts'
import { type Task, tasks } from '../config/schema.ts'
import { columnOfCell } from '../readers/cell-place.ts'
import { readTable } from '../readers/table.ts'
import type { RunRecord } from '../record/run-record.ts'
import { interpretPredictions } from './interpret.ts'
import type { Predictions } from './predictions.ts'

export type PredictionsOptions = {
  /** Column that identifies a row, where it is not called `id`. */
  key?: string
  /** Names the file that the user's command wrote, given its path in the record. Without it errors name the copy beside the record. */
  ownFile?: (path: string) => string
  /** The record came from outside: errors in its predictions name no file, for an annotation would stand in one that the record chose. */
  foreign?: boolean
}

/**
 * Reads the predictions that belong to a record, given the file of the record. Null when the run wrote none. The bytes must
 * be those that were recorded: a cut-off or exchanged file throws `predictions/changed`.
 */
export async function loadPredictions(
  record: RunRecord,
  recordFile: string,
  { key, ownFile, foreign = false }: PredictionsOptions = {},
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
  if (!existsSync(path)) {
    throw new ModelgateError({
      code: 'files/not-found',
      message: `The predictions file of run ${record.id} does not exist.`,
      place: { file },
      help,
    })
  }
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
  const own = ownFile === undefined ? undefined : await ownName(ownFile(entry.source), entry)
  const shown = foreign ? `the predictions of run ${record.id}` : (own ?? file)
  const text = await readTextFile(path, { what: `The predictions file of run ${record.id}`, shown })
  try {
    const table = readTable(text, entry.source)
    return interpretPredictions(table, task, entry.source, key, (cell) => columnOfCell(text, entry.source, table, cell))
  } catch (error) {
    throw withFileNamed(error, () => shown)
  }
}

/**
 * The bytes are those that the user's command wrote, so what is wrong with them is wrong in its file, if that is still the same or not here at
 * all. What else stands there now has no part in it, whatever the record says.
 */
async function ownName(
  file: string,
  { digest, bytes }: { digest: string; bytes: number },
): Promise<string | undefined> {
  const about = await stat(file).catch(() => undefined)
  if (about === undefined) return file
  return about.isFile() && about.size === bytes && (await digestOfFile(file)) === digest ? file : undefined
}
