import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatError, ModelgateError } from '../../src/base/error.ts'
import { type MetricValue, readMetrics } from '../../src/readers/metrics-file.ts'

const help = 'Expected is a mapping of metric names to numbers, such as {"accuracy": 0.93}.'

function values(text: string, file = 'metrics.json'): Record<string, number> {
  return Object.fromEntries(readMetrics(text, file).map(({ name, value }: MetricValue) => [name, value]))
}

function complaint(text: string, file = 'metrics.json'): string {
  try {
    readMetrics(text, file)
  } catch (error) {
    expect(error).toBeInstanceOf(ModelgateError)
    expect((error as ModelgateError).help).toBe(help)
    return formatError(error).split('\n')[0] ?? ''
  }
  return ''
}

describe('metrics in JSON', () => {
  it('get dotted names', () => {
    expect(values('{"accuracy": 0.93, "latency": {"p95_ms": 12, "by": {"cpu": -1e-3}}}')).toEqual({
      accuracy: 0.93,
      'latency.p95_ms': 12,
      'latency.by.cpu': -0.001,
    })
  })

  it('keep the order of the file', () => {
    expect(readMetrics('{"z": 1, "a": 2}', 'm.json').map((metric) => metric.name)).toEqual(['z', 'a'])
  })

  it('may be what JSON has no word for', () => {
    expect(values('{"a": NaN, "b": Infinity, "c": -Infinity, "d": 1e999, "e": -1e999, "f": {"g": NaN}}')).toEqual({
      a: Number.NaN,
      b: Number.POSITIVE_INFINITY,
      c: Number.NEGATIVE_INFINITY,
      d: Number.POSITIVE_INFINITY,
      e: Number.NEGATIVE_INFINITY,
      'f.g': Number.NaN,
    })
  })

  it('are numbers, or texts that say a number is missing', () => {
    expect(
      values('{"a": 1, "b": "0.5", "c": "NaN", "d": "-inf", "e": true, "f": null, "g": [1, 2], "h": "nano", "i": ""}'),
    ).toEqual({ a: 1, c: Number.NaN, d: Number.NEGATIVE_INFINITY })
  })

  it('leave texts alone that hold the words', () => {
    expect(values('{"note": "NaN \\" Infinity", "a": NaN, "NaN": 3, "x\\\\": -Infinity}')).toEqual({
      a: Number.NaN,
      NaN: 3,
      'x\\': Number.NEGATIVE_INFINITY,
    })
  })

  it('may be called like members of every object', () => {
    const text = '{"__proto__": {"polluted": 1}, "constructor": 2, "toString": {"x": 3}, "n": NaN}'
    expect(readMetrics(text, 'm.json')).toEqual([
      { name: '__proto__.polluted', value: 1 },
      { name: 'constructor', value: 2 },
      { name: 'toString.x', value: 3 },
      { name: 'n', value: Number.NaN },
    ])
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined)
  })

  it('with the same dotted name are both seen', () => {
    expect(readMetrics('{"a": {"b": 1}, "a.b": 2}', 'm.json')).toEqual([
      { name: 'a.b', value: 1 },
      { name: 'a.b', value: 2 },
    ])
  })

  it.each([
    ['', 'metrics.json: The metrics file is empty. [metrics/empty]'],
    [' \n\t', 'metrics.json: The metrics file is empty. [metrics/empty]'],
    ['{}', 'metrics.json: The metrics file holds no number. [metrics/empty]'],
    ['{"a": "x"}', 'metrics.json: The metrics file holds no number. [metrics/empty]'],
    ['[1]', 'metrics.json: The metrics file holds a list, not a mapping. [metrics/not-a-mapping]'],
    ['3', 'metrics.json: The metrics file holds a single value, not a mapping. [metrics/not-a-mapping]'],
    ['null', 'metrics.json: The metrics file holds a single value, not a mapping. [metrics/not-a-mapping]'],
    ['NaN', 'metrics.json: The metrics file holds a single value, not a mapping. [metrics/not-a-mapping]'],
    ['{"": 1}', 'metrics.json: The metrics file holds a number without a name. [metrics/name]'],
    [
      `{"${'n'.repeat(201)}": 1}`,
      `metrics.json: The metrics file holds a name of more than 200 characters: ${'n'.repeat(59)}…. [metrics/name]`,
    ],
  ])('refuses %j', (text, expected) => {
    expect(complaint(text)).toBe(expected)
  })

  it.each([
    ['{"a": }', '1:7', "Unexpected token '}'"],
    ['{\n  "a": 1,\n  "b": nope\n}', '3:9', "Unexpected token 'o'"],
    ['{"a": tru}', '1:10', "Unexpected token '}'"],
    ['accuracy: 0.9', '1:1', "Unexpected token 'a'"],
    [`{"${'x'.repeat(100)}": 1,\n "b": @}`, '2:7', "Unexpected token '@'"],
    ['{"a": 1,}', '1:9', 'Expected double-quoted property name'],
    ["{'a': 1}", '1:2', "Expected property name or '}'"],
    ['{"a": 1}\n{"a": 2}', '2:1', 'Unexpected non-whitespace character after JSON'],
    ['{"a": 1', '1:8', "Expected ',' or '}' after property value"],
    ['{"a": {"b":', '1:12', 'Unexpected end of JSON input'],
    ['{"a": "x', '1:9', 'Unterminated string'],
    ['{"n": NaN,\n "b": 1,}', '2:9', 'Expected double-quoted property name'],
    ['{"n": -Infinity, "b": }', '1:23', "Unexpected token '}'"],
    ['{"a": nan}', '1:8', "Unexpected token 'a'"],
    ['{"a": +Infinity}', '1:7', "Unexpected token '+'"],
    ['{NaN: 1}', '1:3', "Expected property name or '}'"],
    ['{"a": 1-Infinity}', '1:9', "Expected ',' or '}' after property value"],
  ])('says where %j is not well-formed', (text, place, problem) => {
    expect(complaint(text)).toBe(
      `metrics.json:${place}: The metrics file is not valid JSON: ${problem}. [metrics/not-json]`,
    )
  })

  it('passes over what lies absurdly deep, without a crash', () => {
    const nested = (value: string): string => `${'{"a": '.repeat(200_000)}${value}${'}'.repeat(200_000)}`
    expect(complaint(nested('1'))).toBe(
      'metrics.json: The metrics file is nested too deeply: numbers are read from 32 levels. [metrics/too-deep]',
    )
    expect(complaint(nested('NaN'))).toBe(
      'metrics.json: The metrics file is not valid JSON: it is nested too deeply. [metrics/not-json]',
    )
  })

  it('reads a long text beside a number that is none', () => {
    expect(values(`{"a": NaN, "log": "${'x\\n'.repeat(3_000_000)}"}`)).toEqual({ a: Number.NaN })
  })

  it('takes ten thousand numbers and no more', () => {
    const text = (count: number): string =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_none, index) => [`m${index}`, index])))
    expect(Object.keys(values(text(10_000)))).toHaveLength(10_000)
    expect(complaint(text(10_001))).toBe(
      'metrics.json: The metrics file holds more than 10000 numbers. [metrics/too-many]',
    )
  })
})

describe('metrics in YAML', () => {
  it('are the same', () => {
    expect(
      values('accuracy: 0.93\nloss: .nan\nup: .inf\ndown: -.inf\nraw: nan\nby:\n  1: 2\nlist: [1]\n', 'm.yaml'),
    ).toEqual({
      accuracy: 0.93,
      loss: Number.NaN,
      up: Number.POSITIVE_INFINITY,
      down: Number.NEGATIVE_INFINITY,
      raw: Number.NaN,
      'by.1': 2,
    })
    expect(values('a: 1', 'M.YML')).toEqual({ a: 1 })
  })

  it.each([
    [
      'a: [1\n',
      'm.yaml:2:1: The metrics file is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].',
    ],
    ['a: 1\n\tb: 2\n', 'm.yaml:2:1: The metrics file is not valid YAML: Tabs are not allowed as indentation.'],
    ['a: 1\na: 2\n', 'm.yaml:2:1: The metrics file is not valid YAML: Map keys must be unique.'],
    ['a: 1\n---\na: 2\n', 'm.yaml:2:1: The metrics file is not valid YAML: it holds several documents.'],
    [
      'a: *b\n',
      'm.yaml: The metrics file is not valid YAML: it repeats its anchors too often, or names one that does not exist.',
    ],
  ])('are refused when %j', (text, expected) => {
    expect(complaint(text, 'm.yaml')).toBe(`${expected} [metrics/not-yaml]`)
  })

  it('deep nesting and alias bombs are errors and no crash', () => {
    expect(complaint(`${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`, 'm.yaml')).toMatch(
      /^m\.yaml:1:\d+: The metrics file is not valid YAML: it is nested too deeply\. \[metrics\/not-yaml\]$/,
    )
    const levels = Array.from(
      { length: 20 },
      (_none, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(', ')}]`,
    )
    expect(complaint(`a0: &a0 [x]\n${levels.join('\n')}\n`, 'm.yaml')).toContain('repeats its anchors too often')
  })
})

describe('whatever the text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...'{}[]:,"\\'.split(''),
      'NaN',
      '-Infinity',
      'Infinity',
      '1e999',
      '-0',
      '"a"',
      '"__proto__"',
      'null',
      'true',
      '\n',
      '&a',
      '*a',
      '- ',
      ': ',
      '\u0000',
    ),
    fc.string({ maxLength: 3 }),
  )

  it('there are numbers or an error that says so', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), fc.constantFrom('m.json', 'm.yaml'), (pieces, file) => {
        expect(complaint(pieces.join(''), file)).toMatch(/^$|^m\.(?:json|yaml)(?::\d+:\d+)?: .+ \[metrics\/[a-z-]+\]$/)
      }),
      { numRuns: 3000 },
    )
  })

  it('every JSON is read as JSON.parse reads it', () => {
    const numbers = (node: unknown, path: string[] = []): [string, number][] => {
      if (typeof node === 'number') return [[path.join('.'), node]]
      if (typeof node !== 'object' || node === null || Array.isArray(node)) return []
      return Object.entries(node).flatMap(([key, value]) => numbers(value, [...path, key]))
    }
    const tree = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue(), { minKeys: 1 })
    fc.assert(
      fc.property(tree, (value) => {
        const expected = numbers(value).filter(([name]) => name !== '')
        fc.pre(expected.length > 0 && expected.every(([name]) => name.length <= 200))
        const withNaN = JSON.stringify({ ...value, zz_last: 'MARK' }).replace('"MARK"', 'NaN')
        const read = readMetrics(withNaN, 'm.json').map((metric) => [metric.name, metric.value])
        expect(read.slice(0, -1)).toEqual(JSON.parse(JSON.stringify(expected)))
        expect(read.at(-1)).toEqual(['zz_last', Number.NaN])
      }),
    )
  })
})
