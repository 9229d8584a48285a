import { describe, expect, it } from 'vitest'
import { ownersOf } from '../../src/github/code-owners.ts'

const path = 'models/churn/stages.yaml'
const owned = (text: string): string[] | undefined => ownersOf(text, path)?.owners

describe('the owners of a file', () => {
  // Patterns as GitHub's page "About code owners" describes them.
  it.each([
    ['* @all', ['@all']],
    ['*.yaml @yaml', ['@yaml']],
    ['*.yml @yaml', undefined],
    ['/models/ @ml', ['@ml']],
    ['models/ @ml', ['@ml']],
    ['churn/ @ml', ['@ml']],
    ['/churn/ @ml', undefined],
    ['/models @ml', ['@ml']],
    ['models/* @ml', undefined],
    ['models/*/stages.yaml @org/leads', ['@org/leads']],
    ['/models/**/stages.yaml lead@example.com', ['lead@example.com']],
    ['models/churn/* @ml', ['@ml']],
    ['stages.yaml @a @b', ['@a', '@b']],
    ['/stages.yaml @a', undefined],
    ['stages.yaml/ @a', undefined],
    ['# * @all', undefined],
    ['* @all # everybody', ['@all']],
    ['!models/ @ml', undefined],
    ['models/[a-z]*/stages.yaml @ml', undefined],
    ['{models,data}/ @ml', undefined],
    ['', undefined],
  ])('by the line %j are %j', (line, expected) => {
    expect(owned(line)).toEqual(expected)
  })

  it('are those of the last line that fits, which may take them away', () => {
    expect(ownersOf('* @all\r\n/models/ @ml\n/data/ @data\n', path)).toEqual({ owners: ['@ml'], line: 2 })
    expect(ownersOf('/models/ @ml\n* @all\n', path)).toEqual({ owners: ['@all'], line: 2 })
    expect(ownersOf('* @all\n/models/churn/\n', path)).toEqual({ owners: [], line: 2 })
  })
})
