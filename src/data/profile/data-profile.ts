import { z } from 'zod'
import { type Digest, digestOfJson } from '../../base/digest.ts'
import { ModelgateError } from '../../base/error.ts'
import { escapeJson } from '../../base/escape.ts'
import type { Json } from '../../base/json.ts'
import { columnKinds } from '../relation.ts'

/**
 * What is left of a data set when the rows are gone: enough to show it, and to measure drift against it. It says nothing of files, times or
 * formats, so that the same data give the same profile, byte for byte.
 */

const count = z.int().nonnegative()
const text = z.string().max(2000)
/** Numbers that a double would round are text. */
const figure = z.union([z.number(), text])

const valueCount = z.object({ value: text, count })

const histogram = z.object({
  /** Bin i holds the values that i edges are at or below; times count in seconds since 1970. */
  edges: z.array(z.number()).max(1100),
  counts: z.array(count).max(1101),
  /** Edges `from` to `to` are multiples of 2^-exponent. */
  grid: z.object({ exponent: z.int(), from: count, to: count }).nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
})

const profileColumn = z.object({
  name: text,
  kind: z.enum(columnKinds),
  /** Nothing but counts is kept of a sensitive column: no value, no edge of a bin, no category. */
  sensitive: z.boolean(),
  nulls: count,
  /** Texts that are not of the kind of the column. */
  invalid: count,
  notFinite: count,
  /** Different values, counted exactly; null for nested and binary values. */
  distinct: count.nullable(),
  /** Values that are there in the sampled rows, and different ones among them. */
  sampled: z.object({ values: count, distinct: count }),
  min: figure.nullable(),
  max: figure.nullable(),
  mean: z.number().nullable(),
  stdev: z.number().nullable(),
  quantiles: z.array(z.object({ q: z.number(), value: figure })),
  /** Characters of texts. */
  lengths: z.object({ min: count, max: count, mean: z.number() }).nullable(),
  frequent: z.array(valueCount),
  histogram: histogram.nullable(),
  categories: z.object({ values: z.array(valueCount), distinct: count, otherRows: count, rareRows: count }).nullable(),
})

export const dataProfileSchema = z.object({
  schema: z.literal('modelgate/profile@1'),
  rows: count,
  columns: z.array(profileColumn),
})

export type DataProfile = z.infer<typeof dataProfileSchema>
export type ProfileColumn = z.infer<typeof profileColumn>
export type ProfileHistogram = z.infer<typeof histogram>

/** One digest for equal profiles, whatever their layout. */
export function profileDigest(profile: DataProfile): Digest {
  return digestOfJson(profile as unknown as Json)
}

/** One line for each column: small, and a change of one column shows as one line. */
export function profileJson({ columns, ...head }: DataProfile): string {
  const frame = JSON.stringify(head).slice(0, -1)
  const lines = columns.map((column) => JSON.stringify(column))
  return escapeJson(`${frame},"columns":[${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n`}]}\n`)
}

/** True for text that claims to be a profile: a reference may be either data or a profile. */
export function looksLikeProfile(text: string): boolean {
  return /^\s*\{\s*"schema"\s*:\s*"modelgate\/profile@/.test(text.slice(0, 200))
}

/** Reads what `profileJson` wrote. Throws `data/profile` for anything else. */
export function parseProfile(json: string, file: string): DataProfile {
  const refuse = (why: string, cause?: unknown): ModelgateError =>
    new ModelgateError({
      code: 'data/profile',
      message: `This is no profile that this version of modelgate can read: ${why}.`,
      place: { file },
      help: 'Write it again with `modelgate data profile FILE`.',
      cause,
    })
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw refuse('it is not JSON', error)
  }
  const parsed = dataProfileSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refuse(`${issue?.path.join('.') || 'the file'}: ${issue?.message}`)
  }
  const broken = parsed.data.columns.find(({ histogram }) => histogram !== null && !isSound(histogram))
  if (broken !== undefined) throw refuse(`the histogram of ${JSON.stringify(broken.name)} does not add up`)
  const { rows, columns } = parsed.data
  const over = columns.find((column) => rowsOf(column) > rows)
  if (over !== undefined) throw refuse(`${JSON.stringify(over.name)} has more values than the ${rows} rows`)
  const names = new Set<string>()
  const twice = columns.find(({ name }) => names.size === names.add(name).size)
  if (twice !== undefined) throw refuse(`it has the column ${JSON.stringify(twice.name)} twice`)
  return parsed.data
}

/** Rows that a column speaks of: as many as there are, or fewer in a profile that somebody wrote by hand. */
function rowsOf({ nulls, invalid, notFinite, histogram, categories }: ProfileColumn): number {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
  const binned = histogram === null ? 0 : sum(histogram.counts)
  const counted = categories === null ? 0 : sum(categories.values.map(({ count }) => count)) + categories.otherRows
  return nulls + invalid + notFinite + Math.max(binned, counted)
}

function isSound({ edges, counts, grid }: ProfileHistogram): boolean {
  if (counts.length !== edges.length + 1) return false
  if (edges.some((edge, index) => index > 0 && edge <= (edges[index - 1] as number))) return false
  if (grid === null) return true
  const cells = edges.slice(grid.from, grid.to + 1).map((edge) => edge * 2 ** grid.exponent)
  return grid.from < grid.to && grid.to < edges.length && cells.every(Number.isSafeInteger)
}
