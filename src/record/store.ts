import { join, resolve } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { readTextFile, writeFileAtomic } from '../base/files.ts'
import { prettyJson } from '../base/json.ts'
import { type RunRecord, runRecordSchema } from './run-record.ts'

export const recordFileName = 'run.json'

/** Writes the record into its folder and returns the path of the file. */
export async function writeRecord(folder: string, record: RunRecord): Promise<string> {
  const path = join(folder, recordFileName)
  await writeFileAtomic(path, prettyJson(runRecordSchema.parse(record)))
  return path
}

/** Reads a record, given its file or its folder. Throws `record/invalid` with the first thing that is wrong with it. */
export async function readRecord(
  path: string,
  what = 'The run record',
  help = 'Name the run.json that `modelgate run` wrote, or the folder that holds it.',
): Promise<{ record: RunRecord; file: string }> {
  const file = path.endsWith('.json') ? resolve(path) : resolve(path, recordFileName)
  const invalid = (problem: string, cause?: unknown): ModelgateError =>
    new ModelgateError({ code: 'record/invalid', message: `${what} ${problem}.`, place: { file: path }, help, cause })
  const text = await readTextFile(file, { what, help })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw invalid(text.trim() === '' ? 'is empty' : 'is not valid JSON: it may have been cut off', cause)
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined
  if (schema !== 'modelgate/run@1') {
    throw invalid(
      `is not a modelgate run record of version 1${typeof schema === 'string' ? ` but "${truncate(oneLine(schema), 40)}"` : ''}`,
    )
  }
  const parsed = runRecordSchema.safeParse(value)
  if (parsed.success) return { record: parsed.data, file }
  const [issue] = parsed.error.issues
  const where = truncate(oneLine(issue?.path.join('.') ?? 'its top'), 200)
  throw invalid(`is damaged at ${where}: ${truncate(issue?.message ?? 'unknown', 200)}`)
}
