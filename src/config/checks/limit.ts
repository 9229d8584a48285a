import { z } from 'zod'

/** How many rows may fail: a count, or a share of the rows that the check looked at. */
export type Limit = { kind: 'count'; most: number } | { kind: 'share'; most: number; text: string }

const sharePattern = /^(\d{1,3}(?:\.\d{1,9})?) ?%$/

/** `5` or `0.1%`: the most that is still accepted. Zero means not one. */
export const limit = z
  .union(
    [
      z.int().nonnegative(),
      z
        .string()
        .refine((text) => sharePattern.test(text) && Number.parseFloat(text) <= 100, 'must be a share such as 0.1%'),
    ],
    'must be a count of rows such as 5, or a share such as 0.1%',
  )
  .transform(
    (value): Limit =>
      typeof value === 'number'
        ? { kind: 'count', most: value }
        : { kind: 'share', most: Number.parseFloat(value) / 100, text: value.replace(' ', '') },
  )

/** True when more rows failed than the limit accepts. A share of no rows is no failure. */
export function isBroken(limit: Limit, failing: number, tested: number): boolean {
  return limit.kind === 'count' ? failing > limit.most : tested > 0 && failing / tested > limit.most
}

/** `0 rows`, `0.1 % of the rows`. */
export function describeLimit(limit: Limit): string {
  if (limit.kind === 'share') return `${limit.text.replace('%', ' %')} of the rows`
  return limit.most === 1 ? '1 row' : `${limit.most} rows`
}

const share = z
  .union(
    [
      z.number().gte(0).lte(1),
      z
        .string()
        .refine((text) => sharePattern.test(text) && Number.parseFloat(text) <= 100, 'must be a share such as 95%'),
    ],
    'must be a share such as 95% or 0.95',
  )
  .transform((value) => (typeof value === 'number' ? value : Number.parseFloat(value) / 100))

/** A share as a number from 0 to 1; written as `95%` or `0.95`. */
export { share }

const durationPattern = /^(\d{1,9}(?:\.\d{1,6})?) ?(s|m|min|h|d|days?|hours?|minutes?|seconds?|weeks?|w)$/
const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** `26h`, `30 days`: seconds. */
export const duration = z
  .string()
  .refine((text) => durationPattern.test(text), 'must be a time such as 26h, 30m or 7d')
  .transform((text) => {
    const [, amount = '0', unit = 's'] = durationPattern.exec(text) ?? []
    return Number(amount) * (unitSeconds[unit.charAt(0)] ?? 1)
  })
