import { stat } from 'node:fs/promises'
import { ModelgateError } from '../base/error.ts'
import { readTextFile } from '../base/files.ts'
import type { RunRecord } from './run-record.ts'
import { readRecord } from './store.ts'

const help = 'Nothing of it was used. Look at the run that made it, and at how its workflow was changed.'

/** A real record has some kilobytes; one with thousands of files and metrics still fits. */
const maxBytes = 16 * 2 ** 20

const limits = {
  stages: 500,
  metrics: 5_000,
  predictions: 50,
  notes: 100,
  params: 10_000,
  files: 100_000,
  text: 20_000,
}

/**
 * Reads a record that came from outside, out of the artifact of another run. On top of the schema it refuses what a hostile record would be
 * made of: a huge file, huge lists or texts, keys that mean something to JavaScript.
 * Throws `record/invalid` and the codes of `readTextFile`.
 */
export async function readForeignRecord(path: string, what: string): Promise<{ record: RunRecord; file: string }> {
  const about = await stat(path).catch(() => undefined)
  if (about !== undefined && about.size > maxBytes) throw refused(path, what, 'is larger than any real record')
  if (about !== undefined) refuseKeys(await readTextFile(path, { what, help }), path, what)
  const stored = await readRecord(path, what, help)
  const over = findExcess(stored.record)
  if (over !== undefined) throw refused(path, what, `has too many or too long ${over}`)
  return stored
}

/** `JSON.parse` makes these keys harmless properties, but whatever copies them later may not. */
function refuseKeys(text: string, path: string, what: string): void {
  let found = false
  try {
    JSON.parse(text, (key, value: unknown) => {
      found ||= key === '__proto__' || key === 'constructor' || key === 'prototype'
      return value
    })
  } catch {
    // Not JSON: the reader of the record says that better.
    return
  }
  if (found) throw refused(path, what, 'holds a key that no real record has')
}

function findExcess(record: RunRecord): string | undefined {
  const { stages, metrics, predictions, notes, factors } = record
  const lists: [string, number, number][] = [
    ['stages', stages.length, limits.stages],
    ['metrics', metrics.length, limits.metrics],
    ['predictions', predictions.length, limits.predictions],
    ['notes', notes.length, limits.notes],
    ['parameters', Object.keys(factors.params.values).length, limits.params],
    ['files', Object.keys(factors.code.files).length, limits.files],
  ]
  const longest = Math.max(
    0,
    ...notes.map((note) => note.length),
    ...stages.map((stage) => stage.command.length),
    ...Object.entries(factors.params.values).map(([name, value]) => Math.max(name.length, String(value).length)),
  )
  if (longest > limits.text) return 'texts'
  return lists.find(([, count, most]) => count > most)?.[0]
}

function refused(file: string, what: string, problem: string): ModelgateError {
  return new ModelgateError({
    code: 'record/invalid',
    message: `${what} ${problem}.`,
    place: { file },
    help,
  })
}
