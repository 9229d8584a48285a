import { describe, expect, it } from 'vitest'
import { type Circumstances, chooseBaseline } from '../../src/history/choose-baseline.ts'
import { pastRun } from './past-runs.ts'

const runs = [
  pastRun('r4', 'd', { accuracy: 0.9 }),
  pastRun('r3', 'c', { accuracy: 0.93 }),
  pastRun('r2', 'b', { accuracy: 0.91 }),
  pastRun('r1', 'a', { accuracy: 0.93 }),
]
const source = { name: 'folder records', runs }
const here: Circumstances = { ancestors: [], own: 'new', evaluationSet: 'sha256:rows' }
const commits = (letters: string): string[] => [...letters].map((letter) => letter.repeat(40))
const byAccuracy = {
  metric: 'accuracy',
  direction: 'higher' as const,
  measured: (run: { metrics: Record<string, number> }) => run.metrics.accuracy,
}

describe('base-branch', () => {
  it('takes the run of the base itself', () => {
    const choice = chooseBaseline({ kind: 'base-branch' }, source, { ...here, ancestors: commits('dcba') })
    expect(choice).toMatchObject({ runs: [{ id: 'r4' }] })
    expect(choice.explanation).toBe('run r4 of commit ddddddd in folder records, the base of this change')
  })

  it('walks back to the newest ancestor that has a run, and says how far', () => {
    const choice = chooseBaseline({ kind: 'base-branch' }, source, { ...here, ancestors: commits('fecba') })
    expect(choice).toMatchObject({ runs: [{ id: 'r3' }] })
    expect(choice.explanation).toContain('2 commits before fffffff, the base of this change: nothing newer has a run')
  })

  it('passes over runs of uncommitted work and takes the newest of one commit', () => {
    const more = [pastRun('dirty', 'e', {}, { dirty: true }), pastRun('again', 'c'), ...runs]
    const choice = chooseBaseline(
      { kind: 'base-branch' },
      { ...source, runs: more },
      { ...here, ancestors: commits('ec') },
    )
    expect(choice).toMatchObject({ runs: [{ id: 'again' }] })
  })

  it('says that no ancestor has a run, which is not as it should be', () => {
    const choice = chooseBaseline({ kind: 'base-branch' }, source, { ...here, ancestors: commits('fe') })
    expect(choice).toEqual({
      runs: null,
      expected: false,
      explanation: 'none of the 2 commits up to fffffff has a run in folder records',
    })
    expect(chooseBaseline({ kind: 'base-branch' }, source, here).runs).toBeNull()
  })
})

describe('champion', () => {
  it('is the run in production', () => {
    expect(chooseBaseline({ kind: 'champion' }, source, { ...here, champion: 'r2' })).toMatchObject({
      runs: [{ id: 'r2' }],
    })
  })

  it('is as expected when nothing was promoted, and not when its record is lost', () => {
    expect(chooseBaseline({ kind: 'champion' }, source, here)).toMatchObject({ runs: null, expected: true })
    expect(chooseBaseline({ kind: 'champion' }, source, { ...here, own: 'r2', champion: 'r2' })).toMatchObject({
      explanation: 'the champion is this very run, r2',
      expected: false,
    })
    expect(chooseBaseline({ kind: 'champion' }, source, { ...here, champion: 'r9' })).toMatchObject({
      runs: null,
      expected: false,
    })
  })
})

describe('best', () => {
  it('is the best value, of equals the newest, never the run itself', () => {
    const choose = (own: string): unknown =>
      chooseBaseline({ kind: 'best' }, source, { ...here, own, best: byAccuracy })
    expect(choose('new')).toMatchObject({ runs: [{ id: 'r3' }] })
    expect(choose('r3')).toMatchObject({ runs: [{ id: 'r1' }] })
  })

  it('turns where lower is better', () => {
    const best = { ...byAccuracy, direction: 'lower' as const }
    expect(chooseBaseline({ kind: 'best' }, source, { ...here, best })).toMatchObject({ runs: [{ id: 'r4' }] })
  })

  it('takes no value of other rows, nor of a run without the metric', () => {
    const more = [
      pastRun('other', 'e', { accuracy: 0.99 }, { evaluationSet: 'sha256:easier' }),
      pastRun('without', 'f'),
      ...runs,
    ]
    expect(chooseBaseline({ kind: 'best' }, { ...source, runs: more }, { ...here, best: byAccuracy })).toMatchObject({
      runs: [{ id: 'r3' }],
    })
  })
})

describe('rolling', () => {
  it('takes the last n on the same rows', () => {
    const more = [pastRun('other', 'e', {}, { evaluationSet: 'sha256:easier' }), ...runs]
    const choice = chooseBaseline({ kind: 'rolling', runs: 3 }, { ...source, runs: more }, here)
    expect(choice.runs?.map(({ id }) => id)).toEqual(['r4', 'r3', 'r2'])
    expect(choice.explanation).toBe('the mean of the last 3 runs in folder records')
  })

  it('says when there are fewer', () => {
    expect(chooseBaseline({ kind: 'rolling', runs: 20 }, source, here).explanation).toContain(
      '4 runs in folder records (20 are asked for)',
    )
    expect(chooseBaseline({ kind: 'rolling', runs: 20 }, { ...source, runs: [] }, here)).toMatchObject({
      runs: null,
      expected: true,
    })
  })
})

describe('pinned', () => {
  it('is the run of that id, or of the commit that the ref is', () => {
    expect(chooseBaseline({ kind: 'pinned', ref: 'r2' }, source, here)).toMatchObject({ runs: [{ id: 'r2' }] })
    const [pinned] = commits('c') as [string]
    const choice = chooseBaseline({ kind: 'pinned', ref: 'v1.2.0' }, source, { ...here, pinned })
    expect(choice).toMatchObject({ runs: [{ id: 'r3' }] })
    expect(choice.explanation).toBe('pinned to v1.2.0: run r3 of commit ccccccc in folder records')
  })

  it('says what is missing', () => {
    expect(chooseBaseline({ kind: 'pinned', ref: 'v9' }, source, here).explanation).toContain(
      'neither a run there nor a revision',
    )
    const [pinned] = commits('f') as [string]
    expect(chooseBaseline({ kind: 'pinned', ref: 'v9' }, source, { ...here, pinned }).explanation).toContain(
      'commit fffffff has no run there',
    )
  })
})
