import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { marked, type Tokens } from 'marked'
import { describe, expect, it } from 'vitest'
import type { Comparison, MetricComparison } from '../../src/compare/comparison.ts'
import { noteRoom, reportLimit } from '../../src/report/full-report-link.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { anyCharacter } from '../base/any-text.ts'
import { comparisonOf, estimateOf, intervalOf, metricOf } from '../gate/comparisons.ts'
import { attacked, hostile, type Situation, situations } from './situations.ts'

const folder = new URL('golden/', import.meta.url)
const render = ({ comparison, verdict, plots }: Situation): string => renderMarkdown(comparison, verdict, plots ?? null)

describe('golden reports', () => {
  // Written anew with UPDATE_GOLDEN=1: look at the difference before you keep it.
  const update = process.env.UPDATE_GOLDEN === '1'

  it.each(Object.keys(situations))('%s', (name) => {
    const file = new URL(`${name}.md`, folder)
    const markdown = render(situations[name] as Situation)
    if (update) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(file, markdown)
    }
    expect(existsSync(file), `${name}.md is missing; run with UPDATE_GOLDEN=1`).toBe(true)
    expect(markdown).toBe(readFileSync(file, 'utf8').replaceAll('\r\n', '\n'))
  })

  it('are all in use', () => {
    expect(readdirSync(folder).sort()).toEqual(
      Object.keys(situations)
        .map((name) => `${name}.md`)
        .sort(),
    )
  })
})

/** Elements that a report is made of. */
const elements = 'h2 h3 p strong em code pre br table thead tbody tr th td details summary ul li blockquote'.split(' ')

/** What a renderer makes of a report: nothing but these elements without any attribute but the alignment of a cell. */
function expectHarmless(markdown: string): void {
  expect(markdown.length).toBeLessThanOrEqual(reportLimit)
  const html = marked.parse(markdown, { gfm: true, async: false })
  expect(html).not.toContain('<!--')
  const isOwn = /^<\/?[a-z0-9]+( align="(left|right)")?>$|^<code class="language-mermaid">$/
  const foreign = [...html.matchAll(/<\/?([^\s>]*)[^>]*>/g)].filter(
    ([tag, name]) => !elements.includes(name ?? '') || !isOwn.test(tag),
  )
  expect(foreign.map(([tag]) => tag)).toEqual([])
  const open = (name: string): number => html.split(`<${name}>`).length - 1
  expect(open('details')).toBe(html.split('</details>').length - 1)
  expect(open('summary')).toBe(open('details'))
  // Mentions and references work on the text, after entities.
  const text = decode(
    html
      .replace(/<code[^>]*>.*?<\/code>/gs, '')
      .replace(/<br>/g, '\n')
      .replace(/<[^>]*>/g, ''),
  )
  expect(text).not.toMatch(/@[A-Za-z0-9]/)
  expect(text).not.toMatch(/#\d/)
  expect(text).not.toMatch(/\bGH-\d/i)
  expect(text).not.toMatch(/https?:\/\/|\bwww\./i)
  expect(text).not.toMatch(/\b[0-9a-f]{7,40}\b/)
  // Control characters, and format characters but the word joiner and the variation selectors of our own icons.
  expect(markdown).not.toMatch(/[^\P{Cc}\n]|(?!\u2060)\p{Cf}/u)
}

function decode(html: string): string {
  return html
    .replace(/&#(\d+);/g, (_entity, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
}

/** Column counts of all tables, in order, as the parser sees them; rows count with what they really hold. */
function tableShapes(markdown: string): number[][] {
  const shapes: number[][] = []
  marked.walkTokens(marked.lexer(markdown, { gfm: true }), (token) => {
    if (token.type !== 'table') return
    const { header, rows, raw } = token as Tokens.Table
    expect(raw.trimEnd().split('\n')).toHaveLength(rows.length + 2)
    const written = raw
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/(?<!\\)\|/).length - 2)
    expect(new Set(written)).toEqual(new Set([header.length]))
    shapes.push([header.length, rows.length])
  })
  return shapes
}

describe('text from outside', () => {
  it('does nothing when it tries everything at once', () => {
    expectHarmless(render(situations.hostile as Situation))
  })

  it('does nothing wherever it stands, and tables keep their shape', () => {
    const shapes = tableShapes(render(attacked('plain')))
    expect(shapes).toEqual([
      // Rules; checks that failed and one that warned; columns that drifted and one that did not.
      [3, 6],
      [3, 2],
      [3, 1],
      [6, 2],
      [6, 1],
      [6, 1],
      // Slices with rows and both sides, groups with what was said, one of several metrics with both sides.
      [6, 2],
      [3, 2],
      [5, 2],
      [3, 2],
      // Broken rows.
      [4, 1],
      [4, 3],
      [5, 3],
      [5, 2],
    ])
    const pieces = [
      ...hostile.split(' '),
      '\n',
      '`',
      '``',
      '\\',
      '|',
      '<',
      '<!--',
      '-->',
      '&',
      '@',
      '#',
      '](',
      '*',
      '~~~',
      '    ',
      '> ',
      '\r',
    ]
    const text = fc.oneof(
      fc.string({ unit: anyCharacter, maxLength: 60 }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(' ')),
    )
    fc.assert(
      fc.property(text, (piece) => {
        const markdown = render(attacked(piece))
        expectHarmless(markdown)
        expect(tableShapes(markdown)).toEqual(shapes)
      }),
      { numRuns: 400 },
    )
  })

  it('cannot push the report over the limit, nor verdict and rules out of it', () => {
    for (const character of ['{', '`', '@', '|', '\\', 'x', '<', '😀', 'a '] as const) {
      for (const length of [300, 1500, 20_000, 200_000]) {
        const { comparison, verdict } = attacked(character.repeat(length))
        const [first] = verdict.rules
        if (first === undefined) throw new Error('a rule is needed')
        const many = {
          comparison: {
            ...comparison,
            // More than are shown, and less than fills the memory.
            warnings: Array.from({ length: length > 20_000 ? 30 : 300 }, (_, n) => `${n} ${character.repeat(length)}`),
          },
          verdict: { ...verdict, rules: Array.from({ length: 300 }, () => first) },
        }
        for (const situation of [{ comparison, verdict }, many]) {
          const markdown = render(situation)
          expectHarmless(markdown)
          expect(markdown.split('\n')[0]).toMatch(/^## ❌ .*: fail \(blocked\)$/)
          expect(markdown).toContain('| Rule | Verdict | Why |')
          expect(markdown).toContain('❌\u00a0fail |')
        }
      }
    }
  })
})

describe('better and worse', () => {
  const claims = (parts: Partial<MetricComparison>, more: Partial<Comparison> = {}): string[] => {
    const { verdict } = situations.pass as Situation
    const metric = metricOf(0.02, intervalOf(0.01, 0.03), parts)
    return (
      renderMarkdown(comparisonOf([metric], more), verdict).match(/🟢 better|🔴 worse|~(?= \|)|same(?= \|)/gu) ?? []
    )
  }

  it('are only said when the interval says so', () => {
    expect(claims({})).toEqual(['🟢 better'])
    expect(claims({ direction: 'lower' })).toEqual(['🔴 worse'])
    expect(claims({ direction: 'unknown' })).toEqual([])
    expect(claims({ intervals: [intervalOf(-0.01, 0.03)] })).toEqual(['~'])
    expect(claims({ intervals: [intervalOf(0, 0.03)] })).toEqual(['~'])
    expect(claims({ intervals: [intervalOf(0, 0)] })).toEqual(['same'])
    expect(claims({ intervals: [] })).toEqual([])
    expect(claims({ intervals: [intervalOf(0.01, 0.03, 0.1)] })).toEqual([])
  })

  it('are not said of what cannot be compared', () => {
    expect(claims({ new: estimateOf(0.92, { conflict: 'c' }) })).toEqual([])
    expect(claims({ base: estimateOf(0.9, { conflict: 'c' }) })).toEqual([])
    expect(claims({}, { mismatches: [{ what: 'rows', message: 'M.', remedy: 'R.' }] })).toEqual([])
  })
})

describe('long reports', () => {
  it('fold metrics and cap them', () => {
    const markdown = render(situations['many-metrics'] as Situation)
    const [open, folded] = markdown.split('<summary>299 more metrics</summary>')
    expect(open?.match(/class_\d+\.recall`\u00a0↑/g)).toEqual(['class_7.recall`\u00a0↑'])
    expect(folded?.match(/class_\d+\.recall`\u00a0↑/g)).toHaveLength(200)
    expect(folded).toContain('99 more are not shown.')
  })

  it('step down: the plots go before everything else, and there is always room for the link to the page', () => {
    const { comparison, verdict, plots } = situations['plots-binary'] as Situation
    const markdown = (count: number): string => {
      const metrics = Array.from({ length: count }, (_, index) =>
        metricOf(0.01, intervalOf(0, 0.02), { name: `${'m'.repeat(190)}${index}` }),
      )
      const warnings = Array.from({ length: 12 }, (_, n) => `${n} ${'w'.repeat(990)}`)
      return renderMarkdown({ ...comparison, metrics, warnings }, verdict, plots ?? null)
    }
    expect(markdown(1)).toContain('xychart-beta')
    const counts = Array.from({ length: 200 }, (_, index) => index + 1)
    const longest = Math.max(...counts.map((count) => markdown(count).length))
    expect(longest).toBeGreaterThan(reportLimit - 2 * noteRoom)
    expect(longest).toBeLessThanOrEqual(reportLimit - noteRoom)
    const first = markdown(counts.find((count) => !markdown(count).includes('xychart-beta')) ?? 0)
    expect(first).not.toContain('<summary>Plots</summary>')
    expect(first).toContain('_Parts of this report were left out')
    expect(first).toContain('<summary>What changed')
    expect(first).toContain(' more metrics</summary>')
  })

  it('step down: then the folded parts go, then the metrics, then the notes', () => {
    const long = (count: number, notes: number): string => {
      const metrics = Array.from(
        { length: 200 },
        (_, index): MetricComparison => metricOf(0.01, intervalOf(0, 0.02), { name: `${'m'.repeat(count)}${index}` }),
      )
      const comparison = comparisonOf(metrics, {
        warnings: Array.from({ length: notes }, (_, n) => `${n} ${'w'.repeat(990)}`),
      })
      const { verdict } = situations['too-long'] as Situation
      return renderMarkdown(comparison, { ...verdict, rules: verdict.rules.slice(0, 2) })
    }
    const left = '_Parts of this report were left out'
    expect(long(10, 1)).toContain('<details>')
    expect(long(10, 1)).not.toContain(left)
    expect(long(190, 1)).not.toContain('<details>')
    expect(long(190, 1)).toContain(left)
    expect(long(190, 1)).toContain('| Metric | Base |')
    expect(long(190, 1)).toContain('> ⚠️ 0 www')
  })

  it('keep all rules as long as they fit', () => {
    const { comparison, verdict } = situations['too-long'] as Situation
    const rulesIn = (count: number): number => {
      const markdown = renderMarkdown(comparison, { ...verdict, rules: verdict.rules.slice(0, count) })
      expect(markdown).toContain('_Parts of this report were left out')
      return markdown.match(/❌\u00a0fail \|/g)?.length ?? 0
    }
    expect(rulesIn(80)).toBe(80)
    // All of them do not fit: then the first hundred, more briefly.
    expect(rulesIn(150)).toBe(100)
  })

  it('show at most a dozen notes', () => {
    const { comparison, verdict } = situations.pass as Situation
    const markdown = renderMarkdown(
      { ...comparison, warnings: Array.from({ length: 40 }, (_, n) => `note ${n}`) },
      verdict,
    )
    expect(markdown.match(/> ⚠️ note \d+/g)).toHaveLength(12)
    expect(markdown).toContain('> ⚠️ 28 more notes not shown.')
  })
})
