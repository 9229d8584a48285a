import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatError, ModelgateError } from '../../src/base/error.ts'
import { readParams, selectParams } from '../../src/readers/params-file.ts'

function complaint(text: string): string[] {
  try {
    readParams(text, 'params.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(ModelgateError)
    return formatError(error).split('\n')
  }
  return []
}

describe('readParams', () => {
  it('flattens to dotted names', () => {
    const text = 'seed: 1\ntrain:\n  rate: 0.1\n  deep: { on: true, name: "1", none: ~ }\n  layers: [64, { a: b }]\n'
    expect(readParams(text, 'params.yaml')).toEqual({
      seed: 1,
      'train.rate': 0.1,
      'train.deep.on': true,
      'train.deep.name': '1',
      'train.deep.none': null,
      'train.layers': '[64,{"a":"b"}]',
    })
  })

  it('reads JSON too', () => {
    expect(readParams('{"train": {"rate": 1e-3}}', 'params.json')).toEqual({ 'train.rate': 0.001 })
  })

  it('names numbers that JSON does not have', () => {
    expect(readParams('a: .nan\nb: .inf\nc: -.inf\nd: 1e999', 'params.yaml')).toEqual({
      a: 'NaN',
      b: 'Infinity',
      c: '-Infinity',
      d: 'Infinity',
    })
  })

  it('takes an empty file for no parameters', () => {
    expect(readParams('', 'params.yaml')).toEqual({})
    expect(readParams('# none yet\n', 'params.yaml')).toEqual({})
  })

  it('keeps names that every object has, and pollutes none', () => {
    const values = readParams('__proto__: { polluted: 1 }\nconstructor: 2\n', 'params.yaml')
    expect(Object.entries(values)).toEqual([
      ['__proto__.polluted', 1],
      ['constructor', 2],
    ])
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined)
  })

  it.each(['&a \na: *a', 'a: &x [1, *x]', 'a: &x { b: { c: *x } }'])(
    'refuses a value that contains itself: %j',
    (text) => {
      expect(complaint(text)[0]).toMatch(
        /^params\.yaml:\d:\d+: The parameter file is not valid YAML or JSON: a value contains itself\. \[params\/not-readable\]$/,
      )
    },
  )

  it.each([
    [
      'a: [1\nb: 2\n',
      'params.yaml:2:1: The parameter file is not valid YAML or JSON: Flow sequence in block collection must be sufficiently indented and end with a ].',
    ],
    [
      'a: *x\n',
      'params.yaml: The parameter file is not valid YAML or JSON: it repeats its anchors too often, or names one that does not exist.',
    ],
    ['a: 1\na: 2\n', 'params.yaml:2:1: The parameter file is not valid YAML or JSON: Map keys must be unique.'],
  ])('refuses %j', (text, message) => {
    expect(complaint(text)).toEqual([`${message} [params/not-readable]`, '  Correct the file at this place.'])
  })

  it.each(['- a\n', 'just text\n', '3'])('refuses %j, which names nothing', (text) => {
    expect(complaint(text)).toEqual([
      'params.yaml: The parameter file must hold a mapping of names to values. [params/not-a-mapping]',
      '  Write it as `train: { learning_rate: 0.1 }`.',
    ])
  })

  it('deep nesting is an error and no crash', () => {
    expect(complaint(`${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`)[0]).toContain(
      'it is nested too deeply. [params/not-readable]',
    )
  })

  it('nothing crashes it', () => {
    const piece = fc.oneof(
      fc.constantFrom('a: ', '- ', '{', '}', '[', ']', '&a ', '*a', '\n', '  ', '? ', '"', '!!str ', '<<: '),
      fc.string({ maxLength: 3 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        expect(complaint(pieces.join(''))[0] ?? '').toMatch(/^$|^params\.yaml(?::\d+:\d+)?: .+ \[params\/[a-z-]+\]$/)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('selectParams', () => {
  const values = { 'train.rate': 0.1, 'train.depth': 3, trainer: 'x', seed: null }

  it('takes a value or a whole branch, and no name that merely begins like it', () => {
    expect(selectParams(values, ['train', 'seed'])).toEqual({
      selected: { 'train.rate': 0.1, 'train.depth': 3, seed: null },
      missing: [],
    })
  })

  it('tells what is missing', () => {
    expect(selectParams(values, ['train.rate', 'train.ra', 'tests'])).toEqual({
      selected: { 'train.rate': 0.1 },
      missing: ['train.ra', 'tests'],
    })
  })
})
