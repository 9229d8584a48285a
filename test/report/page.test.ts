import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { type DefaultTreeAdapterMap, parse } from 'parse5'
import { describe, expect, it } from 'vitest'
import { type Plots, plotsOf } from '../../src/evaluation/plots/plots.ts'
import { partOf } from '../../src/report/data/part.ts'
import { interactionText } from '../../src/report/page/interaction-text.ts'
import { renderDataPage, renderPage } from '../../src/report/page/page.ts'
import { pageStyle } from '../../src/report/page/style.ts'
import { anyCharacter } from '../base/any-text.ts'
import { labelled, numeric, scored } from '../evaluation/plots/samples.ts'
import { dataReportOf, driftColumnOf, driftOf, failingReport } from './data-reports.ts'
import { attacked, hostile, plots, type Situation, situations } from './situations.ts'

type Node = DefaultTreeAdapterMap['node']
type Element = DefaultTreeAdapterMap['element']

const pageOf = ({ comparison, verdict, plots: drawn }: Situation): string =>
  renderPage(comparison, verdict, drawn ?? null)
const withPlots = (drawn: Plots | null): string => pageOf({ ...(situations.pass as Situation), plots: drawn })

/** Elements and attribute names of a page, without any text. */
function shapeOf(node: Node): unknown {
  const children = 'childNodes' in node ? node.childNodes.filter((child) => child.nodeName !== '#text') : []
  const names = 'attrs' in node ? node.attrs.map(({ name }) => name) : []
  return [node.nodeName, names, children.map(shapeOf)]
}

function elementsOf(page: string): Element[] {
  const visit = (node: Node): Element[] => [
    ...('tagName' in node ? [node] : []),
    ...('childNodes' in node ? node.childNodes.flatMap(visit) : []),
  ]
  return visit(parse(page))
}

const attribute = ({ attrs }: Element, name: string): string | undefined =>
  attrs.find((one) => one.name === name)?.value
const textOf = (node: Node): string =>
  'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(textOf).join('') : ''

const digest = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

describe('every page', () => {
  const pages = Object.entries(situations).map(([name, situation]) => ({ name, page: pageOf(situation) }))

  it.each(pages)('is well formed, and has nothing twice: $name', ({ page }) => {
    const errors: string[] = []
    parse(page, { onParseError: ({ code }) => errors.push(code) })
    expect(errors).toEqual([])
    const ids = elementsOf(page).flatMap((element) => attribute(element, 'id') ?? [])
    expect(ids).toEqual([...new Set(ids)])
  })

  it.each(pages)('loads nothing and allows only its own style and script: $name', ({ page }) => {
    const elements = elementsOf(page)
    const policy = elements.find((element) => attribute(element, 'http-equiv') === 'Content-Security-Policy')
    expect(attribute(policy as Element, 'content')).toBe(
      `default-src 'none'; style-src '${digest(pageStyle)}'; script-src '${digest(interactionText)}'; form-action 'none'; base-uri 'none'`,
    )
    const textsOf = (tag: string): string[] => elements.filter(({ tagName }) => tagName === tag).map(textOf)
    expect(textsOf('style').map(digest)).toEqual([digest(pageStyle)])
    expect(textsOf('script').map(digest)).toEqual([digest(interactionText)])
    expect(pageStyle + interactionText).not.toMatch(
      /@import|url\(|fetch|XMLHttpRequest|WebSocket|innerHTML|eval|localStorage/,
    )
    for (const element of elements) {
      expect(['link', 'img', 'iframe', 'object', 'embed', 'form', 'base', 'image', 'use', 'a']).not.toContain(
        element.tagName === 'a' ? '' : element.tagName,
      )
      for (const { name, value } of element.attrs) {
        expect(['src', 'srcset', 'style', 'action', 'xlink:href', 'data']).not.toContain(name)
        expect(name).not.toMatch(/^on/)
        if (name === 'href') expect(value).toMatch(/^#[a-z]+$/)
      }
    }
  })

  it.each(pages)('can be followed by ear: $name', ({ page }) => {
    const elements = elementsOf(page)
    const ids = new Set(elements.flatMap((element) => attribute(element, 'id') ?? []))
    for (const element of elements) {
      for (const name of ['aria-labelledby', 'aria-describedby', 'for']) {
        for (const id of attribute(element, name)?.split(' ') ?? []) expect(ids).toContain(id)
      }
      if (element.tagName === 'a') expect(ids).toContain(attribute(element, 'href')?.slice(1))
      if (element.tagName === 'svg' && attribute(element, 'aria-hidden') !== 'true') {
        expect(attribute(element, 'role')).toBe('img')
        const own = ['title', 'desc'].flatMap((tag) => elementsIn(element, tag).map((child) => attribute(child, 'id')))
        expect(attribute(element, 'aria-label') ?? own.join(' ')).not.toBe('')
        if (own.length > 0) expect(attribute(element, 'aria-labelledby')).toBe(own.join(' '))
      }
      if (element.tagName === 'table') expect(element.childNodes[0]?.nodeName).toBe('caption')
    }
    const levels = elements.flatMap(({ tagName }) => /^h([1-6])$/.exec(tagName)?.[1] ?? []).map(Number)
    expect(levels[0]).toBe(1)
    for (const [place, level] of levels.entries()) expect(level).toBeLessThanOrEqual((levels[place - 1] ?? 0) + 1)
  })
})

describe('text from outside', () => {
  it('makes no element and no attribute, wherever it stands', () => {
    const usual = shapeOf(parse(pageOf(attacked('plain'))))
    const pieces = [
      ...hostile.split(' '),
      '"',
      "'",
      '<',
      '</script>',
      '</style>',
      '</svg>',
      '<!--',
      ']]>',
      '&quot;',
      ' onload=',
      '\n',
      '\0',
    ]
    const text = fc.oneof(
      fc.string({ unit: anyCharacter, minLength: 1, maxLength: 60 }),
      fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (piece) => {
        const page = pageOf(attacked(piece))
        expect(shapeOf(parse(page))).toEqual(usual)
        // Control characters, and format characters, which reorder what follows.
        expect(page).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u)
      }),
      { numRuns: 150 },
    )
  })

  it('stands on the page as it was written', () => {
    const texts = elementsOf(pageOf(attacked('<b title="x">&amp;</b>')))
      .filter(({ tagName }) => tagName === 'h1')
      .map(textOf)
    expect(texts).toEqual(['<b title="x">&amp;</b>'])
  })

  it('cannot make the page huge', () => {
    const long = attacked('<'.repeat(200_000))
    const comparison = { ...long.comparison, slices: [], golden: [], history: null, otherBaselines: [] }
    const verdict = { ...long.verdict, rules: long.verdict.rules.slice(0, 2) }
    expect(pageOf({ ...long, comparison, verdict }).length).toBeLessThan(300_000)
    // With parts of rules, slices, golden rows and earlier runs.
    expect(pageOf(long).length).toBeLessThan(400_000)
  })
})

describe('charts', () => {
  it('are all there for a binary task, each with its data as a table', () => {
    const page = withPlots(plots.binary)
    const figures = elementsOf(page).filter(({ tagName }) => tagName === 'figure')
    expect(figures.map((figure) => attribute(figure, 'id'))).toEqual([
      'confusion',
      'threshold',
      'roc',
      'precision-recall',
      'scores-negatives',
      'scores-positives',
      'calibration',
    ])
    for (const figure of figures) expect(elementsIn(figure, 'table').length).toBeGreaterThan(0)
    const roc = figures[2] as Element
    const rows = elementsIn(roc, 'tr').filter((row) => attribute(row, 'data-at') !== undefined)
    const curve = plots.binary?.kind === 'binary' ? plots.binary.scores?.roc : undefined
    expect(rows).toHaveLength((curve?.base?.points.length ?? 0) + (curve?.fresh?.points.length ?? 0))
    expect(elementsIn(roc, 'path').map((path) => attribute(path, 'class'))).toEqual(
      expect.arrayContaining(['chance', 'line base', 'line fresh']),
    )
  })

  it('draw a curve from corner to corner', () => {
    const page = withPlots(plotsOf({ base: null, fresh: scored([0, 1], [0.2, 0.8]) }, true))
    const [roc] = elementsOf(page).filter((element) => attribute(element, 'id') === 'roc')
    const [line] = elementsIn(roc as Element, 'path').filter(
      (path) => attribute(path, 'class') === 'line fresh' && attribute(path, 'd') !== 'M0,8H32',
    )
    expect(attribute(line as Element, 'd')).toBe('M66,272L66,12L384,12')
  })

  it('are there for classes and for numbers', () => {
    const ids = (drawn: Plots | null): (string | undefined)[] =>
      elementsOf(withPlots(drawn))
        .filter(({ tagName }) => tagName === 'figure')
        .map((figure) => attribute(figure, 'id'))
    expect(ids(plots.classes)).toEqual(['confusion', 'classes'])
    expect(ids(plots.numbers)).toEqual(['predicted-base', 'predicted-new', 'residuals', 'errors'])
    expect(ids(null)).toEqual([])
  })

  it('never have a point that is no number, whatever the predictions', () => {
    const number = fc.oneof(
      fc.double(),
      fc.constantFrom(0, -0, 1, 1e308, -1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY),
    )
    const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), number, number), { minLength: 1, maxLength: 12 })
    const side = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { freq: 4 })
    fc.assert(
      fc.property(side(rows), side(rows), fc.boolean(), (base, fresh, binary) => {
        const made = (given: [number, number, number][] | null) =>
          given === null
            ? null
            : binary
              ? scored(
                  given.map(([truth]) => truth),
                  given.map(([, score]) => score),
                )
              : numeric(
                  given.map(([, truth]) => truth),
                  given.map(([, , value]) => value),
                )
        const page = withPlots(plotsOf({ base: made(base), fresh: made(fresh) }, binary))
        const body = page.slice(page.indexOf('<main'), page.indexOf('<script>'))
        expect(body.match(/.{0,60}(?:NaN|Infinity|undefined|null).{0,60}/)?.[0]).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })

  it('have no picture where a matrix alone can be drawn', () => {
    const page = withPlots(plotsOf({ base: null, fresh: labelled(['0', '1'], ['0', '1']) }, true))
    expect(elementsOf(page).filter(({ tagName }) => tagName === 'figure')).toHaveLength(1)
  })
})

function elementsIn(root: Element, tag: string): Element[] {
  return root.childNodes.flatMap((child) =>
    'tagName' in child ? [...(child.tagName === tag ? [child] : []), ...elementsIn(child, tag)] : [],
  )
}

describe('data on the page', () => {
  const page = (name: string): string => pageOf(situations[name] as Situation)
  const sections = (text: string): (string | undefined)[] =>
    elementsOf(text)
      .filter(({ tagName }) => tagName === 'section')
      .map((element) => attribute(element, 'id'))

  it('come before the metrics when they failed, and a stopped run has no metrics', () => {
    expect(sections(page('data-pass')).slice(0, 3)).toEqual(['rules', 'metrics', 'data'])
    expect(sections(page('data-fail')).slice(0, 3)).toEqual(['rules', 'data', 'metrics'])
    expect(sections(page('data-stopped'))).not.toContain('metrics')
    expect(page('data-stopped')).toContain('Nothing was trained or measured:')
  })

  it('have a picture of each distribution, and its numbers as a table', () => {
    const elements = elementsOf(page('data-drift'))
    const pictures = elements.filter((element) => attribute(element, 'class') === 'histogram')
    expect(pictures.map((element) => elementsIn(element, 'rect').length)).toEqual([9, 4, 9])
    const [outline] = elementsIn(pictures[1] as Element, 'path')
    expect(attribute(outline as Element, 'd')).toBe('M0,1L40,1L40,19.4L80,19.4L80,28.6L120,28.6L120,47L160,47')
    const table = elements.find((element) => attribute(element, 'aria-label')?.startsWith('Table: Bins') === true)
    expect(elementsIn(table as Element, 'tr')).toHaveLength(1 + 9 + 4)
    expect(textOf(table as Element)).toContain('country(other)0 %5 %')
  })

  it('that were checked by themselves are a page of their own', () => {
    const parts = [partOf(failingReport(), 'validate'), partOf(dataReportOf({ drift: driftOf() }))]
    const alone = renderDataPage({ verdict: 'fail', reason: '<b>x</b>', parts })
    const errors: string[] = []
    parse(alone, { onParseError: ({ code }) => errors.push(code) })
    expect(errors).toEqual([])
    expect(sections(alone)).toEqual(['data'])
    expect(alone).toContain('&lt;b&gt;x&lt;/b&gt;')
  })

  it('whose bins are no distribution have no picture', () => {
    const column = driftColumnOf({ bins: ['a', 'b'].map((label) => ({ label, reference: 0, current: 0 })) })
    const drift = driftOf({ columns: [column] })
    const alone = renderDataPage({ verdict: 'pass', reason: '', parts: [partOf(dataReportOf({ drift }))] })
    expect(alone).not.toContain('class="histogram"')
    expect(alone.slice(alone.indexOf('<main'), alone.indexOf('<script>'))).not.toMatch(/NaN|Infinity/)
  })
})
