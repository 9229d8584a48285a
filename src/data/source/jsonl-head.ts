import { isObject } from '../../base/json.ts'
import { type Compression, readHead } from './bytes.ts'
import { dataError } from './data-error.ts'
import { refuseUtf16 } from './format.ts'
import { guessReading } from './guess.ts'
import type { DeclaredColumn, SourceFile } from './source.ts'
import type { Reading } from './text-type.ts'

/** A number as it is written: what JavaScript makes of it may be rounded. */
type NumberText = { number: string }
type Sample = (string | boolean | NumberText | object)[]

const headBytes = 256 * 1024

/** The first objects of a JSON Lines file. Throws `data/encoding`, `data/empty` or `data/format` for what is surely something else. */
export async function readJsonlHead(file: SourceFile, compression: Compression): Promise<Record<string, unknown>[]> {
  const bytes = await readHead(file, compression, headBytes)
  const place = { file: file.shown, line: 1 }
  if (bytes.length === 0) throw dataError('empty', 'The file is empty once it is unpacked.', { file: file.shown })
  refuseUtf16(bytes, file.shown)
  const text = bytes.toString('utf8')
  if (text.startsWith('\ufeff'))
    throw dataError(
      'encoding',
      'The file begins with a byte order mark, which JSON does not allow.',
      place,
      'Save it as UTF-8 without one.',
    )
  if (/^\s*\[/.test(text))
    throw dataError(
      'format',
      'The file holds a JSON array; JSON Lines has one object on each line.',
      place,
      'Write one object per line, for instance with: jq -c ".[]"',
    )
  if (/^\s*\{\s*\r?\n/.test(text))
    throw dataError(
      'format',
      'The first object goes over several lines; JSON Lines has one object on each line.',
      place,
      'Write one object per line, for instance with: jq -c .',
    )
  const lines = text.split('\n')
  if (bytes.length === headBytes && lines.length > 1) lines.pop()
  return lines.map(parseObject).filter((object) => object !== undefined)
}

function parseObject(line: string): Record<string, unknown> | undefined {
  // A line with broken characters is told as such later, and is no example of anything.
  if (!/^\s*\{/.test(line) || line.includes('\ufffd')) return undefined
  try {
    const value: unknown = JSON.parse(line, keepNumber)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The third parameter is there since Node.js 22. */
function keepNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? { number: context?.source ?? String(value) } : value
}

/** How the values of a key are to be read, by what the checks say or else by the first values; undefined where there are none. */
export function guessJson(declared: DeclaredColumn | undefined, values: readonly unknown[]): Reading | undefined {
  const sample = values.filter((value) => value !== null && value !== undefined) as Sample
  const numbers = sample.filter((value): value is NumberText => typeof value === 'object' && 'number' in value)
  if (declared?.type !== undefined) {
    const texts = sample.map((value) => (typeof value === 'string' ? value : isNumber(value) ? value.number : ''))
    const reading = guessReading(declared, texts)
    return reading?.kind === 'decimal' ? { ...reading, quoted: true } : reading
  }
  if (sample.length === 0) return undefined
  if (numbers.length === sample.length) {
    const reading = guessReading(
      undefined,
      numbers.map(({ number }) => number),
    )
    return reading?.kind === 'integer' ? reading : { kind: 'number', told: true }
  }
  if (sample.every((value) => typeof value === 'boolean')) return { kind: 'boolean' }
  if (sample.every((value) => typeof value === 'object' && !isNumber(value))) return { kind: 'nested' }
  if (!sample.every((value) => typeof value === 'string')) return { kind: 'string' }
  const reading = guessReading(undefined, sample as string[])
  return reading?.kind === 'date' || reading?.kind === 'timestamp' ? reading : { kind: 'string' }
}

function isNumber(value: Sample[number]): value is NumberText {
  return typeof value === 'object' && typeof (value as NumberText).number === 'string'
}

/** The keys of objects, in the order of their first appearance. */
export function keysOf(objects: readonly Record<string, unknown>[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))]
}
