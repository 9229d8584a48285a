import { z } from 'zod'
import { parseBytes } from '../base/byte-size.ts'
import { duration } from './checks/limit.ts'
import { checksSchema } from './checks/schema.ts'

/** The engine needs some memory whatever the data. */
const leastMemory = 64 * 1024 * 1024

/** Bytes, written as `4GB`. */
export const memoryLimit = z
  .string()
  .max(32)
  .refine((text) => (parseBytes(text) ?? 0) >= leastMemory, 'must be a size of at least 64MB, such as 4GB')
  .transform((text) => parseBytes(text) ?? leastMemory)

/** Milliseconds, written as `10m`. */
export const timeLimit = duration
  .refine((seconds) => seconds > 0, 'must be a time such as 90s or 10m')
  .transform((seconds) => seconds * 1000)

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
      'memory-limit': memoryLimit
        .optional()
        .describe('Most memory of the data engine, such as `4GB`; the rest goes to disk.'),
      'time-limit': timeLimit.optional().describe('Time for all checks together, such as `10m`.'),
    })
    .describe('What the data stage checks.')
}
