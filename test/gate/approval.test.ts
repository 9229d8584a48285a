import { describe, expect, it } from 'vitest'
import { configSchema } from '../../src/config/schema.ts'
import { type Approval, type JudgeContext, neededApprovers } from '../../src/gate/judge.ts'
import { comparisonOf, resultOf } from './comparisons.ts'

const sha = 'c'.repeat(40)
const now = new Date('2026-06-10T12:00:00Z')
const approved = (by: string, parts: Partial<Approval> = {}): Approval => ({
  by,
  teams: [],
  at: '2026-06-09T12:00:00Z',
  sha,
  ...parts,
})
const rule = (more: object = { users: ['@Lead'] }) => ({ approval: more })
const judged = (approvals: Approval[], more?: object, context: JudgeContext = {}, comparison = comparisonOf([])) =>
  resultOf(comparison, rule(more), { authors: ['dev'], now, approvals, ...context })

describe('approval', () => {
  it('stops until somebody answers, and says who may', () => {
    for (const context of [{}, { authors: ['dev'], now }]) {
      expect(resultOf(comparisonOf([]), rule(), context)).toMatchObject({
        id: 'model.approval',
        verdict: 'inconclusive',
        consequence: 'approve',
        reason: 'Needs an approval of this commit by @lead.',
      })
    }
    expect(judged([], { teams: ['ml-lead'], users: ['ann'], count: 2 }).reason).toBe(
      'Needs 2 approvals of this commit by @ann, anybody of ml-lead.',
    )
  })

  it('counts people who may, each once, whatever the case of their names', () => {
    expect(judged([approved('LEAD')])).toMatchObject({ verdict: 'pass', reason: 'Approved by @lead.' })
    expect(judged([approved('ann', { teams: ['ML-Lead'] })], { teams: ['ml-lead'] }).verdict).toBe('pass')
    const two = { users: ['lead', 'ann'], count: 2 }
    expect(judged([approved('lead'), approved('Lead')], two)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'Needs an approval of this commit by @lead, @ann. 1 approval of 2 is there.',
    })
    expect(judged([approved('lead'), approved('ann')], two).verdict).toBe('pass')
  })

  it.each<[string, Approval[], object | undefined, JudgeContext, string]>([
    ['somebody else', [approved('eve')], undefined, {}, ''],
    ['somebody of another team', [approved('eve', { teams: ['web'] })], { teams: ['ml'] }, {}, ''],
    ['the author', [approved('lead')], undefined, { authors: ['Lead'] }, 'An approval by the author does not count.'],
    [
      'one of the authors',
      [approved('lead')],
      undefined,
      { authors: ['dev', '@lead'] },
      'An approval by the author does not count.',
    ],
    [
      'another commit',
      [approved('lead', { sha: 'd'.repeat(40) })],
      undefined,
      {},
      'An approval of another commit does not count.',
    ],
    [
      'too long ago',
      [approved('lead', { at: '2026-06-01T12:00:00Z' })],
      { users: ['lead'], expires: '7d' },
      {},
      'An approval counts for 7 days.',
    ],
    [
      'from the future',
      [approved('lead', { at: '2027-01-01T00:00:00Z' })],
      { users: ['lead'], expires: '7d' },
      {},
      'An approval counts for 7 days.',
    ],
    [
      'nobody knows when',
      [approved('lead', { at: 'soon' })],
      { users: ['lead'], expires: '7d' },
      {},
      'An approval counts for 7 days.',
    ],
  ])('does not count: %s', (_what, approvals, words, context, note) => {
    const result = judged(approvals, words, context)
    expect([result.verdict, result.consequence]).toEqual(['inconclusive', 'approve'])
    expect(result.reason.endsWith(note)).toBe(true)
  })

  it('is of the head, where the run is of its merge into the base', () => {
    const headSha = 'e'.repeat(40)
    expect(judged([approved('lead', { sha: headSha })], undefined, { headSha }).verdict).toBe('pass')
    const merge = judged([approved('lead')], undefined, { headSha })
    expect([merge.verdict, merge.reason]).toEqual([
      'inconclusive',
      'Needs an approval of this commit by @lead. An approval of another commit does not count.',
    ])
  })

  it('says what is not known about it, unless enough is', () => {
    const approvalNotes = ['Add `pull-requests: read`.']
    expect(judged([], undefined, { approvalNotes }).reason).toBe(
      'Needs an approval of this commit by @lead. Add `pull-requests: read`.',
    )
    expect(judged([approved('lead')], undefined, { approvalNotes }).reason).toBe('Approved by @lead.')
  })

  it('names whom the rules of a policy want, and nobody where none wants anybody', () => {
    const policyOf = (...rules: object[]) => ({
      checkpoints: configSchema.parse({
        version: 1,
        name: 'x',
        task: 'binary-classification',
        checkpoints: { model: { after: 'a', rules }, deploy: { after: 'a', rules } },
        stages: { a: { run: 'true' } },
      }).checkpoints,
    })
    expect(neededApprovers(policyOf({ threshold: { metric: 'accuracy', min: 0.5 } }))).toBeUndefined()
    const two = policyOf(rule(), { approval: { users: ['ann'], teams: ['ml', 'web'] } })
    expect(neededApprovers(two)).toEqual({ users: ['@Lead', 'ann'], teams: ['ml', 'web'] })
  })

  it('does not count where the author, the commit or the time is not known', () => {
    const given = { approvals: [approved('lead')] }
    expect(resultOf(comparisonOf([]), rule(), given)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'Needs an approval of this commit by @lead. It is not known who wrote the change.',
    })
    const { commit: _commit, ...run } = comparisonOf([]).new
    expect(judged([approved('lead')], undefined, {}, comparisonOf([], { new: run })).verdict).toBe('inconclusive')
    const expiring = { users: ['lead'], expires: '7d' }
    expect(resultOf(comparisonOf([]), rule(expiring), { ...given, authors: ['dev'] }).verdict).toBe('inconclusive')
    expect(judged([approved('lead')], expiring).verdict).toBe('pass')
  })
})
