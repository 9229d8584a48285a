import { describe, expect, it } from 'vitest'
import { formatError } from '../../src/base/error.ts'
import { formatBaselineSpec, parseBaselineSpec } from '../../src/config/baseline-spec.ts'
import { parseConfig } from '../../src/config/load.ts'
import { parseQuantity, scaleOf } from '../../src/config/quantity.ts'

const head = 'version: 1\nname: income\ntask: regression\nstages: { a: { run: x } }\n'
const withRule = (rule: string): string => `${head}checkpoints:\n  model:\n    rules:\n      - ${rule}\n`

function complaint(text: string): string | undefined {
  try {
    parseConfig(text, 'm.yaml', '/')
  } catch (error) {
    return formatError(error).split('\n')[0]
  }
  return undefined
}

describe('rules that the schema refuses', () => {
  it.each([
    ['change: { metric: mae, max-drop: -0.1 }', 'max-drop is too small: at least 0 is allowed'],
    ['change: { metric: mae, max-drop: 2 percent }', 'max-drop must be a share such as 2%'],
    ['change: { metric: mae, max-drop: 1000% }', 'max-drop must be a share such as 2%'],
    ['superior: { min-effect: 0 }', 'superior needs either `metric` or `any-of`'],
    ['superior: { metric: mae, any-of: [r2] }', 'superior needs either `metric` or `any-of`'],
    ['superior: { metric: mae, alpha: 0.5 }', 'alpha must lie between 0.001 and 0.4'],
    ['equivalent: { metric: mae, margin: 0 }', 'margin must be larger than 0'],
    ['history: { metric: mae, window: 9, min-runs: 10 }', 'min-runs must not be larger than `window`'],
    ['history: { metric: mae, method: sd }', 'method must be one of mad, iqr, t, but is the text "sd"'],
    ['slices: { by: [], rule: { threshold: { metric: mae, max: 1 } } }', 'by must name at least one column'],
    [
      'slices: { by: [a], rule: {} }',
      'must hold exactly one rule (threshold, change, non-inferior, equivalent), but holds 0',
    ],
    ['slices: { by: [a], rule: { drift: { max: 1 } } }', 'Unknown key "drift"'],
    [
      'slices: { by: [a], where: { b: [x] }, rule: { threshold: { metric: mae, max: 1 } } }',
      'where.b must be one of the columns under `by`',
    ],
    ['flips: {}', 'flips needs `max-negative-rate` or `golden`'],
    ['flips: { golden: g.csv, confidence: 0.9 }', 'confidence goes with `max-negative-rate` only'],
    ['flips: { golden: ../g.csv }', 'golden must be a path inside the project'],
    ['parity: { metric: mae, by: sex }', 'parity needs either `max-gap` or `min-ratio`'],
    ['parity: { metric: mae, by: sex, max-gap: 1, min-ratio: 0.8 }', 'parity needs either `max-gap` or `min-ratio`'],
    ['calibration: { max: 0 }', 'max must lie between 0 and 1'],
    ['calibration: { max: 0.1, bins: 1 }', 'bins must be at least 2'],
    ['budget: { metric: bytes, max: 20m }', 'max must be a number, or one with a unit such as 20MB or 50ms'],
    ['budget: { metric: bytes, max: -1 }', 'max is too small: at least 0 is allowed'],
    ['reproducible: { tolerance: -1 }', 'tolerance'],
    ['reproducible: { tolerance: {} }', 'tolerance must name at least one metric'],
    ['reproducible: { reruns: 0 }', 'reruns must be at least 1'],
    ['approval: {}', 'approval needs `teams` or `users`'],
    ['approval: { users: [] }', 'users'],
    ['approval: { users: [a], expires: soon }', 'expires must be a time such as 26h, 30m or 7d'],
    ['{ data: pass, min-samples: 10 }', 'min-samples means nothing for `data`'],
    ['{ threshold: { metric: mae, max: 1 }, min-samples: 0 }', 'min-samples must be at least 1'],
    ['{ threshold: { metric: mae, max: 1 }, mode: off }', 'mode must be one of enforce, dry-run'],
    [
      '{ threshold: { metric: mae, max: 1 }, baseline: chmpion }',
      'baseline must be base-branch, champion, best, best(metric), rolling(n), pinned(ref) or the path of a record',
    ],
  ])('%s', (rule, message) => {
    expect(complaint(withRule(rule))).toContain(message)
  })

  it.each([
    'change: { metric: churn, max-drop: 1 }',
    'superior: { metric: churn }',
    'superior: { any-of: [mae, churn] }',
    'history: { metric: churn }',
    'slices: { by: [a], rule: { change: { metric: churn, max-drop: 1 } } }',
    'slices: { by: [a], rule: { non-inferior: { metric: churn, margin: 1 } } }',
  ])('without a known direction: %s', (rule) => {
    expect(complaint(withRule(rule))).toContain('It is not known whether a higher or a lower "churn" is better.')
    expect(complaint(`${withRule(rule)}metrics: { churn: { direction: lower } }\n`)).toBe(undefined)
  })

  it.each([
    'equivalent: { metric: churn, margin: 1 }',
    'budget: { metric: churn, max: 1 }',
    'parity: { metric: churn, by: a, max-gap: 1 }',
    'slices: { by: [a], rule: { threshold: { metric: churn, max: 1 } } }',
  ])('a direction is not asked for by %s', (rule) => {
    expect(complaint(withRule(rule))).toBe(undefined)
  })

  it('twice the same', () => {
    const two = (one: string, other: string): string | undefined => complaint(`${withRule(one)}      - ${other}\n`)
    const slices = (by: string, rule: string) => `slices: { by: [${by}], rule: { ${rule} } }`
    const [constant, change] = ['threshold: { metric: mae, max: 1 }', 'change: { metric: mae, max-drop: 1 }']
    expect(two(slices('a', constant), slices('a', constant))).toContain('has two rules slices.mae.a.')
    expect(two(slices('a', constant), slices('a', change))).toBe(undefined)
    expect(two(slices('a', constant), slices('b', constant))).toBe(undefined)
    expect(two(change, `{ ${change}, baseline: champion }`)).toBe(undefined)
    expect(two('flips: { golden: a.csv }', 'flips: { golden: b.csv }')).toContain('has two rules flips.')
  })
})

describe('waivers', () => {
  const waiver = (fields: string): string => `${head}waivers: [ { rule: model, reason: r, by: b, ${fields} } ]\n`
  it.each([
    ['until: 2026-12-31', undefined],
    ['until: "2028-02-29"', undefined],
    ['until: 2026-02-29', 'until must be a day such as 2026-12-31'],
    ['until: 2026-13-01', 'until must be a day such as 2026-12-31'],
    ['until: 31.12.2026', 'until must be a day such as 2026-12-31'],
    ['until: never', 'until must be a day such as 2026-12-31'],
    ['limit: 1', 'until is missing'],
    ['until: 2026-12-31, slices: a', 'Unknown key "slices"'],
    ['until: 2026-12-31, limit: .inf', 'limit must be a number'],
  ])('%s', (fields, message) => {
    if (message === undefined) expect(complaint(waiver(fields))).toBe(undefined)
    else expect(complaint(waiver(fields))).toContain(message)
  })
})

describe('baselines', () => {
  it.each([
    ['base-branch', { kind: 'base-branch' }],
    ['champion', { kind: 'champion' }],
    ['best', { kind: 'best' }],
    ['best( roc_auc )', { kind: 'best', metric: 'roc_auc' }],
    [' rolling( 20 )', { kind: 'rolling', runs: 20 }],
    ['pinned(v1.2.0)', { kind: 'pinned', ref: 'v1.2.0' }],
    ['pinned(refs/tags/v1)', { kind: 'pinned', ref: 'refs/tags/v1' }],
    ['baselines/main', { kind: 'file', path: 'baselines/main' }],
    ['run.json', { kind: 'file', path: 'run.json' }],
  ])('%s', (text, spec) => {
    const parsed = parseBaselineSpec(text)
    expect(parsed).toEqual(spec)
    if (parsed === undefined) throw new Error('not parsed')
    const canonical = formatBaselineSpec(parsed)
    expect(parseBaselineSpec(canonical)).toEqual(spec)
    expect(formatBaselineSpec(parseBaselineSpec(canonical) ?? parsed)).toBe(canonical)
  })

  it.each([
    '',
    'main',
    'Champion',
    'champion()',
    'rolling',
    'rolling()',
    'rolling(0)',
    'rolling(-1)',
    'rolling(1.5)',
    'rolling(99999)',
    'pinned',
    'pinned()',
    'pinned(a b)',
    'pinned(--upload-pack=x)',
    'pinned(a..b)',
    'best()',
    '../run.json',
    '/run.json',
    'C:/run.json',
    'a\0/run.json',
    'roling(20)/x',
  ])('%j is none', (text) => {
    expect(parseBaselineSpec(text)).toBe(undefined)
  })
})

describe('quantities', () => {
  it.each([
    ['50', 50, 'number'],
    ['0.5', 0.5, 'number'],
    ['20MB', 20e6, 'bytes'],
    ['20 MiB', 20 * 2 ** 20, 'bytes'],
    ['1 kB', 1000, 'bytes'],
    ['7B', 7, 'bytes'],
    ['50ms', 50, 'milliseconds'],
    ['1.5 s', 1500, 'milliseconds'],
    ['10min', 600_000, 'milliseconds'],
    ['2 h', 7_200_000, 'milliseconds'],
    ['3us', 0.003, 'milliseconds'],
    ['1.50 USD', 1.5, 'money:USD'],
  ])('%s', (text, value, scale) => {
    const parsed = parseQuantity(text)
    expect(parsed?.value).toBeCloseTo(value, 12)
    expect(parsed?.scale).toBe(scale)
  })

  it.each([
    '',
    '20M',
    '20m',
    '10 mins',
    '-1',
    '1e3',
    'NaN',
    '.5',
    '1,000',
    '5 usd',
    '5 USDT',
    'MB',
    '20MB!',
    '__proto__',
    '1 constructor',
    '9'.repeat(40),
  ])('%j is none', (text) => {
    expect(parseQuantity(text)).toBe(undefined)
  })

  it('know what a metric is measured in by its unit, else by its name', () => {
    expect(scaleOf('latency.p95_ms', undefined)).toEqual({ scale: 'milliseconds', factor: 1 })
    expect(scaleOf('run.duration-ms', undefined)).toEqual({ scale: 'milliseconds', factor: 1 })
    expect(scaleOf('fit_time_s', undefined)).toEqual({ scale: 'milliseconds', factor: 1000 })
    expect(scaleOf('outs.model/.bytes', undefined)).toEqual({ scale: 'bytes', factor: 1 })
    expect(scaleOf('latency_ms', 'MB')).toEqual({ scale: 'bytes', factor: 1e6 })
    expect(scaleOf('cost', 'EUR')).toEqual({ scale: 'money:EUR', factor: 1 })
    for (const name of ['latency', 'mms', 'a_constructor', 'x.y']) expect(scaleOf(name, undefined)).toBe(undefined)
    expect(scaleOf('a_ms', 'apples')).toBe(undefined)
  })
})
