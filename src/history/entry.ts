import { z } from 'zod'
import { digestPattern } from '../base/digest.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { readForeignJson } from '../record/foreign-record.ts'
import { runRecordSchema } from '../record/run-record.ts'

/** What the history keeps of a run. Anybody who may push can write one: nothing in it is believed without a look. */

const digest = z
  .templateLiteral(['sha256:', z.string()])
  .refine((text) => digestPattern.test(text), 'is no SHA-256 digest')
const line = z.string().max(500)
const name = z.string().min(1).max(200)

/** Where record and predictions of the run lie, which are too large for refs. */
const evidence = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('artifact'),
    repository: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/),
    run: z.int().positive(),
    /** Of the artifact in that run, with its number where it is known. */
    name,
    id: z.int().positive().optional(),
  }),
  /** Relative to the top of the repository: it means something on the machine that made the run. */
  z.object({ kind: z.literal('folder'), path: z.string().min(1).max(1000) }),
])

const verdict = z.object({
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'incomparable']),
  outcome: z.enum(['passed', 'blocked']),
  reason: line,
  failedRules: z.array(name).max(200),
  /** Digest of the policy that judged. */
  policy: z.string().max(100),
  /** The run that it was compared with. */
  comparedWith: z.object({ run: name, commit: name.optional() }).nullable(),
})

/** Whether the run may be a baseline, and by which event it was made: see `standingOf`. */
const standing = z.object({
  baseline: z.boolean(),
  event: z.string().max(100),
  ref: z.string().max(300).optional(),
  why: line,
})

export const historyEntrySchema = z.object({
  schema: z.literal('modelgate/history@1'),
  record: runRecordSchema,
  /** Digest of run.json as the run wrote it: `record` may be shorter. */
  recordDigest: digest,
  /** What `record` lost so that the entry fits, in words. */
  dropped: z.array(line).max(50),
  /** Values that modelgate computed from the predictions. */
  computed: z.record(z.string().max(200), z.number()),
  verdict: verdict.nullable(),
  standing,
  /** The job that made it; null outside of GitHub Actions. */
  job: z
    .object({
      run: z.int().positive(),
      attempt: z.int().positive(),
      job: z.string().max(256),
      workflow: z.string().max(256),
    })
    .nullable(),
  evidence: evidence.nullable(),
})

export type HistoryEntry = z.infer<typeof historyEntrySchema>
export type HistoryVerdict = z.infer<typeof verdict>
export type Standing = z.infer<typeof standing>
export type EvidencePlace = z.infer<typeof evidence>

/** Bytes of an entry. */
export const mostEntryBytes = 32 * 1024

/** The line that an entry is kept as. */
export function entryLine(entry: HistoryEntry): string {
  return `${JSON.stringify(historyEntrySchema.parse(entry))}\n`
}

/** Reads one, or says what is wrong with it. */
export function readEntry(text: string): { entry: HistoryEntry } | { problem: string } {
  return readLine(text, mostEntryBytes, historyEntrySchema)
}

/** Reads a line that anybody may have written. */
export function readLine<Schema extends z.ZodType>(
  text: string,
  mostBytes: number,
  schema: Schema,
): { entry: z.infer<Schema> } | { problem: string } {
  if (Buffer.byteLength(text) > mostBytes + 1) return { problem: `is larger than ${mostBytes / 1024} KiB` }
  const read = readForeignJson(text)
  if ('problem' in read) return read
  const parsed = schema.safeParse(read.value)
  if (parsed.success) return { entry: parsed.data }
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  return { problem: truncate(oneLine(`is damaged at ${where === '' ? 'its top' : where}: ${issue?.message}`), 200) }
}
