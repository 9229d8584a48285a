import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { formatError, ModelgateError } from '../../src/base/error.ts'
import { readCases } from '../../src/readers/cases.ts'
import { formats } from '../../src/readers/formats/all.ts'
import { findRepeatedKey } from '../../src/readers/json-keys.ts'
import { parseJsonText } from '../../src/readers/json-text.ts'
import { parseNumber } from '../../src/readers/numbers.ts'
import { readMetricsOf } from '../../src/readers/read-metrics.ts'
import type { Reading } from '../../src/readers/reading.ts'
import { fixtures, readBytes, valuesOf } from './fixture.ts'

/** Whatever a file holds, it is read or there is an error for the user: never a crash, never a stack trace, never a number of ours. */

const scratch = mkdtempSync(join(tmpdir(), 'bad-input-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function outcome(reading: Promise<Reading>): Promise<Reading | string> {
  try {
    const read = await reading
    for (const { name, standardError = 0, rows = 1 } of read.metrics) {
      expect(name).not.toBe('')
      expect(Number.isFinite(standardError) && standardError >= 0).toBe(true)
      expect(Number.isSafeInteger(rows) && rows > 0).toBe(true)
    }
    return read
  } catch (error) {
    if (!(error instanceof ModelgateError)) throw error
    expect(error.kind).toBe('user')
    expect(formatError(error)).not.toMatch(/\n\s+at /)
    if (!/^table\//.test(error.code)) expect(error.help).toMatch(/\S/)
    return error.code
  }
}

const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /^(?!mlflow\/mlruns)[\w-]+\/.*\.(?:json|jsonl|ya?ml|toml|txt|csv|tsv|md|xml|torch|tf)$/.test(name))
  .filter((name) => readFileSync(join(fixtures, name)).length < 10_000)

describe('a file that was cut off', () => {
  it.each(files)('%s, at every byte', async (name) => {
    const whole = readFileSync(join(fixtures, name))
    const full = await outcome(readBytes(whole, name))
    const names = typeof full === 'string' ? [] : full.metrics.map((metric) => metric.name)
    // JSON and XML have an end of their own, so that a part of them is never taken for the whole.
    const closed = /\.(?:json|xml)$/.test(name)
    const end = whole.toString('latin1').trimEnd().length
    for (let at = 0; at < end; at++) {
      const part = await outcome(readBytes(whole.subarray(0, at), name))
      if (typeof part === 'string') continue
      expect(closed).toBe(false)
      // The format may be another one without its end, but no name comes from nowhere.
      for (const metric of part.metrics) {
        const known = names.some((other) => other.startsWith(metric.name) || metric.name.startsWith(other))
        expect(known || whole.toString('utf8').includes(metric.name.split('.').at(-1) ?? '')).toBe(true)
      }
    }
  })
})

describe('a file with bytes changed', () => {
  it('is read or refused', async () => {
    const contents = files.map((name) => ({ name, bytes: readFileSync(join(fixtures, name)) }))
    const change = fc.record({
      file: fc.constantFrom(...contents),
      changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(change, async ({ file, changes }) => {
        const bytes = Buffer.from(file.bytes)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        await outcome(readBytes(bytes, file.name))
      }),
      { numRuns: 3000 },
    )
  }, 120_000)
})

describe('any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...['{', '}', '[', ']', '"', ':', ',', '\n', ' ', '-', '---\n', '=', '<', '>', '/', '&a', '*a', 'null', 'true'],
      ...['NaN', 'Infinity', '1e999', '-0', '0.5', '"a"', 'a', 'epoch', 'step', 'a,b\n', '1,2\n', '"__proto__":'],
      ...['"constructor"', 'results', '"results":{', '"stats":{"successes":1}', '"log_history":[', '"global_step":1'],
      ...[
        '"higher_is_better":{}',
        '"machine_info":{}',
        '"benchmarks":[',
        '"name":"a","stats":{',
        'model-index:',
        '_step',
      ],
      ...['<testsuite>', '</testsuite>', '<testcase/>', '<!DOCTYPE a>', '&lt;', '\u0000', '\ufeff', '\ud800', '\u202e'],
      ...[
        '"doc_id":1',
        '"resps":[]',
        '"promptIdx":0',
        '"success":true',
        '"macro avg":',
        '"precision":1',
        '- dataset: {id: a}',
      ],
    ),
    fc.string({ maxLength: 3 }),
  )
  const named = formats.filter(({ of, name }) => of === 'file' && name !== 'mlflow-db').map(({ name }) => name)

  it('is read or refused, whatever it is called and whatever it is taken for', async () => {
    const names = [
      'm',
      'm.json',
      'm.yaml',
      'm.toml',
      'm.csv',
      'm.xml',
      'm.txt',
      'README.md',
      'm.jsonl',
      'all_results.json',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 25 }),
        fc.constantFrom(...names),
        fc.option(fc.constantFrom(...named), { nil: undefined }),
        async (pieces, name, format) => {
          await outcome(readBytes(pieces.join(''), name, format))
          try {
            readCases(pieces.join(''), name)
          } catch (error) {
            expect(error).toBeInstanceOf(ModelgateError)
          }
        },
      ),
      { numRuns: 4000 },
    )
  }, 120_000)

  it('has no key of its own', async () => {
    const text = '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 2}}, "toString": 3}'
    const reading = await readBytes(text, 'm.json')
    expect(reading.metrics.map(({ name, value }) => [name, value])).toEqual([
      ['__proto__.polluted', 1],
      ['constructor.prototype.polluted', 2],
      ['toString', 3],
    ])
    expect('polluted' in {}).toBe(false)
    for (const [name, hostile] of [
      ['m.yaml', '__proto__:\n  polluted: 1\n'],
      ['m.toml', '["__proto__"]\npolluted = 1\n'],
      ['m.xml', '<testsuite><__proto__ polluted="1"/><testcase/></testsuite>'],
      ['wandb-summary.json', '{"_step": 1, "__proto__": {"polluted": 1}, "constructor": 1}'],
      ['r.json', '{"results": {"__proto__": {"acc,none": 1}}, "higher_is_better": {}, "versions": {}}'],
      ['s.jsonl', '{"doc_id": 1, "resps": [], "metrics": ["__proto__", "constructor"], "__proto__": 1}'],
      ['l.csv', 'epoch,__proto__\n1,2\n'],
    ] as const) {
      await outcome(readBytes(hostile, name))
      expect('polluted' in {}).toBe(false)
    }
  })

  it('that no number is is none', async () => {
    const text = '{"a": 1e999, "b": NaN, "c": "inf", "d": "1", "e": true, "f": null, "g": [1], "h": "nane"}'
    expect(valuesOf(await readBytes(text, 'm.json'))).toEqual({
      a: Number.POSITIVE_INFINITY,
      b: Number.NaN,
      c: Number.POSITIVE_INFINITY,
    })
  })
})

describe('encodings', () => {
  const text = '{"accuracy": 0.5}'
  it.each([
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le'), 'files/encoding'],
    ['Latin-1', Buffer.from('{"é": 0.5}', 'latin1'), 'files/encoding'],
    ['zeros', Buffer.alloc(1000), 'metrics/not-json'],
  ])('%s', async (_name, bytes, code) => {
    expect(await outcome(readBytes(bytes, 'm.json'))).toBe(code)
    expect(await outcome(readBytes(bytes, 'm'))).toBe('read/unknown-format')
  })

  it('a byte order mark is dropped', async () => {
    expect(valuesOf(await readBytes(`\ufeff${text}`, 'm.json'))).toEqual({ accuracy: 0.5 })
  })
})

describe('nesting', () => {
  const deep = 200_000
  it.each([
    ['m.json', '['.repeat(deep), 'metrics/not-json'],
    ['m.json', '{"a":'.repeat(deep), 'metrics/not-json'],
    ['m.json', `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`, 'metrics/too-deep'],
    ['m.json', `${'{"a":'.repeat(deep)}NaN${'}'.repeat(deep)}`, 'metrics/not-json'],
    ['m.yaml', '['.repeat(20_000), 'metrics/not-yaml'],
    ['m.yaml', `${'- '.repeat(20_000)}1`, 'metrics/not-yaml'],
    ['m.toml', `a = ${'['.repeat(deep)}`, 'metrics/not-toml'],
    ['m.xml', '<testsuite>'.repeat(deep), 'metrics/not-xml'],
    ['m.xml', `${'<testsuite>'.repeat(deep)}${'</testsuite>'.repeat(deep)}`, 'metrics/not-xml'],
  ])('%s is bounded', async (name, text, code) => {
    expect(await outcome(readBytes(text, name))).toBe(code)
  })
})

describe('sizes', () => {
  const lines = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => line(index)).join('')
  it.each([
    ['m.json', `{${lines(10_001, (index) => `"k${index}": 1,`).slice(0, -1)}}`],
    ['m.yaml', lines(10_001, (index) => `k${index}: 1\n`)],
    ['m.toml', lines(10_001, (index) => `k${index} = 1\n`)],
    ['m.txt', lines(10_001, (index) => `k${index}: 1\n`)],
    ['m.csv', `epoch,${lines(9_999, (index) => `k${index},`)}z\n${'1,'.repeat(10_000)}1\n`],
  ])('%s holds at most 10,000 metrics', async (name, text) => {
    expect(await outcome(readBytes(text, name))).toMatch(/^(?:metrics\/too-many|table\/columns)$/)
  })

  it('of names have a limit', async () => {
    expect(await outcome(readBytes(`{"${'a'.repeat(201)}": 1}`, 'm.json'))).toBe('metrics/name')
    expect(await outcome(readBytes(`epoch,${'a'.repeat(201)}\n1,2\n`, 'm.csv'))).toBe('metrics/name')
  })

  it('have limits before anything is read', async () => {
    const path = join(scratch, 'huge.json')
    writeFileSync(path, '{')
    truncateSync(path, 600 * 2 ** 20)
    expect(await outcome(readMetricsOf(path, { what: 'It', help: 'x' }))).toBe('files/too-large')
    expect(await outcome(readBytes(Buffer.alloc(17 * 2 ** 20, 'a'), 'm.yaml'))).toBe('metrics/too-large')
    expect(await outcome(readBytes(Buffer.alloc(17 * 2 ** 20, '#'), 'm.toml'))).toBe('metrics/too-large')
  })

  it('of a mapping in YAML cost no more than its keys', async () => {
    // With every key compared with every other one this takes minutes.
    expect(
      await outcome(
        readBytes(
          lines(60_000, (index) => `k${index}: 1\n`),
          'm.yaml',
        ),
      ),
    ).toBe('metrics/too-many')
  })

  it('of numbers cost no more than their digits', () => {
    expect(parseNumber(`${'1'.repeat(2_000_000)}x`)).toBe(undefined)
    expect(parseNumber(`0.${'1'.repeat(2_000_000)}x`)).toBe(undefined)
  })

  it('do not grow by what a file repeats of itself', async () => {
    const laughs = [
      'a0: &a0 {x: 1, y: 2, z: 3}',
      ...Array.from({ length: 12 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`),
    ]
    expect(await outcome(readBytes(laughs.join('\n'), 'm.yaml'))).toBe('metrics/not-yaml')
    const entities =
      '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'
    expect(await outcome(readBytes(entities, 'm.xml'))).toBe('metrics/not-junit')
  })
})

describe('a folder', () => {
  it('of nothing known is refused, and so is one that is not there', async () => {
    const read = (path: string): Promise<Reading | string> =>
      outcome(readMetricsOf(path, { what: 'The metrics file', help: 'x' }))
    const empty = join(scratch, 'empty')
    mkdirSync(empty)
    expect(await read(empty)).toBe('read/unknown-format')
    expect(await read(join(scratch, 'none'))).toBe('files/not-found')
    // A link in a circle is not followed.
    symlinkSync(empty, join(empty, 'again'))
    expect(await read(empty)).toBe('read/unknown-format')
  })
})

describe('repeated keys of JSON', () => {
  it('are found wherever they are, and nowhere else', () => {
    const tree = fc.letrec<{ value: unknown; list: unknown[]; object: [string, unknown][] }>((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.string(), fc.double(), fc.constant(null), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }).map((items) => items),
      object: fc
        .array(fc.tuple(fc.constantFrom('a', 'b', '"', '\\', 'é', '{', ''), tie('value')), { maxLength: 4 })
        .map((entries) => Object.assign(entries, { isObject: true })),
    }))
    const write = (value: unknown): { text: string; repeated: boolean } => {
      if (!Array.isArray(value)) return { text: JSON.stringify(value), repeated: false }
      const isObject = 'isObject' in value
      const parts = value.map((item: unknown) => write(isObject ? (item as [string, unknown])[1] : item))
      const keys = isObject ? value.map(([key]: [string, unknown]) => key) : []
      const texts = parts.map(({ text }, index) => (isObject ? `${JSON.stringify(keys[index])} :${text}` : text))
      return {
        text: isObject ? `{${texts.join(' ,\n')}}` : `[${texts.join(', ')}]`,
        repeated: parts.some(({ repeated }) => repeated) || new Set(keys).size < keys.length,
      }
    }
    fc.assert(
      fc.property(tree.value, (value) => {
        const { text, repeated } = write(value)
        JSON.parse(text)
        expect(findRepeatedKey(text) !== undefined).toBe(repeated)
      }),
      { numRuns: 2000 },
    )
  })
})

// Each quote followed to the end again would take minutes.
it.each([`NaN "${'\\"'.repeat(200_000)}`, `NaN ${'"\\'.repeat(200_000)}`])(
  'a string that does not end is a fault',
  (text) => {
    expect(() => parseJsonText(text)).toThrow(SyntaxError)
  },
)
