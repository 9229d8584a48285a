import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameIn } from '../../src/actions/failure.ts'

describe('the name in a configuration that need not be valid', () => {
  it.each([
    ['name: income', 'income'],
    ['version: 1\r\nname: "income"\r\ntask: [', 'income'],
    ["x:\n  name: inner\nname:\t 'two words'  # which ones\n", 'two words'],
    ['name: income#1', 'income'],
    ['name: one\nname: two', 'one'],
    ['name:', undefined],
    ['name:  # none', undefined],
    ['name:income', undefined],
    ['name: "x"y', undefined],
    [`name: ${'x'.repeat(201)}`, undefined],
    ['', undefined],
  ])('is found in %j', (text, name) => {
    expect(nameIn(text)).toBe(name)
  })

  it('takes no longer than the text is long', () => {
    const piece = fc.constantFrom(' ', '\t', '"', "'", '#', 'x', 'name:', '\r', '\n', 'name: ')
    const long = fc
      .array(fc.tuple(piece, fc.integer({ min: 1, max: 50_000 })), { maxLength: 6 })
      .map((pieces) => `name: ${pieces.map(([text, count]) => text.repeat(count)).join('')}"x"y`)
    fc.assert(
      fc.property(long, (text) => {
        const started = performance.now()
        const found = nameIn(text)
        expect(performance.now() - started).toBeLessThan(1000)
        expect(found ?? 'x').toMatch(/^[^"'#\r\n]{1,200}$/)
      }),
      { numRuns: 200, examples: [[`name:${' '.repeat(8000)}"x"y`], [`name:${' '.repeat(200_000)}"x"y`]] },
    )
  })
})
