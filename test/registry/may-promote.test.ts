import { describe, expect, it } from 'vitest'
import type { GateSummary } from '../../src/registry/gate-summary.ts'
import { mayPromote, type PromotionRequest } from '../../src/registry/may-promote.ts'
import type { ModelVersion } from '../../src/registry/model-version.ts'
import { against, historyOf, now } from './stages.ts'
import { gateSummary, modelVersion } from './versions.ts'

const incumbent = historyOf('promote 1.0.0')[0]

function decide(changes: Partial<ModelVersion>, request: Partial<PromotionRequest> = {}): string {
  const version = modelVersion('1.1.0', { state: 'published', gate: against('1.0.0'), ...changes })
  const decision = mayPromote({ version, stage: 'production', incumbent, now, ...request })
  return decision.may === 'no' ? decision.code : decision.may
}

const waived = (until: string): GateSummary['waived'] => [
  { rule: 'model.parity', by: '@lead', reason: 'see #41', until },
]

describe('whether a version may be promoted', () => {
  it.each<[string, Partial<ModelVersion>, string]>([
    ['published, passed, compared with the incumbent', {}, 'yes'],
    ['not published yet', { state: 'staged' }, 'promotion/not-published'],
    ['deprecated', { state: 'deprecated' }, 'promotion/deprecated'],
    ['abandoned', { state: 'abandoned' }, 'promotion/abandoned'],
    ['failed', { gate: { ...against('1.0.0'), verdict: 'fail', outcome: 'blocked' } }, 'promotion/no-pass'],
    [
      'incomparable',
      { gate: { ...against('1.0.0'), verdict: 'incomparable', outcome: 'blocked' } },
      'promotion/no-pass',
    ],
    [
      'let through without being judged',
      { gate: { ...against('1.0.0'), verdict: 'inconclusive' } },
      'promotion/no-pass',
    ],
    ['passed in words and blocked', { gate: { ...against('1.0.0'), outcome: 'blocked' } }, 'promotion/no-pass'],
    [
      'blocked in spite of a waiver',
      { gate: { ...against('1.0.0'), verdict: 'fail', outcome: 'blocked', waived: waived('2026-12-31') } },
      'promotion/no-pass',
    ],
    ['waived', { gate: { ...against('1.0.0'), verdict: 'inconclusive', waived: waived('2026-11-23') } }, 'yes'],
    [
      'waived until yesterday',
      { gate: { ...against('1.0.0'), waived: waived('2026-11-22') } },
      'promotion/waiver-expired',
    ],
    ['compared with another run', { gate: against('0.9.0') }, 'promotion/stale-verdict'],
    ['compared with nothing', { gate: gateSummary() }, 'promotion/stale-verdict'],
    [
      'compared with another run that made the same model',
      { gate: gateSummary({ comparedWith: { run: 'rerun', content: modelVersion('1.0.0').content } }) },
      'yes',
    ],
    [
      'compared with another run that made another model',
      { gate: gateSummary({ comparedWith: { run: 'rerun', content: modelVersion('0.9.0').content } }) },
      'promotion/stale-verdict',
    ],
  ])('%s', (_, changes, expected) => {
    expect(decide(changes)).toBe(expected)
  })

  it('takes any pass where the stage stands for nothing, and nothing else', () => {
    expect(decide({ gate: gateSummary() }, { incumbent: undefined })).toBe('yes')
    expect(decide({ gate: against('0.9.0') }, { incumbent: undefined })).toBe('yes')
    expect(decide({ gate: gateSummary({ outcome: 'blocked' }) }, { incumbent: undefined })).toBe('promotion/no-pass')
    expect(decide({ state: 'staged' }, { incumbent: undefined })).toBe('promotion/not-published')
  })

  it('has nothing to do for the version that is there, but for one that is deprecated', () => {
    expect(decide({}, { incumbent: historyOf('promote 1.1.0')[0] })).toBe('unchanged')
    expect(decide({ state: 'deprecated' }, { incumbent: historyOf('promote 1.1.0')[0] })).toBe('promotion/deprecated')
  })

  it('goes by a newer verdict of the same run, and by no other', () => {
    const stale = { gate: against('0.9.0') }
    expect(decide(stale, { fresh: { run: 'run-1.1.0', gate: against('1.0.0') } })).toBe('yes')
    expect(decide(stale, { fresh: { run: 'run-1.2.0', gate: against('1.0.0') } })).toBe('promotion/other-run')
    expect(decide(stale, { fresh: { run: 'run-1.1.0', gate: against('0.8.0') } })).toBe('promotion/stale-verdict')
    const worse = { ...against('1.0.0'), verdict: 'fail' as const, outcome: 'blocked' as const }
    expect(decide({}, { fresh: { run: 'run-1.1.0', gate: worse } })).toBe('promotion/no-pass')
    // The same run cannot have measured something else than what the registry has of it.
    const better = { ...against('1.0.0'), metrics: [{ name: 'accuracy', value: 0.99 }] }
    expect(decide(stale, { fresh: { run: 'run-1.1.0', gate: better } })).toBe('promotion/other-measurement')
  })

  it('goes by a verdict of another run that made the very same model', () => {
    const stale = { gate: against('0.9.0') }
    const gate = against('1.0.0')
    const { content } = modelVersion('1.1.0')
    expect(decide(stale, { fresh: { run: 'again', content: ['sha256:card', content], gate } })).toBe('yes')
    const another = [modelVersion('1.2.0').content]
    expect(decide(stale, { fresh: { run: 'again', content: another, gate } })).toBe('promotion/other-run')
  })

  it('refuses the model of a deprecated version under another number too, and names that', () => {
    const bad = modelVersion('0.9.0', { state: 'deprecated', why: 'leaks', content: modelVersion('1.1.0').content })
    const version = modelVersion('1.1.0', { state: 'published', gate: against('1.0.0') })
    expect(mayPromote({ version, stage: 'production', incumbent, versions: [bad, version], now })).toMatchObject({
      code: 'promotion/deprecated',
      reason: 'Version 1.1.0 of churn is the same model as version 0.9.0, which is deprecated: leaks.',
    })
    const others = [modelVersion('0.9.0', { state: 'deprecated' }), { ...bad, state: 'published' as const }]
    expect(decide({}, { versions: others })).toBe('yes')
  })

  it('says what the stage stands for and how to gate against it', () => {
    const version = modelVersion('1.1.0', { state: 'published', gate: against('0.9.0') })
    expect(mayPromote({ version, stage: 'production', incumbent, now })).toMatchObject({
      reason:
        'The verdict on version 1.1.0 of churn compared it with run run-0.9.0, but production stands for version 1.0.0, made by run run-1.0.0.',
      help: 'Gate it again against the champion: with `baseline: champion` in its checkpoint by `modelgate gate --run .modelgate/runs/run-1.1.0 --history refs --out <folder>`, else by `modelgate gate --run .modelgate/runs/run-1.1.0 --baseline-run <folder of run run-1.0.0, such as evidence/ of its bundle> --out <folder>`. Then promote it with `--verdict <folder>`.',
    })
    // The champion is what production stands for.
    const staged = mayPromote({ version, stage: 'staging', incumbent, now })
    expect(staged).toMatchObject({ help: expect.not.stringContaining('--history') })
  })
})
