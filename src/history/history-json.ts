import { z } from 'zod'
import { historyEntrySchema } from './entry.ts'
import { summarySchema } from './summary.ts'

/** What `modelgate history` prints with `--json`. */

const unreadable = z.array(z.object({ place: z.string(), problem: z.string() }))

export const historyListSchema = z.object({
  schema: z.literal('modelgate/history-list@1'),
  history: z.string(),
  /** Newest first. `ahead`: says that it finished more than a day ahead of now; those come last, and count for nothing. */
  runs: z.array(summarySchema.extend({ ahead: z.boolean().optional() })),
  /** Runs in the history, those that are not listed as well; those that wait in the inbox are among them. */
  total: z.int(),
  unreadable,
})

export const historyBestSchema = z.object({
  schema: z.literal('modelgate/history-best@1'),
  history: z.string(),
  metric: z.string(),
  value: z.number(),
  /** Runs on the same evaluation set. */
  among: z.int(),
  run: summarySchema,
})

export const historyTrendSchema = z.object({
  schema: z.literal('modelgate/history-trend@1'),
  history: z.string(),
  metric: z.string(),
  /** Oldest first. */
  points: z.array(
    z.object({
      id: z.string(),
      commit: z.string().optional(),
      finishedAt: z.string(),
      value: z.number(),
      evaluationSet: z.string().optional(),
    }),
  ),
})

export const historyCompactSchema = z.object({
  schema: z.literal('modelgate/history-compact@1'),
  history: z.string(),
  outcome: z.enum(['nothing', 'lost', 'done']),
  added: z.int(),
  replayed: z.int(),
  unreadable,
})

/** `history show` prints the entry itself. */
export const historyShowSchema = historyEntrySchema

export type HistoryList = z.infer<typeof historyListSchema>
export type HistoryBest = z.infer<typeof historyBestSchema>
export type HistoryTrend = z.infer<typeof historyTrendSchema>
export type HistoryCompact = z.infer<typeof historyCompactSchema>
