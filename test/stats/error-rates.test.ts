import { describe, expect, it } from 'vitest'
import { logGamma } from '../../src/stats/gamma.ts'
import { pairedDifferenceInterval } from '../../src/stats/proportion.ts'
import { seededRandom } from '../../src/stats/random.ts'

/** How often a gate built on the paired interval errs when the truth sits exactly on the line. */

const alpha = 0.05

/** Lower bounds for every outcome: [lost][won]. */
function lowerBounds(rows: number): number[][] {
  return Array.from({ length: rows + 1 }, (_, lost) =>
    Array.from({ length: rows - lost + 1 }, (_, won) => lowerBound(lost, won, rows)),
  )
}

function lowerBound(lost: number, won: number, rows: number): number {
  const cells = { bothRight: rows - lost - won, onlyBaseRight: lost, onlyNewRight: won, bothWrong: 0 }
  return pairedDifferenceInterval(cells, alpha).lower
}

/** Exact probability of L > -margin when the true difference is -margin and a share `differing` of rows differs. */
function exactRate(bounds: number[][], margin: number, differing: number): number {
  const rows = bounds.length - 1
  const term = (count: number, share: number) => (count === 0 ? 0 : count * Math.log(share) - logGamma(count + 1))
  let rate = 0
  for (const [lost, row] of bounds.entries()) {
    for (const [won, lower] of row.entries()) {
      if (!(lower > -margin)) continue
      const logProbability =
        term(lost, (differing + margin) / 2) +
        term(won, (differing - margin) / 2) +
        term(rows - lost - won, 1 - differing)
      rate += Math.exp(logGamma(rows + 1) + logProbability)
    }
  }
  return rate
}

/** The same by simulation: rows drawn one by one. */
function simulatedRate(rows: number, margin: number, differing: number, trials: number): number {
  const random = seededRandom(`${rows} ${margin} ${differing}`)
  let alarms = 0
  for (let trial = 0; trial < trials; trial++) {
    let lost = 0
    let won = 0
    for (let row = 0; row < rows; row++) {
      const draw = random.uniform()
      if (draw < (differing + margin) / 2) lost++
      else if (draw < differing) won++
    }
    if (lowerBound(lost, won, rows) > -margin) alarms++
  }
  return alarms / trials
}

const scenarios = [
  // A/A: equal quality, different errors. "L > 0" would be a false "superior".
  { rows: 50, margin: 0, differing: 0.2 },
  { rows: 300, margin: 0, differing: 0.1 },
  // The new model is worse by exactly the margin. "L > -margin" would be a false "non-inferior".
  { rows: 50, margin: 0.05, differing: 0.2 },
  { rows: 300, margin: 0.02, differing: 0.1 },
]

describe('error rates of the paired interval', () => {
  it.each(scenarios)('simulated: $rows rows, margin $margin', ({ rows, margin, differing }) => {
    const trials = 8000
    const monteCarloError = Math.sqrt((alpha * (1 - alpha)) / trials)
    const rate = simulatedRate(rows, margin, differing, trials)
    expect(rate).toBeLessThan(alpha + 3 * monteCarloError)
    // The same number by enumeration: two roads to it.
    expect(Math.abs(rate - exactRate(lowerBounds(rows), margin, differing))).toBeLessThan(4 * monteCarloError)
  })

  // All outcomes enumerated, no chance involved. A score interval keeps alpha on average, not everywhere: these are the
  // worst cases over the shares of differing rows below, so that nobody has to guess how far it strays.
  it.each([
    { rows: 20, margin: 0, worst: 0.0541 },
    { rows: 50, margin: 0, worst: 0.0526 },
    { rows: 300, margin: 0, worst: 0.0517 },
    { rows: 20, margin: 0.05, worst: 0.0554 },
    { rows: 50, margin: 0.02, worst: 0.0558 },
    { rows: 50, margin: 0.05, worst: 0.0523 },
    { rows: 300, margin: 0.005, worst: 0.0535 },
    // Worst where the new model wins no row at all: differing share = margin.
    { rows: 300, margin: 0.02, worst: 0.0603 },
    { rows: 300, margin: 0.05, worst: 0.0507 },
  ])('exact: $rows rows, margin $margin: at most $worst', ({ rows, margin, worst }) => {
    const bounds = lowerBounds(rows)
    const shares = [0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6]
    const rates = shares.filter((share) => share >= margin).map((share) => exactRate(bounds, margin, share))
    const highest = Math.max(...rates)
    expect(highest).toBeLessThanOrEqual(worst)
    expect(highest).toBeGreaterThan(worst - 0.002)
  })
})
