import { z } from 'zod'
import { dataReportSchema, dataVerdict } from './data-report.ts'

export const dataResultName = 'data-result.json'

/** What `modelgate data check --json` prints and the validate-data action keeps: all data sets that were checked, outside of a run. */
export const dataResultSchema = z.object({
  schema: z.literal('modelgate/data-result@1'),
  /** 0, or 10 when a data set failed. */
  exitCode: z.int(),
  /** The worst of all data sets. */
  verdict: dataVerdict,
  /** The verdict in one sentence. */
  reason: z.string(),
  data: z.array(
    z.object({
      /** The stage of modelgate.yaml that asked for it; absent for data that were named by path. */
      stage: z.string().optional(),
      report: dataReportSchema,
    }),
  ),
})

export type DataResult = z.infer<typeof dataResultSchema>
