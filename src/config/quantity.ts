import { z } from 'zod'
import { parseBytes } from '../base/byte-size.ts'

/** A number with its unit. `scale` is what values are compared in: bytes, milliseconds, a currency, or nothing but a number. */
export type Quantity = { value: number; scale: 'number' | 'bytes' | 'milliseconds' | `money:${string}`; text: string }

const milliseconds: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
}

const bytes: Record<string, number> = {
  byte: 1,
  bytes: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

/**
 * `50`, `20MB`, `1.5 GiB`, `50ms`, `10 min`, `1.50 USD`. Undefined for anything else: a single `m` could be minutes, metres or millions, and
 * is not taken for any of them.
 */
export function parseQuantity(text: string): Quantity | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-z]{0,8})$/.exec(text.trim()) ?? []
  if (amount === '') return undefined
  if (unit === '') return { value: Number(amount), scale: 'number', text: amount }
  const shown = `${amount} ${unit}`
  if (/^(?:[KMGT]i?)?B$/i.test(unit)) {
    const value = parseBytes(text)
    return value === undefined ? undefined : { value, scale: 'bytes', text: shown }
  }
  const factor = Object.hasOwn(milliseconds, unit) ? milliseconds[unit] : undefined
  if (factor !== undefined) return { value: Number(amount) * factor, scale: 'milliseconds', text: shown }
  return /^[A-Z]{3}$/.test(unit) ? { value: Number(amount), scale: `money:${unit}`, text: shown } : undefined
}

/**
 * What a metric is measured in, and by what its values are multiplied to get there: by the unit that the project gives it, else by the ending
 * of its name (`latency.p95_ms`, `run.duration-ms`, `model.bytes`). Undefined when neither says.
 */
export function scaleOf(
  metric: string,
  unit: string | undefined,
): (Pick<Quantity, 'scale'> & { factor: number }) | undefined {
  const word = unit ?? /[._-]([A-Za-z]+)$/.exec(metric)?.[1]
  if (word === undefined) return undefined
  if (unit !== undefined && /^[A-Z]{3}$/.test(unit)) return { scale: `money:${unit}`, factor: 1 }
  const plain = word.toLowerCase()
  if (plain === 'b' || Object.hasOwn(bytes, plain)) return { scale: 'bytes', factor: bytes[plain] ?? 1 }
  return Object.hasOwn(milliseconds, plain)
    ? { scale: 'milliseconds', factor: milliseconds[plain] ?? Number.NaN }
    : undefined
}

/** The limit of a budget. */
export const quantity = z
  .union(
    [
      z.number().gte(0),
      z
        .string()
        .max(40)
        .refine(
          (text) => parseQuantity(text) !== undefined,
          'must be a number, or one with a unit such as 20MB or 50ms',
        ),
    ],
    'must be a number of at least 0, or one with a unit such as 20MB, 50ms, 10min or 1.50 USD',
  )
  .transform((value): Quantity => {
    const parsed = typeof value === 'string' ? parseQuantity(value) : undefined
    return parsed ?? { value: Number(value), scale: 'number', text: String(value) }
  })

/** How much worse a value may be: by so much, or by a share of what it was. */
export type Drop = { kind: 'absolute'; most: number } | { kind: 'relative'; most: number; text: string }

const percentPattern = /^(\d{1,3}(?:\.\d{1,9})?) ?%$/

export const drop = z
  .union(
    [z.number().gte(0), z.string().refine((text) => percentPattern.test(text), 'must be a share such as 2%')],
    'must be a number of at least 0 such as 0.01, or a share of the baseline such as 2%',
  )
  .transform(
    (value): Drop =>
      typeof value === 'number'
        ? { kind: 'absolute', most: value }
        : { kind: 'relative', most: Number.parseFloat(value) / 100, text: value.replace(/ ?%/, ' %') },
  )
