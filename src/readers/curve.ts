import type { MetricPoint } from './reading.ts'

/**
 * Curves in the order in which they were written. A log that goes back to an earlier step was continued from there, or belongs to a training
 * that was started again: what was written before for this step and later ones no longer counts.
 */
export class Curves {
  readonly #points = new Map<string, MetricPoint[]>()
  #rewound = 0
  #count = 0

  add(name: string, step: number, value: number): void {
    const points = this.#points.get(name) ?? []
    if (points.length === 0) this.#points.set(name, points)
    let dropped = 0
    while ((points.at(-1)?.step ?? Number.NEGATIVE_INFINITY) >= step) {
      points.pop()
      dropped++
    }
    if (dropped > 0) this.#rewound++
    this.#count += 1 - dropped
    points.push({ step, value })
  }

  /** Names in the order in which they came up. */
  get names(): number {
    return this.#points.size
  }

  get points(): number {
    return this.#count
  }

  /** Each curve with its last value. */
  metrics(): { name: string; value: number; series: MetricPoint[] }[] {
    return [...this.#points].map(([name, series]) => ({ name, value: series.at(-1)?.value ?? Number.NaN, series }))
  }

  /** What to say about steps that came twice. */
  notes(unit: string): string[] {
    if (this.#rewound === 0) return []
    return [`Some ${unit}s were written more than once: what was written last counts.`]
  }
}

/** Points that a reading may hold in all its curves. */
export const mostPoints = 2_000_000
