import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { digestOfFile } from '../base/digest.ts'
import { ModelgateError, withFileNamed } from '../base/error.ts'
import { portablePath, readTextFile, resolveInside } from '../base/files.ts'
import { type Task, tasks } from '../config/schema.ts'
import { readCases } from '../readers/cases.ts'
import { columnOfCell } from '../readers/cell-place.ts'
import { isLmEvalSamples } from '../readers/formats/lm-eval-samples.ts'
import { isRowOfPromptfoo } from '../readers/formats/promptfoo.ts'
import { firstLine } from '../readers/json-lines.ts'
import { readTable } from '../readers/table.ts'
import type { RunRecord } from '../record/run-record.ts'
import type { Columns } from './columns.ts'
import { interpretColumns, interpretPredictions } from './interpret.ts'
import type { Predictions } from './predictions.ts'

export type PredictionsOptions = {
  /** What the file is, in the user's words; without it, that of the run in the record. */
  what?: string
  /** Column that identifies a row, where it is not called `id`. */
  key?: string
  /** Names the file that the user's command wrote, given its path in the record. Without it errors name the copy beside the record. */
  ownFile?: (path: string) => string
  /** The record came from outside: errors in its predictions name no file, for an annotation would stand in one that the record chose. */
  foreign?: boolean
  /** Reads a Parquet file. Without it there is an error for one: what reads it is large, and few need it. */
  readColumns?: (file: string) => Promise<Columns>
}

type PredictionsEntry = RunRecord['predictions'][number]

/**
 * Reads the predictions that belong to a record, given the file of the record; of several files the first. Null when the run wrote none. The
 * bytes must be those that were recorded: a cut-off or exchanged file throws `predictions/changed`.
 */
export async function loadPredictions(
  record: RunRecord,
  recordFile: string,
  options: PredictionsOptions = {},
): Promise<Predictions | null> {
  const [entry] = record.predictions
  return entry === undefined ? null : loadEntry(record, recordFile, entry, options)
}

/** The same of every file of the record: several are of one pipeline with several seeds. One after the other, for each may be large. */
export async function loadAllPredictions(
  record: RunRecord,
  recordFile: string,
  options: PredictionsOptions = {},
): Promise<Predictions[]> {
  const all: Predictions[] = []
  for (const entry of record.predictions) all.push(await loadEntry(record, recordFile, entry, options))
  return all
}

async function loadEntry(
  record: RunRecord,
  recordFile: string,
  entry: PredictionsEntry,
  options: PredictionsOptions,
): Promise<Predictions> {
  const path = await checkedCopy(record, recordFile, entry)
  const task = tasks.find((known): known is Task => known === record.project.task)
  if (task === undefined) {
    throw new ModelgateError({
      code: 'record/invalid',
      message: `The record is of an unknown task "${record.project.task}".`,
      place: { file: recordFile },
    })
  }
  const own = options.ownFile === undefined ? undefined : await ownName(options.ownFile(entry.source), entry)
  const copy = portablePath(process.cwd(), path)
  const shown = options.foreign === true ? `the predictions of run ${record.id}` : (own ?? copy)
  const what = options.what ?? `The predictions file of run ${record.id}`
  try {
    if (/\.parquet$/i.test(entry.source))
      return interpretColumns(await columnsOf(path, options), task, entry.source, options.key)
    return interpretText(await readTextFile(path, { what, shown }), task, entry.source, options.key)
  } catch (error) {
    throw withFileNamed(error, () => shown)
  }
}

/** Where the copy beside the record is. Throws when it is not there, not inside, or not what was recorded. */
async function checkedCopy(record: RunRecord, recordFile: string, entry: PredictionsEntry): Promise<string> {
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
  return path
}

async function columnsOf(path: string, { readColumns }: PredictionsOptions): Promise<Columns> {
  if (readColumns !== undefined) return readColumns(path)
  throw new ModelgateError({
    code: 'predictions/parquet',
    message: 'Predictions in a Parquet file cannot be read here.',
    place: { file: path },
    help: 'Write them as CSV or JSON Lines.',
  })
}

/**
 * Makes sense of the text of a predictions file, whose name tells CSV, TSV and JSON Lines apart. Outcomes may stand there as tools for
 * language models write them. Throws `table/*`, `metrics/*` and `predictions/*`.
 */
export function interpretText(text: string, task: Task, name: string, key?: string): Predictions {
  if (task === 'generation' && isCasesFile(text, name)) {
    return interpretPredictions(readCases(text, name), task, name, key)
  }
  const table = readTable(text, name)
  return interpretPredictions(table, task, name, key, (cell) => columnOfCell(text, name, table, cell))
}

/** Samples of lm-evaluation-harness, or rows or results of promptfoo. No table stands in a `.json` file, so that must be the latter. */
function isCasesFile(text: string, name: string): boolean {
  if (/\.json$/i.test(name)) return true
  return /\.(?:jsonl|ndjson)$/i.test(name) && (isLmEvalSamples(text) || isRowOfPromptfoo(firstLine(text)))
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
