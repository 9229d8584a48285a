import { z } from 'zod'
import { metricName } from './values.ts'

/** Exceptions from the gate, each with a reason, somebody who answers for it, and an end. */

const datePattern = /^\d{4}-\d{2}-\d{2}$/

/** A day of the calendar that there is. */
function isDay(text: string): boolean {
  if (!datePattern.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

const sentence = z.string().min(1, 'must not be empty').max(500)

export const waiver = z
  .strictObject({
    rule: z
      .string()
      .min(1, 'must not be empty')
      .max(500)
      .describe('Id of a rule, or the beginning of one up to a dot: `model.parity.recall.sex`, `model.parity`.'),
    slice: z
      .string()
      .min(1, 'must not be empty')
      .max(2000)
      .optional()
      .describe('Only this slice, group or other part of the rule, as the report names it: `sex=Female`.'),
    metric: metricName.optional().describe('Only the rule about this metric.'),
    reason: sentence.describe('Why, for whoever reads the report.'),
    by: sentence.describe('Who answers for it.'),
    until: z.string().refine(isDay, 'must be a day such as 2026-12-31').describe('Last day on which it holds, in UTC.'),
    limit: z.number().optional().describe('How bad it may get: beyond this value the rule counts again.'),
  })
  .describe('An exception: what the rule finds is shown, but does not stop a change.')

export type Waiver = z.infer<typeof waiver>
