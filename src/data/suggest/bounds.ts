import type { ProfileColumn } from '../profile/data-profile.ts'

/** Bounds with room around what was seen: tomorrow's data reach a little further, a wrong unit or a code such as -999 much further. */
export type Bounds = { min?: number; max?: number }

/**
 * A tenth of the range on either side, or as far again as the outermost hundredth reaches, where that is more: data with a long tail will
 * exceed their largest value sooner. Amounts that were never negative stay so, and shares stay within 0 and 1.
 */
export function suggestBounds({ min, max, quantiles, kind }: ProfileColumn): Bounds {
  const [low, high] = [toNumber(min), toNumber(max)]
  if (low === undefined || high === undefined || low === high) return {}
  const at = (q: number): number | undefined => toNumber(quantiles.find((each) => each.q === q)?.value ?? null)
  const isWhole = kind === 'integer'
  const range = high - low
  const below = Math.max(range / 10, (at(0.01) ?? low) - low)
  const above = Math.max(range / 10, high - (at(0.99) ?? high))
  const isShare = !isWhole && low >= 0 && high <= 1 && high > 0.5
  const lower =
    low >= 0 ? Math.max(0, roundOut(low - below, below, Math.floor)) : roundOut(low - below, below, Math.floor)
  const upper = isShare
    ? 1
    : high <= 0
      ? Math.min(0, roundOut(high + above, above, Math.ceil))
      : roundOut(high + above, above, Math.ceil)
  const whole = (value: number, round: (value: number) => number): number => (isWhole ? round(value) : value)
  const bounds = { min: whole(Math.min(low, lower), Math.floor), max: whole(Math.max(high, upper), Math.ceil) }
  return Number.isFinite(bounds.min) && Number.isFinite(bounds.max) ? bounds : {}
}

/** To the first digit of the room, away from the data: 118.37 becomes 120. */
function roundOut(value: number, room: number, round: (value: number) => number): number {
  const unit = 10 ** Math.floor(Math.log10(room))
  return Number((round(value / unit) * unit).toPrecision(12))
}

/** Undefined for what a double would round: a bound must not be wrong by a digit. */
function toNumber(figure: ProfileColumn['min']): number | undefined {
  if (figure === null) return undefined
  const value = Number(figure)
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined
}

/** The most missing values: half as many again as were seen, and three standard errors of so many rows. As a share in percent. */
export function suggestNullShare(nulls: number, rows: number): number {
  const share = nulls / rows
  const error = Math.sqrt((share * (1 - share)) / rows)
  return percentAbove(Math.max(share * 1.5, share + 3 * error))
}

/** Percent of a share, rounded up to two digits. */
export function percentAbove(share: number): number {
  const percent = Math.min(100, share * 100)
  if (percent <= 0) return 0
  const unit = 10 ** (Math.floor(Math.log10(percent)) - 1)
  return Math.min(100, Number((Math.ceil(percent / unit) * unit).toPrecision(6)))
}
