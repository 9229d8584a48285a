import { catalogue, type MetricEntry, type Parameter } from './catalogue.ts'

/** A name of a metric in its parts: `recall_at_specificity@0.95` has a parameter, `f1[cat]` is about one class. */
export type MetricName = { base: string; parameter?: number; label?: string }

const plainNames = new Map<string, MetricEntry>()
const withParameter = new Map<string, MetricEntry & { parameter: Parameter }>()
const ofOneClass = new Map<string, MetricEntry>()
for (const entry of catalogue) {
  for (const name of [entry.name, ...entry.aliases]) {
    const { parameter } = entry
    // A name that two entries share belongs to the one that needs no parameter.
    if (parameter === undefined || hasPlainMeaning(entry)) plainNames.set(name, entry)
    if (parameter !== undefined) withParameter.set(name, { ...entry, parameter })
    if (entry.perClass === true) ofOneClass.set(name, entry)
  }
}

/** `ndcg` is over all items, `mrr` too, and `ece` has a usual number of bins; `pinball` alone says nothing. */
function hasPlainMeaning({ name, parameter, defaults }: MetricEntry): boolean {
  return name === 'ndcg' || parameter === undefined || defaults?.includes(null) === true
}

/** No name of the catalogue comes near this, and what is longer may be very long. */
const longestPlain = 200

/** The parts of a name that modelgate computes; undefined for all others, and for a parameter that makes no sense. */
export function parseMetricName(name: string): MetricName | undefined {
  const bracketed = name.endsWith(']') ? /^([^[\]@]+)\[(.+)\]$/s.exec(name) : null
  if (bracketed !== null) {
    const entry = ofOneClass.get(spelled(bracketed[1] ?? ''))
    // The class is the user's own word, and stays as it is.
    return entry === undefined ? undefined : { base: entry.name, label: bracketed[2] ?? '' }
  }
  if (name.length > longestPlain) return undefined
  const plain = spelled(name)
  const exact = plainNames.get(plain)
  if (exact !== undefined) return { base: exact.name }
  const [, base = '', text = ''] = /^(.+?)(?:@|_at_)(\d*\.?\d+)$/.exec(plain) ?? []
  const entry = withParameter.get(base)
  const parameter = Number(text)
  if (entry === undefined || !allows(entry.parameter, parameter)) return undefined
  return parameter === entry.plainMeans ? { base: entry.name } : { base: entry.name, parameter }
}

function spelled(name: string): string {
  return name.toLowerCase().replaceAll('-', '_')
}

function allows(parameter: Parameter, value: number): boolean {
  // Smaller ones would be spelled with an exponent, which a name cannot have.
  if (parameter.kind === 'share') return value >= 1e-6 && value < 1
  return Number.isInteger(value) && value >= 1 && value <= parameter.most
}

/** The canonical spelling. */
export function spellMetricName({ base, parameter, label }: MetricName): string {
  return `${base}${parameter === undefined ? '' : `@${parameter}`}${label === undefined ? '' : `[${label}]`}`
}

/** The name under which modelgate computes a metric; names that it does not compute stay as they are. */
export function canonicalMetric(name: string): string {
  const parsed = parseMetricName(name)
  return parsed === undefined ? name : spellMetricName(parsed)
}

/** Parameters of one metric: those that are computed always, and those that are wanted. Null stands for the plain name. */
export function parametersOf(base: string, wanted: readonly MetricName[]): (number | null)[] {
  const always = withParameter.get(base)?.defaults ?? []
  const asked = wanted.filter((name) => name.base === base && name.label === undefined)
  return [...new Set([...always, ...asked.map(({ parameter }) => parameter ?? null)])]
}
