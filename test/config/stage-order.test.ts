import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StageConfig } from '../../src/config/schema.ts'
import { findStageFaults, orderStages } from '../../src/config/stage-order.ts'

function stagesOf(needs: Record<string, string[]>): Record<string, StageConfig> {
  return Object.fromEntries(
    Object.entries(needs).map(([name, names]) => [
      name,
      { run: 'true', needs: names, deps: [], outs: [], params: [], metrics: [] },
    ]),
  )
}

/** Up to twelve stages without a circle, in an order of the file that tells nothing. */
const acyclic = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .chain((rows) => {
    const entries = rows.map((row, index): [string, string[]] => [
      `s${index}`,
      index === 0 ? [] : row.map((number) => `s${number % index}`),
    ])
    return fc.shuffledSubarray(entries, { minLength: entries.length })
  })
  .map((entries) => stagesOf(Object.fromEntries(entries)))

function everythingNeededBy(stages: Record<string, StageConfig>, wanted: readonly string[]): Set<string> {
  const closure = new Set(wanted)
  for (const name of closure) for (const need of stages[name]?.needs ?? []) closure.add(need)
  return closure
}

describe('orderStages', () => {
  it('keeps the order of the file where nothing else is asked', () => {
    expect(orderStages(stagesOf({ c: [], a: [], b: [] }))).toEqual(['c', 'a', 'b'])
    expect(orderStages(stagesOf({ report: ['train', 'data'], train: ['data'], data: [], lint: [] }))).toEqual([
      'data',
      'train',
      'report',
      'lint',
    ])
  })

  it('puts every stage behind those that it needs, each once', () => {
    fc.assert(
      fc.property(acyclic, (stages) => {
        const order = orderStages(stages)
        expect([...order].sort()).toEqual(Object.keys(stages).sort())
        for (const [name, { needs }] of Object.entries(stages))
          for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(name))
      }),
    )
  })

  it('of some stages has those and what they need, in the same order', () => {
    fc.assert(
      fc.property(acyclic, fc.array(fc.nat(), { maxLength: 3 }), (stages, picks) => {
        const names = Object.keys(stages)
        const wanted = picks.map((pick) => names[pick % names.length] ?? '')
        const closure = everythingNeededBy(stages, wanted)
        const order = orderStages(stages, wanted)
        expect(new Set(order)).toEqual(closure)
        expect(order).toHaveLength(closure.size)
        for (const name of order)
          for (const need of stages[name]?.needs ?? []) expect(order.indexOf(need)).toBeLessThan(order.indexOf(name))
      }),
    )
  })

  it('names an unknown stage', () => {
    expect(() => orderStages(stagesOf({ train: [], evaluate: ['train'] }), ['train', 'evalaute'])).toThrow(
      expect.objectContaining({
        code: 'config/unknown-stage',
        message: 'There is no stage "evalaute".',
        help: 'Did you mean "evaluate"?',
      }),
    )
    expect(() => orderStages(stagesOf({ train: [] }), ['constructor'])).toThrow('There is no stage "constructor".')
  })
})

describe('findStageFaults', () => {
  it('finds none without a circle', () => {
    fc.assert(
      fc.property(acyclic, (stages) => {
        expect(findStageFaults(stages)).toEqual([])
      }),
    )
  })

  it('finds the circle wherever one arrow back closes it, and only its members', () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), fc.nat(), (stages, one, other) => {
        const order = orderStages(stages)
        const early = order[one % order.length] ?? ''
        const late = order[other % order.length] ?? ''
        const closes = everythingNeededBy(stages, [late]).has(early)
        stages[early]?.needs.push(late)
        const faults = findStageFaults(stages)
        expect(faults.map((fault) => fault.code)).toEqual(closes ? ['config/circle'] : [])
        const members = /circle: (.*)\.$/.exec(faults[0]?.message ?? '')?.[1]?.split(' -> ') ?? []
        for (const [index, name] of members.slice(0, -1).entries())
          expect(stages[name]?.needs).toContain(members[index + 1])
        expect(members.at(0)).toBe(members.at(-1))
      }),
    )
  })

  it('does not take for ever where many ways lead to one stage', () => {
    const layers = Array.from({ length: 60 }, (_none, layer) => [`a${layer}`, `b${layer}`])
    const stages = stagesOf(
      Object.fromEntries(layers.flatMap((names, layer) => names.map((name) => [name, layers[layer - 1] ?? []]))),
    )
    expect(findStageFaults(stages)).toEqual([])
    expect(orderStages(stages)).toHaveLength(120)
  })
})
