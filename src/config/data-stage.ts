import { z } from 'zod'
import { checksSchema } from './checks/schema.ts'

/** What a stage with `uses: validate-data` is given under `with`. */
export function dataStageSchema<Path extends z.ZodType<string>>(path: Path) {
  const name = z.string().min(1, 'must not be empty').max(1024)
  return z
    .strictObject({
      dataset: name.describe('Name of a data set under `data`, or a path.'),
      checks: z
        .union([path, checksSchema], 'must be the path of a checks file, or the checks themselves')
        .describe('Path of a checks file, or the checks themselves: see docs/data.md.'),
      reference: name
        .optional()
        .describe('Data set, path or profile that row counts, drift and the like are compared with.'),
      environment: name.optional().describe('Only checks that are meant for this environment, such as `training`.'),
      'on-fail': z
        .enum(['stop', 'continue'])
        .default('stop')
        .describe('Whether the stages that need this one still run when a check failed. The gate blocks either way.'),
      'memory-limit': z
        .string()
        .max(32)
        .optional()
        .describe('Most memory of the data engine, such as `4GB`; the rest goes to disk.'),
      'time-limit': z.string().max(32).optional().describe('Time for all checks together, such as `10m`.'),
    })
    .describe('What the data stage checks.')
}
