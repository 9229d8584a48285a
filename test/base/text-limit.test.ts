import fc from 'fast-check'
import { marked } from 'marked'
import { describe, expect, it } from 'vitest'
import { cutMarkdown, fits, sizeOf, type TextLimit, truncateBytes } from '../../src/base/text-limit.ts'
import { anyCharacter } from './any-text.ts'

/** Of one to four bytes and one or two UTF-16 units; combining and joined ones; and what must not be parted. */
const wide = fc.oneof(
  fc.constantFrom('a', 'é', 'e\u0301', '€', '💩', '👩‍👩‍👧‍👦', '🇩🇪', '\u0301\u0301', 'x', '\r\n', '\n'),
  fc.string({ unit: anyCharacter, maxLength: 3 }),
)
const text = fc.array(wide, { maxLength: 40 }).map((parts) => parts.join(''))
const limits: fc.Arbitrary<TextLimit> = fc.record({
  most: fc.integer({ min: 0, max: 400 }),
  unit: fc.constantFrom('utf16', 'bytes'),
})

describe('truncateBytes', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, '…'],
    ['abcdef', 5, 'ab…'],
    ['éé', 4, 'éé'],
    ['ééé', 5, 'é…'],
    ['ééé', 4, '…'],
    ['💩💩', 7, '💩…'],
    ['💩💩', 6, '…'],
  ])('%s to %i bytes is %s', (whole, most, expected) => {
    expect(truncateBytes(whole, most)).toBe(expected)
  })

  it('never exceeds the limit and never splits a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 60 }), (whole, most) => {
        const cut = truncateBytes(whole, most)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most)
        expect(cut).not.toMatch(/\p{Cs}|\ufffd/u)
        expect(cut === whole || whole.startsWith(cut.slice(0, -1))).toBe(true)
      }),
    )
  })
})

const note = '_Cut._'
const blocks = fc
  .array(
    fc.oneof(
      text,
      fc.constantFrom('```', '```js', '~~~~', '````', '<details>', '<details open>', '</details>', '<!--', '-->'),
      fc.constantFrom('| a | b |', '|---|---|', '<summary>x</summary>', '', '# head', '- item'),
    ),
    { maxLength: 40 },
  )
  .map((lines) => lines.join('\n'))

describe('cutMarkdown', () => {
  it('leaves alone what fits', () => {
    expect(cutMarkdown('äöü', { most: 6, unit: 'bytes' }, note)).toBe('äöü')
    expect(cutMarkdown('äöü', { most: 5, unit: 'bytes' }, note)).toBe('')
    expect(cutMarkdown('äöü', { most: 3, unit: 'utf16' }, note)).toBe('äöü')
  })

  it('never exceeds the limit, keeps whole lines from the beginning, and says that it cut', () => {
    fc.assert(
      fc.property(blocks, limits, (markdown, limit) => {
        const cut = cutMarkdown(markdown, limit, note)
        expect(fits(cut, limit)).toBe(true)
        if (fits(markdown, limit)) expect(cut).toBe(markdown)
        else if (sizeOf(`${note}\n`, limit.unit) > limit.most) expect(cut).toBe('')
        else expect(cut.endsWith(`${note}\n`)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['a fence', '```js\nlet a\nlet b\nlet c\n```\n', '```'],
    ['a longer fence with a shorter one in it', '````\n```\nlet b\nlet c\n````\n', '````'],
    ['a folded part', '<details>\n<summary>s</summary>\n\nlong\nlonger\n\n</details>\n', '</details>'],
    ['a hidden comment', '<!--\nlong\nlonger\nlongest\n-->\n', '-->'],
  ])('closes %s, so that the note is seen', (_what, markdown, end) => {
    for (let most = 20; most < markdown.length; most += 1) {
      const cut = cutMarkdown(markdown, { most, unit: 'bytes' }, note)
      const shown = marked.parse(cut, { async: false })
      expect(shown, cut).toMatch(/<p><em>Cut\.<\/em><\/p>\n$/)
      if (cut.includes(markdown.split('\n')[0] as string)) expect(cut).toContain(`${end}\n`)
      expect(shown.split('<details>').length).toBe(shown.split('</details>').length)
    }
  })

  it('takes time in proportion to the length', () => {
    const markdown = 'a line of some length\n'.repeat(200_000)
    const start = performance.now()
    const cut = cutMarkdown(markdown, { most: 4_000_000, unit: 'bytes' }, note)
    expect(performance.now() - start).toBeLessThan(2000)
    expect(cut.length).toBeGreaterThan(3_999_900)
  })
})
