import { isObject } from './json.ts'

/** Where two values of JSON differ first. A value that is not there is undefined. */
export type Difference = { path: readonly (string | number)[]; one: unknown; other: unknown }

/** Sums in another order may differ in the last digits. */
const tolerance = 1e-9

/** The first difference in the order of the keys of `one`; numbers that differ by rounding are equal. */
export function firstDifference(
  one: unknown,
  other: unknown,
  path: readonly (string | number)[] = [],
): Difference | undefined {
  if (typeof one === 'number' && typeof other === 'number') {
    return Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one), Math.abs(other))
      ? undefined
      : { path, one, other }
  }
  const isList = Array.isArray(one) && Array.isArray(other)
  if (isList && one.length !== other.length) return { path: [...path, 'length'], one: one.length, other: other.length }
  if (!isList && !(isObject(one) && isObject(other))) return one === other ? undefined : { path, one, other }
  const [before, after] = [one as Record<string, unknown>, other as Record<string, unknown>]
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const step = isList ? Number(key) : key
    const found = firstDifference(before[key], after[key], [...path, step])
    if (found !== undefined) return found
  }
  return undefined
}
