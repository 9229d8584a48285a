import { oneLine } from '../base/escape.ts'
import { formatNumber } from '../base/number-text.ts'
import type { Waiver } from '../config/waivers.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import type { Measure } from './finding.ts'
import type { WaiverResult } from './verdict.ts'

/** What a waiver is held against: a rule, or one part of it. */
export type Waivable = {
  id: string
  metric: string
  /** The part; undefined for the rule as a whole. */
  part?: string
  /** Evidence that is missing or was measured in another way is not waived: a waiver excuses a result, not that there is none. */
  excusable: boolean
  measure?: Measure
}

/** What a waiver says to a result that would stop a change; `note` where it does not help. */
export type Answer = { waived: boolean; note: string }

/** Keeps the waivers of a policy, and what became of each while its rules were judged. */
export class Waivers {
  readonly #all: { waiver: Waiver; matched: boolean; waived: string[] }[]
  readonly #today: string | undefined

  /** Without a time of day none is in force. */
  constructor(waivers: readonly Waiver[], now: Date | undefined) {
    this.#all = waivers.map((waiver) => ({ waiver, matched: false, waived: [] }))
    this.#today = now?.toISOString().slice(0, 10)
  }

  /** Has to be told of every rule and part, also of those that pass: else a waiver that is no longer needed would look misspelt. */
  see(target: Waivable): void {
    for (const one of this.#all) if (matches(one.waiver, target)) one.matched = true
  }

  /** What the waivers say to a result that would stop the change. The first that helps decides. */
  ask(target: Waivable): Answer {
    const found = this.#all.filter(({ waiver }) => matches(waiver, target))
    for (const one of found) {
      if (!this.#isInForce(one.waiver) || !target.excusable || exceeds(one.waiver, target.measure)) continue
      one.waived.push(target.part === undefined ? target.id : `${target.id} ${target.part}`)
      return {
        waived: true,
        note: `Waived until ${one.waiver.until} by ${oneLine(one.waiver.by)}: ${asSentence(one.waiver.reason)}`,
      }
    }
    const notes = found.map(({ waiver }) => {
      if (!this.#isInForce(waiver)) return this.#whyNot(waiver)
      if (!target.excusable) return 'A waiver does not stand in for evidence that is missing or cannot be compared.'
      if (target.measure === undefined)
        return 'The waiver has a limit, but this rule finds no number to hold against it.'
      return `The waiver holds up to ${waiver.limit}, and this is ${formatNumber(target.measure.value)}.`
    })
    return { waived: false, note: [...new Set(notes)].join(' ') }
  }

  results(): WaiverResult[] {
    return this.#all.map(({ waiver, matched, waived }) => ({
      ...waiver,
      state: !this.#isInForce(waiver) ? 'expired' : matched ? 'in-force' : 'unmatched',
      waived,
    }))
  }

  #isInForce({ until }: Waiver): boolean {
    return this.#today !== undefined && this.#today <= until
  }

  #whyNot({ until }: Waiver): string {
    return this.#today === undefined
      ? 'A waiver does not count: the day is not known.'
      : `The waiver for this expired on ${until}.`
  }
}

/** What somebody wrote, on one line and with an end. */
export function asSentence(text: string): string {
  const line = oneLine(text)
  return /[.!?\u2026]$/.test(line) ? line : `${line}.`
}

/** A rule by its id, or by the beginning of it up to a dot. A waiver of a slice is about that part only, one of none about all. */
function matches({ rule, slice, metric }: Waiver, { id, metric: of, part }: Waivable): boolean {
  if (id !== rule && !id.startsWith(`${rule}.`)) return false
  if (metric !== undefined && canonicalMetric(metric) !== canonicalMetric(of)) return false
  return slice === undefined || slice === part
}

/** Beyond the limit, or nobody knows. */
function exceeds({ limit }: Waiver, measure: Measure | undefined): boolean {
  if (limit === undefined) return false
  if (measure === undefined || !Number.isFinite(measure.value)) return true
  return measure.worse === 'higher' ? measure.value > limit : measure.value < limit
}
