/** Holm's correction where a test is known only by its verdicts at given errors, not by a p-value: intervals at several alphas. */

/** Above this many tests not every level is asked for: levels in between are rounded down, to the safe side. */
const everyLevelUpTo = 64

/**
 * The errors at which Holm's procedure on so many tests may ask: alpha / j for j from 1 to `tests`, with gaps above 64. `alpha` comes first.
 * Empty without tests.
 */
export function holmLevels(alpha: number, tests: number): number[] {
  const divisors: number[] = []
  for (let divisor = 1; divisor < tests; divisor = divisor < everyLevelUpTo ? divisor + 1 : Math.ceil(divisor * 1.2))
    divisors.push(divisor)
  if (tests >= 1) divisors.push(tests)
  return divisors.map((divisor) => alpha / divisor)
}

/**
 * Which of so many tests reject, so that the probability of even one false rejection stays below alpha: those that reject at alpha / m,
 * where m is the number of tests that have not rejected yet, until none is added. `rejects` must not say no at an error at which it said
 * yes for a smaller one. Equal to comparing Holm's adjusted p-values with alpha.
 *
 * Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
 */
export function stepDown(tests: number, alpha: number, rejects: (test: number, alpha: number) => boolean): Set<number> {
  const rejected = new Set<number>()
  for (;;) {
    const level = alpha / (tests - rejected.size)
    const found = Array.from({ length: tests }, (_none, test) => test).filter(
      (test) => !rejected.has(test) && rejects(test, level),
    )
    if (found.length === 0) return rejected
    for (const test of found) rejected.add(test)
    if (rejected.size === tests) return rejected
  }
}
