/**
 * What the page does beside showing: another theme, sorting, walking along a chart, the threshold. It runs in the reader's browser and
 * reads its data from the tables of the page. The page is complete without it. `npm run generate` writes it, made small, to
 * ../interaction-text.ts.
 */

type Attributes = Record<string, string>

function make(tag: string, attributes: Attributes, ...content: (string | Node)[]): HTMLElement {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...content)
  return made
}

function draw(tag: string, attributes: Attributes): Element {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}

const all = (root: ParentNode, selector: string): Element[] => [...root.querySelectorAll(selector)]
const textOf = (node: Element | null | undefined): string => (node?.textContent ?? '').trim()
const attribute = (node: Element, name: string): string => node.getAttribute(name) ?? ''
const numbersIn = (node: Element, name: string): number[] => attribute(node, name).split(' ').map(Number)

// The theme: as the system has it, or the other one.

function offerThemes(): void {
  const themes = ['auto', 'light', 'dark']
  const button = make('button', { type: 'button', class: 'theme' })
  const show = (theme: string): void => {
    if (theme === 'auto') document.documentElement.removeAttribute('data-theme')
    else document.documentElement.setAttribute('data-theme', theme)
    button.textContent = `Theme: ${theme}`
  }
  let current = 0
  show('auto')
  button.addEventListener('click', () => {
    current = (current + 1) % themes.length
    show(themes[current] ?? 'auto')
  })
  document.querySelector('nav')?.append(button)
}

// Sorting by a column.

function offerSorting(table: Element): void {
  const headers = all(table, 'thead th')
  for (const [column, header] of headers.entries()) {
    if (!header.hasAttribute('data-sort')) continue
    const button = make('button', { type: 'button' }, textOf(header))
    header.replaceChildren(button)
    header.setAttribute('aria-sort', 'none')
    button.addEventListener('click', () => {
      const order = attribute(header, 'aria-sort') === 'ascending' ? 'descending' : 'ascending'
      for (const other of headers) if (other.hasAttribute('data-sort')) other.setAttribute('aria-sort', 'none')
      header.setAttribute('aria-sort', order)
      sortRows(table, column, order === 'ascending' ? 1 : -1)
    })
  }
}

function sortRows(table: Element, column: number, direction: 1 | -1): void {
  const body = table.querySelector('tbody')
  const keyed = all(table, 'tbody tr').map((row) => {
    const field = row.children[column]
    const key = field?.getAttribute('data-value') ?? textOf(field)
    return { row, key, number: key === '' ? Number.NaN : Number(key) }
  })
  keyed.sort((a, b) => {
    const numeric = Number.isFinite(a.number) && Number.isFinite(b.number)
    // Cells without a value stay at the end in both directions.
    if ((a.key === '') !== (b.key === '')) return a.key === '' ? 1 : -1
    return direction * (numeric ? a.number - b.number : a.key.localeCompare(b.key))
  })
  body?.append(...keyed.map(({ row }) => row))
}

// Walking along the points of a chart, with arrow keys or a pointer.

/** Maps a value to the coordinate of a chart. The attribute holds both ends of the axis, then the values there. */
function scaleOf(chart: Element, axis: 'data-x' | 'data-y'): (value: number) => number {
  const [start = 0, end = 0, from = 0, to = 1] = numbersIn(chart, axis)
  return (value) => start + ((end - start) * (value - from)) / (to - from)
}

type Stop = { side: string; x: number; y: number; says: string }

function stopsOf(figure: Element, chart: Element): Stop[] {
  const [x, y] = [scaleOf(chart, 'data-x'), scaleOf(chart, 'data-y')]
  const headers = all(figure, 'details thead th').map(textOf)
  return all(figure, 'details tbody tr[data-at]').map((row) => {
    const [atX = 0, atY = 0] = numbersIn(row, 'data-at')
    const says = [...row.children].map((field, column) =>
      headers[column] === 'Run' ? textOf(field) : `${headers[column]} ${textOf(field)}`,
    )
    return { side: attribute(row, 'data-side'), x: x(atX), y: y(atY), says: says.join(', ') }
  })
}

function offerWalk(figure: Element): void {
  const [chart, frame] = [figure.querySelector('.canvas svg'), figure.querySelector('.canvas')]
  if (chart === null || frame === null) return
  const stops = stopsOf(figure, chart)
  const sides = [...new Set(stops.map(({ side }) => side))]
  const ring = draw('circle', { class: 'cursor', r: '8', hidden: '' })
  const handle = make('div', {
    class: 'handle',
    role: 'slider',
    tabindex: '0',
    'aria-label': `Points of the chart: ${attribute(figure, 'data-walk')}`,
    'aria-valuemin': '1',
    'aria-valuemax': String(stops.length),
  })
  const help = `Arrow keys left and right move along the chart${sides.length > 1 ? ', up and down change the run' : ''}.`
  const readout = make('p', { class: 'readout' }, help)
  let current = stops.length - stops.filter(({ side }) => side === sides.at(-1)).length
  const label = (): void => {
    handle.setAttribute('aria-valuenow', String(current + 1))
    handle.setAttribute('aria-valuetext', stops[current]?.says ?? '')
  }
  const go = (to: number): void => {
    current = Math.min(stops.length - 1, Math.max(0, to))
    const stop = stops[current]
    if (stop === undefined) return
    ring.setAttribute('cx', String(stop.x))
    ring.setAttribute('cy', String(stop.y))
    ring.removeAttribute('hidden')
    readout.textContent = stop.says
    label()
  }
  const nearest = (distance: (stop: Stop) => number): number =>
    stops.reduce((best, stop, place) => (distance(stop) < distance(stops[best] as Stop) ? place : best), 0)
  const along = (step: number): number => {
    const side = stops[current]?.side
    const own = [...stops.keys()].filter((place) => stops[place]?.side === side)
    const place = Math.min(own.length - 1, Math.max(0, own.indexOf(current) + step))
    return own[place] ?? current
  }
  const across = (): number => {
    const here = stops[current]
    if (here === undefined || sides.length < 2) return current
    return nearest((stop) => (stop.side === here.side ? 1e9 : Math.hypot(stop.x - here.x, stop.y - here.y)))
  }
  const moves: Record<string, () => number> = {
    ArrowRight: () => along(1),
    ArrowLeft: () => along(-1),
    ArrowUp: across,
    ArrowDown: across,
    PageUp: () => along(10),
    PageDown: () => along(-10),
    Home: () => along(-stops.length),
    End: () => along(stops.length),
  }
  handle.addEventListener('keydown', (event) => {
    const move = moves[event.key]
    if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    go(move())
  })
  handle.addEventListener('focus', () => go(current))
  const point = (event: PointerEvent): void => {
    const box = chart.getBoundingClientRect()
    const scale = (numbersIn(chart, 'viewBox')[2] ?? box.width) / box.width
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]
    go(nearest((stop) => Math.hypot(stop.x - x, stop.y - y)))
  }
  handle.addEventListener('pointermove', point)
  handle.addEventListener('pointerdown', point)
  label()
  chart.append(ring)
  frame.append(handle)
  frame.after(readout)
}

// The threshold: counts and shares at it, and where it lies on the other charts.

type Counts = { tp: number; fp: number; fn: number; tn: number }

function offerThreshold(figure: Element, controls: Element): void {
  const names = attribute(controls, 'data-threshold').split(' ')
  const steps = all(figure, 'details tbody tr').map((row) => {
    const values = [...row.children].map((field) => Number(attribute(field, 'data-value')))
    const counts = names.map((_name, side): Counts => {
      const [tp = 0, fp = 0, fn = 0, tn = 0] = values.slice(1 + 4 * side, 5 + 4 * side)
      return { tp, fp, fn, tn }
    })
    return { threshold: values[0] ?? 0, says: textOf(row.children[0]), counts }
  })
  const start = steps.findIndex(({ threshold }) => threshold >= 0.5)
  const slider = make('input', {
    type: 'range',
    id: 'threshold-slider',
    min: '0',
    max: String(steps.length - 1),
    step: '1',
  })
  const shown = make('output', { for: 'threshold-slider' })
  const columns = [
    'True positives',
    'False positives',
    'False negatives',
    'True negatives',
    'Recall',
    'Precision',
    'Accuracy',
  ]
  const rows = names.map((name) => ({ name, fields: columns.map(() => make('td', { class: 'number' })) }))
  const table = make(
    'table',
    {},
    make('thead', {}, make('tr', {}, ...['Run', ...columns].map((text) => make('th', { scope: 'col' }, text)))),
    make('tbody', {}, ...rows.map(({ name, fields }) => make('tr', {}, make('th', { scope: 'row' }, name), ...fields))),
  )
  const marks = marksOfThreshold(names)
  const show = (place: number): void => {
    const step = steps[place]
    if (step === undefined) return
    shown.textContent = step.says
    slider.setAttribute('aria-valuetext', step.says)
    for (const [side, { fields }] of rows.entries()) {
      const { tp, fp, fn, tn } = step.counts[side] as Counts
      const share = (part: number, whole: number): string => (whole === 0 ? '–' : (part / whole).toFixed(4))
      const texts = [tp, fp, fn, tn].map((count) => count.toLocaleString('en-US'))
      const shares = [share(tp, tp + fn), share(tp, tp + fp), share(tp + tn, tp + fp + fn + tn)]
      for (const [column, text] of [...texts, ...shares].entries()) (fields[column] as Element).textContent = text
    }
    for (const mark of marks) mark(step.threshold, step.counts)
  }
  slider.addEventListener('input', () => show(Number((slider as HTMLInputElement).value)))
  const first = start < 0 ? Math.floor(steps.length / 2) : start
  slider.setAttribute('value', String(first))
  controls.append(
    make('label', { for: 'threshold-slider' }, 'Threshold ', shown),
    slider,
    make('div', { class: 'scroll', role: 'region', 'aria-label': 'Counts at the threshold', tabindex: '0' }, table),
    make(
      'p',
      { class: 'quiet' },
      'The diamonds on the curves and the dashed line on the distributions mark this threshold.',
    ),
  )
  show(first)
}

/** A mark on every chart where the threshold has a place: a line across the scores, a spot on the curves. */
function marksOfThreshold(names: readonly string[]): ((threshold: number, counts: readonly Counts[]) => void)[] {
  const place = (mark: Element, x: number, y: number): void => {
    mark.setAttribute('transform', `translate(${x} ${y})`)
    mark.toggleAttribute('hidden', !(Number.isFinite(x) && Number.isFinite(y)))
  }
  const spots = (id: string, spotOf: (counts: Counts) => [number, number]) =>
    all(document, `#${id} .canvas svg`).flatMap((chart) => {
      const [x, y] = [scaleOf(chart, 'data-x'), scaleOf(chart, 'data-y')]
      return names.map((name, side) => {
        const mark = draw('path', { class: `spot ${name === 'Base' ? 'base' : 'fresh'}`, d: 'M0,-8L8,0L0,8L-8,0Z' })
        chart.append(mark)
        return (_threshold: number, counts: readonly Counts[]): void => {
          const [right, up] = spotOf(counts[side] as Counts)
          place(mark, x(right), y(up))
        }
      })
    })
  const lines = all(document, '#scores-negatives .canvas svg, #scores-positives .canvas svg').map((chart) => {
    const [bottom = 0, top = 0] = numbersIn(chart, 'data-y')
    const x = scaleOf(chart, 'data-x')
    const mark = draw('path', { class: 'at', d: `M0,${top}V${bottom}` })
    chart.append(mark)
    return (threshold: number): void => place(mark, x(threshold), 0)
  })
  return [
    ...spots('roc', ({ tp, fp, fn, tn }) => [fp / (fp + tn), tp / (tp + fn)]),
    ...spots('precision-recall', ({ tp, fp, fn }) => [tp / (tp + fn), tp / (tp + fp)]),
    ...lines,
  ]
}

offerThemes()
for (const table of all(document, 'table.sortable')) offerSorting(table)
for (const figure of all(document, 'figure[data-walk]')) offerWalk(figure)
for (const controls of all(document, '[data-threshold]')) {
  const figure = controls.closest('figure')
  if (figure !== null) offerThreshold(figure, controls)
}
