import { describe, expect, it } from 'vitest'
import { mayRollBack } from '../../src/registry/may-roll-back.ts'
import type { VersionState } from '../../src/registry/model-version.ts'
import { historyOf } from './stages.ts'
import { modelVersion } from './versions.ts'

function decide(steps: string[], to?: string, states: Record<string, VersionState> = {}): string {
  const history = historyOf(...steps)
  const names = new Set([...history.map(({ record }) => record.version), ...Object.keys(states)])
  const versions = new Map([...names].map((name) => [name, modelVersion(name, { state: states[name] ?? 'published' })]))
  const decision = mayRollBack({ model: 'churn', stage: 'production', history, versions, to })
  return decision.may === 'yes' ? decision.version.version : decision.code
}

describe('where a rollback leads', () => {
  it.each([
    [['promote 1', 'promote 2'], '1'],
    [['promote 1', 'promote 2', 'promote 3', 'rollback 2'], '1'],
    [['promote 1', 'promote 2', 'rollback 1', 'promote 3'], '1'],
    [['promote 1', 'promote 2', 'promote 3', 'rollback 1', 'promote 4', 'promote 5', 'rollback 4'], '1'],
    [['promote 1', 'promote 2', 'promote 1'], '2'],
    [['promote 1', 'promote 2', 'deprecate 2'], '1'],
    [['promote 1'], 'rollback/nothing-before'],
    [['promote 1', 'promote 2', 'rollback 1'], 'rollback/nothing-before'],
    [['promote 1', 'unassign 1', 'promote 2'], 'rollback/nothing-before'],
    [[], 'rollback/nothing-there'],
  ])('after %j to %s', (steps, expected) => {
    expect(decide(steps)).toBe(expected)
  })

  it('passes over versions that nobody should use', () => {
    expect(decide(['promote 1', 'promote 2', 'promote 3'], undefined, { 2: 'deprecated' })).toBe('1')
    expect(decide(['promote 1', 'promote 2'], undefined, { 1: 'deprecated' })).toBe('rollback/nothing-before')
  })

  it('does not lead to the model of a deprecated version under another number', () => {
    const history = historyOf('promote 1', 'promote 2', 'promote 3')
    const twin = modelVersion('2')
    const versions = new Map(['1', '2', '3'].map((name) => [name, modelVersion(name, { state: 'published' })]))
    versions.set('4', modelVersion('4', { state: 'deprecated', content: twin.content, why: 'leaks' }))
    const about = { model: 'churn', stage: 'production', history, versions }
    expect(mayRollBack({ ...about, to: '2' })).toMatchObject({
      may: 'no',
      code: 'promotion/deprecated',
      reason: 'Version 2 of churn is the same model as version 4, which is deprecated: leaks.',
    })
    expect(mayRollBack({ ...about, to: undefined })).toMatchObject({
      may: 'yes',
      version: { version: '1' },
      passedOver: ['2'],
    })
  })

  it('goes to a named version that was there, also to one that was rolled back', () => {
    const steps = ['promote 1', 'promote 2', 'promote 3', 'rollback 2']
    expect(decide(steps, '1')).toBe('1')
    expect(decide(steps, '3')).toBe('3')
    expect(decide(steps, '2')).toBe('rollback/same')
    expect(decide(steps, '4', { 4: 'published' })).toBe('rollback/never-there')
    expect(decide(steps, '1', { 1: 'deprecated' })).toBe('promotion/deprecated')
    expect(decide([...steps, 'unassign 2'], '2')).toBe('2')
  })
})
