import { parseHTML } from 'linkedom'
import { beforeEach, describe, expect, it } from 'vitest'
import { interactionText } from '../../src/report/page/interaction-text.ts'
import { renderPage } from '../../src/report/page/page.ts'
import { plots, type Situation, situations } from './situations.ts'

/** As much of the document as these tests use. */
type Found = {
  textContent: string
  children: Found[]
  getAttribute(name: string): string | null
  setAttribute(name: string, value: string): void
  hasAttribute(name: string): boolean
  dispatchEvent(event: unknown): boolean
  querySelector(selector: string): Found | null
  querySelectorAll(selector: string): Found[]
}
type Window = { document: Found & { documentElement: Found }; Event: new (name: string, init?: object) => object }

let window: Window

beforeEach(() => {
  const { comparison, verdict } = situations.pass as Situation
  window = parseHTML(renderPage(comparison, verdict, plots.binary)) as unknown as Window
  new Function('document', interactionText)(window.document)
})

function find(selector: string, root: Found = window.document): Found {
  const found = root.querySelector(selector)
  if (found === null) throw new Error(`${selector} is not there`)
  return found
}
const all = (selector: string): Found[] => [...window.document.querySelectorAll(selector)]
function send(target: Found, name: string, more: object = {}): void {
  target.dispatchEvent(Object.assign(new window.Event(name, { bubbles: true, cancelable: true }), more))
}
const press = (target: Found, key: string): void => send(target, 'keydown', { key })

describe('the script of the page', () => {
  it('sorts a table by a column, both ways, and says so', () => {
    const column = (): string[] =>
      all('#metrics tbody tr').map((row) => row.children[0]?.getAttribute('data-value') ?? '')
    const before = column()
    const header = all('#metrics thead th')[3] as Found
    expect(header.getAttribute('aria-sort')).toBe('none')
    send(find('button', header), 'click')
    expect(header.getAttribute('aria-sort')).toBe('ascending')
    expect(column()).toEqual(['log_loss', 'recall', 'accuracy', 'latency.p95_ms'])
    send(find('button', header), 'click')
    expect(header.getAttribute('aria-sort')).toBe('descending')
    expect(column()).toEqual(['latency.p95_ms', 'accuracy', 'recall', 'log_loss'])
    send(find('button', all('#metrics thead th')[0] as Found), 'click')
    expect(header.getAttribute('aria-sort')).toBe('none')
    expect(column()).toEqual([...before].sort())
  })

  it('walks along a curve by keys, and reads every point out', () => {
    const handle = find('#roc .handle')
    const said = (): string => handle.getAttribute('aria-valuetext') ?? ''
    expect([handle.getAttribute('role'), handle.getAttribute('tabindex')]).toEqual(['slider', '0'])
    expect(said()).toBe(
      'New, Positive from score above all scores, False positive rate 0.0000, True positive rate 0.0000',
    )
    send(handle, 'focus')
    press(handle, 'End')
    expect(said()).toMatch(/^New, .* False positive rate 1\.0000, True positive rate 1\.0000$/)
    expect(find('#roc .readout').textContent).toBe(said())
    const ring = find('#roc .cursor')
    expect([ring.getAttribute('cx'), ring.getAttribute('cy'), ring.hasAttribute('hidden')]).toEqual([
      '384',
      '12',
      false,
    ])
    press(handle, 'ArrowRight')
    expect(handle.getAttribute('aria-valuenow')).toBe(handle.getAttribute('aria-valuemax'))
    press(handle, 'ArrowUp')
    expect(said()).toMatch(/^Base, .* True positive rate 1\.0000$/)
    press(handle, 'Home')
    expect(said()).toMatch(/^Base, Positive from score above all scores/)
    press(handle, 'PageUp')
    expect(handle.getAttribute('aria-valuenow')).toBe('11')
    press(handle, 'x')
    expect(handle.getAttribute('aria-valuenow')).toBe('11')
  })

  it('counts at another threshold, and marks it on the other charts', () => {
    const slider = find('#threshold-slider')
    const cells = (): string[] => all('#threshold .controls tbody tr').map((row) => row.textContent)
    if (plots.binary?.kind !== 'binary') throw new Error('not binary')
    const { thresholds } = plots.binary.scores ?? {}
    const expected = (step: number): string[] =>
      (['base', 'fresh'] as const).map((side) => {
        const { tp, fp, fn, tn } = thresholds?.[side]?.[step] ?? { tp: 0, fp: 0, fn: 0, tn: 0 }
        const shares = [tp / (tp + fn), tp / (tp + fp), (tp + tn) / (tp + fp + fn + tn)]
        return [side === 'base' ? 'Base' : 'New', tp, fp, fn, tn, ...shares.map((share) => share.toFixed(4))].join('')
      })
    expect(cells()).toEqual(expected(50))
    const at = find('#scores-positives .at').getAttribute('transform')
    expect(at).toBe('translate(225 0)')
    slider.setAttribute('value', '40')
    send(slider, 'input')
    expect(cells()).toEqual(expected(40))
    expect(slider.getAttribute('aria-valuetext')).toBe('0.4000')
    expect(find('#scores-positives .at').getAttribute('transform')).not.toBe(at)
    expect(all('#roc .spot')).toHaveLength(2)
    expect(all('#roc .spot').every((spot) => !spot.hasAttribute('hidden'))).toBe(true)
  })

  it('changes the theme and goes back to that of the system', () => {
    const button = find('nav .theme')
    const theme = (): string | null => window.document.documentElement.getAttribute('data-theme')
    const seen = [theme()]
    for (let press = 0; press < 3; press++) {
      send(button, 'click')
      seen.push(theme())
    }
    expect(seen).toEqual([null, 'light', 'dark', null])
    expect(button.textContent).toBe('Theme: auto')
  })
})
