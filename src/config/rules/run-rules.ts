import { z } from 'zod'
import { duration } from '../checks/limit.ts'
import { metricName } from '../values.ts'

/** Rules about a run as a whole: its data, whether it can be repeated, who approves. */

export const data = z
  .enum(['pass', 'no-warnings'])
  .describe('The data checks of the run failed nowhere; with `no-warnings`, nor warned.')

export const drift = z
  .strictObject({
    method: z
      .enum(['ks', 'psi', 'js', 'wasserstein', 'tv'])
      .default('psi')
      .describe('Measure of the difference between two distributions.'),
    max: z
      .number()
      .gt(0, 'must be larger than 0')
      .describe('Largest difference that is accepted in any column, where it is significant.'),
  })
  .describe('No column of the checked data is further from its reference than this.')

const tolerance = z.number().gte(0, 'must be at least 0')

export const reproducible = z
  .strictObject({
    tolerance: z
      .union(
        [tolerance, z.record(metricName, tolerance)],
        'must be a number of at least 0, or one for each metric that is compared',
      )
      .default(0)
      .describe('How far a metric may be from its value in the run: one number for all, or one for each metric named.'),
    reruns: z.int().gte(1, 'must be at least 1').lte(100).default(1).describe('How often the run is repeated.'),
  })
  .superRefine((rule, context) => {
    if (typeof rule.tolerance === 'object' && Object.keys(rule.tolerance).length === 0)
      context.addIssue({ code: 'custom', message: 'must name at least one metric', path: ['tolerance'] })
  })
  .describe('The same pipeline on the same inputs gives the same numbers again.')

const people = z.array(z.string().min(1, 'must not be empty').max(200)).min(1).max(100)

export const approval = z
  .strictObject({
    teams: people.optional().describe('Teams of which anybody may approve.'),
    users: people.optional().describe('People who may approve.'),
    count: z.int().gte(1, 'must be at least 1').lte(100).default(1).describe('How many different people must approve.'),
    expires: duration.optional().describe('For how long an approval counts, such as `7d`.'),
  })
  .superRefine((rule, context) => {
    if (rule.teams === undefined && rule.users === undefined)
      context.addIssue({ code: 'custom', message: 'needs `teams` or `users`' })
  })
  .describe('Somebody other than the author approved this very commit.')
