import { describe, expect, it } from 'vitest'
import { changedStages, modelOfStagesFile, parseStagesFile } from '../../src/registry/stages-file.ts'

const file = 'models/churn/stages.yaml'
const parse = (text: string) => parseStagesFile(text, file)

describe('the file of stages', () => {
  it('is of the model in whose folder it lies', () => {
    expect(modelOfStagesFile(file)).toBe('churn')
    for (const path of [
      'models/stages.yaml',
      'models/a/b/stages.yaml',
      'x/models/churn/stages.yaml',
      'models/churn/stages.yml',
    ])
      expect(modelOfStagesFile(path)).toBeUndefined()
  })

  it('asks for what it names now and did not before', () => {
    const before = parse('production: 1.0.0\nstaging: 1.1.0\nold: 0.9.0\n')
    const { changed, dropped } = changedStages(
      before,
      parse('staging: 1.2.0\nproduction: 1.0.0\ncanary: 2026.11.23.2\n'),
    )
    expect(changed.map(({ stage, version, place }) => [stage, version, place.line])).toEqual([
      ['staging', '1.2.0', 1],
      ['canary', '2026.11.23.2', 3],
    ])
    expect(dropped).toEqual(['old'])
    expect(changedStages(before, parse(''))).toEqual({ changed: [], dropped: ['production', 'staging', 'old'] })
  })

  it.each([
    ['production: 1.4\n', 'stages.yaml:1'],
    ['production: v1.4.0\n', 'stages.yaml:1'],
    ['a: 1.0.0\nProduction: 1.4.0\n', 'stages.yaml:2'],
    ['production: [1.4.0]\n', 'stages.yaml:1'],
    ['- production\n', 'stages.yaml:1'],
    ['production: 1.0.0\nproduction: 1.1.0\n', 'stages.yaml:2'],
    ['a: &x 1.0.0\n../b: *x\n', 'stages.yaml:2'],
  ])('is refused with its place: %j', (text, place) => {
    try {
      parse(text)
      expect.unreachable()
    } catch (error) {
      const { place: at } = error as { place: { file: string; line: number } }
      expect(`${at.file.split('/').at(-1)}:${at.line}`).toBe(place)
    }
  })
})
