import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModelgateError } from '../../src/base/error.ts'
import { oneLine } from '../../src/base/escape.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderNoVerdict } from '../../src/report/no-verdict.ts'
import { withOrigin, withOutdatedBanner, withWorkflowBanner } from '../../src/report/notes.ts'
import { hostileText } from '../base/hostile.ts'
import { attacked, type Situation, situations } from './situations.ts'
import { expectInert, shapeOf, treeOf } from './tree.ts'

const render = ({ comparison, verdict }: Situation): string => renderMarkdown(comparison, verdict)

const place = 'PLACE'
/** Every field of comparison and verdict that can hold foreign text, the changed files of the environment too. */
const template = (() => {
  const { comparison, verdict } = attacked(place)
  const changes = { ...comparison.changes, environment: [{ name: place, base: place, new: null }] }
  const commit = '0123456789abcdef0123456789abcdef01234567'
  const fresh = { ...comparison.new, commit }
  return { comparison: { ...comparison, changes, new: fresh }, verdict }
})()

/** Puts texts into the fields, one after the other. */
function fill<Value>(value: Value, next: () => string): Value {
  if (typeof value === 'string') return value.replaceAll(place, () => next()) as Value
  if (Array.isArray(value)) return value.map((item) => fill(item, next)) as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, next)])) as Value
}

/** Ends that tell the fields apart: equal notes are shown once. */
function numbered(texts: readonly string[]): () => string {
  let count = 0
  return () => {
    count += 1
    return `${texts[count % texts.length] ?? ''} q${count}q`
  }
}

const plain = shapeOf(treeOf(render(fill(template, numbered(['word'])))))
const plainSame = shapeOf(treeOf(render(fill(template, () => 'word'))))

describe('a report', () => {
  it('has the parts that are attacked here', () => {
    for (const kind of ['heading', 'blockquote', 'table', 'inlineCode', 'html(<details>', 'list'])
      expect(plain).toContain(kind)
    expect(JSON.stringify(template).split(place).length).toBeGreaterThan(50)
  })

  it('has the same structure whatever stands in its fields, each with a text of its own', () => {
    fc.assert(
      fc.property(fc.array(hostileText, { minLength: 1, maxLength: 7 }), (texts) => {
        const markdown = render(fill(template, numbered(texts)))
        expectInert(markdown)
        expect(shapeOf(treeOf(markdown))).toBe(plain)
      }),
      { numRuns: 120 },
    )
  })

  it('has the same structure with one text everywhere, from its first to its last character', () => {
    fc.assert(
      fc.property(
        hostileText.filter((text) => oneLine(text) !== ''),
        (text) => {
          const markdown = render(fill(template, () => text))
          expectInert(markdown)
          expect(shapeOf(treeOf(markdown))).toBe(plainSame)
        },
      ),
      { numRuns: 120 },
    )
  })

  it('stays inert when fields are empty, or cut at their limit', () => {
    fc.assert(
      fc.property(hostileText, fc.constantFrom(0, 30, 300), (text, times) => {
        expectInert(render(fill(template, () => text.repeat(times))))
      }),
      { numRuns: 40 },
    )
  })

  it('has the same structure with what is put around it', () => {
    const { pass } = situations
    const around = (piece: string): string =>
      withOutdatedBanner(
        withWorkflowBanner(withOrigin(render(pass as Situation), { run: 7, baseRef: piece, from: 'base' }), [
          piece,
          piece,
          'c',
          'd',
        ]),
        { reported: 'a'.repeat(40), head: piece },
      )
    const expected = shapeOf(treeOf(around('word')))
    fc.assert(
      fc.property(hostileText, (piece) => {
        expectInert(around(piece))
        expect(shapeOf(treeOf(around(piece)))).toBe(expected)
      }),
      { numRuns: 60 },
    )
  })

  it('that says that there is no verdict has the same structure too', () => {
    const refused = (piece: string): string =>
      renderNoVerdict(
        new ModelgateError({
          code: 'x/y',
          message: `${piece}.`,
          help: `${oneLine(piece)}.\nx ${piece}\n${piece}\ny ${piece}`,
          place: { file: piece, line: 3 },
        }),
        piece,
      )
    const expected = shapeOf(treeOf(refused('word')))
    expect(expected).toContain('code')
    fc.assert(
      fc.property(hostileText, (piece) => {
        expectInert(refused(piece), ['code'])
        expect(shapeOf(treeOf(refused(piece)))).toBe(expected)
      }),
      { numRuns: 200 },
    )
  })

  it.each(Object.keys(situations))('is inert: %s', (name) => {
    expectInert(render(situations[name] as Situation))
  })
})
