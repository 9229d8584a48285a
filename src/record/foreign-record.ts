import { stat } from 'node:fs/promises'
import { ModelgateError } from '../base/error.ts'
import { readTextFile } from '../base/files.ts'
import type { CheckResult, CheckSample } from './data-report.ts'
import type { RunRecord } from './run-record.ts'
import { readRecord } from './store.ts'

const help = 'Nothing of it was used. Look at the run that made it, and at how its workflow was changed.'

/** A real record has some kilobytes; one with thousands of files and metrics still fits. */
const maxBytes = 16 * 2 ** 20

const limits = {
  stages: 500,
  metrics: 10_000,
  reruns: 100,
  predictions: 50,
  notes: 100,
  dataChecks: 100,
  checks: 2_000,
  samples: 20_000,
  bins: 2_000,
  params: 10_000,
  files: 100_000,
  /** A stage keeps some dozens. */
  lines: 1_000,
  text: 20_000,
  /** A record itself has seven levels. */
  depth: 64,
}

/**
 * Reads a record that came from outside, out of the artifact of another run. On top of the schema it refuses what a hostile record would be
 * made of: a huge file, huge lists or texts, deep nesting, keys that mean something to JavaScript.
 * Throws `record/invalid` and the codes of `readTextFile`.
 */
export async function readForeignRecord(path: string, what: string): Promise<{ record: RunRecord; file: string }> {
  const about = await stat(path).catch(() => undefined)
  if (about !== undefined && about.size > maxBytes) throw refused(path, what, 'is larger than any real record')
  if (about !== undefined) refuseText(await readTextFile(path, { what, help }), path, what)
  const stored = await readRecord(path, what, help)
  const over = findExcess(stored.record)
  if (over !== undefined) throw refused(path, what, `has too many or too long ${over}`)
  return stored
}

function refuseText(text: string, path: string, what: string): void {
  const read = readForeignJson(text)
  // Not JSON: the reader of the record says that better.
  if ('problem' in read && read.problem !== notJson) throw refused(path, what, read.problem)
}

const notJson = 'is not valid JSON'

/**
 * JSON that anybody may have written. The problem is what a schema does not see, because it passes over keys that it does not know, or would run out
 * of stack for.
 */
export function readForeignJson(text: string): { value: unknown } | { problem: string } {
  // Before anything is parsed: whatever walks through the value afterwards may call itself for each level.
  if (isNestedDeeper(text, limits.depth)) return { problem: 'is nested more deeply than any real record' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: notJson }
  }
  return hasSpecialKey(value) ? { problem: 'holds a key that no real record has' } : { value }
}

/** One look at each character: an expression over strings of megabytes would itself run out of stack. */
function isNestedDeeper(text: string, most: number): boolean {
  let [depth, quoted] = [0, false]
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    else if (quoted && character === '\\') at++
    else if (quoted) continue
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth--
    if (depth > most) return true
  }
  return false
}

const specialKeys: readonly string[] = ['__proto__', 'constructor', 'prototype']

/** `JSON.parse` makes these keys harmless properties, but whatever copies them later may not. */
function hasSpecialKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasSpecialKey)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, inner]) => specialKeys.includes(key) || hasSpecialKey(inner))
}

/** The length of the longest text in a value, names of entries included. */
function longestText(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  let longest = 0
  for (const [key, inner] of Object.entries(value)) longest = Math.max(longest, key.length, longestText(inner))
  return longest
}

function findExcess(record: RunRecord): string | undefined {
  const { stages, metrics, predictions, notes, factors, dataChecks, reruns } = record
  const lists: [string, number, number][] = [
    ['stages', stages.length, limits.stages],
    ['metrics', metrics.length, limits.metrics],
    ['predictions', predictions.length, limits.predictions],
    ['notes', notes.length, limits.notes],
    ['reruns', reruns.length, limits.reruns],
    ['metrics', Math.max(0, ...reruns.map((values) => Object.keys(values).length)), limits.metrics],
    ['data checks', dataChecks.length, limits.dataChecks],
    ...dataChecks.flatMap(({ report }): [string, number, number][] => [
      ['checks', report.checks.length, limits.checks],
      ['samples', report.checks.reduce((sum, { samples }) => sum + samples.length, 0), limits.samples],
      ['values', Math.max(0, ...report.checks.flatMap(samplesOf).map(cellsOf)), limits.params],
      ['notes', report.notes.length + report.malformed.first.length, limits.samples],
      ['bins', Math.max(0, ...(report.drift?.columns ?? []).map(({ bins }) => bins.length)), limits.bins],
      ['columns', report.columns.length + (report.drift?.columns.length ?? 0), limits.params],
    ]),
    ['parameters', Object.keys(factors.params.values).length, limits.params],
    ['files', Object.keys(factors.code.files).length, limits.files],
    ['data sets', Object.keys(factors.data).length, limits.params],
    ['dependencies', Object.keys(factors.environment.dependencies).length, limits.params],
    ...stages.flatMap(({ deps, outs, tail = [] }): [string, number, number][] => [
      ['files of a stage', Object.keys(deps).length + Object.keys(outs).length, limits.files],
      ['printed lines', tail.length, limits.lines],
    ]),
  ]
  if (longestText(record) > limits.text) return 'texts'
  return lists.find(([, count, most]) => count > most)?.[0]
}

function samplesOf({ samples }: CheckResult): CheckSample[] {
  return samples
}

function cellsOf({ values, hidden = [] }: CheckSample): number {
  return Object.keys(values).length + hidden.length
}

function refused(file: string, what: string, problem: string): ModelgateError {
  return new ModelgateError({
    code: 'record/invalid',
    message: `${what} ${problem}.`,
    place: { file },
    help,
  })
}
