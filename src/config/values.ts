import { z } from 'zod'

/** Kinds of values that occur in several places of modelgate.yaml. */

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const nameHint = 'letters, digits, ".", "_" and "-", at most 64 characters, beginning with a letter or digit'

export const name = z.string().regex(namePattern, `must be a name: ${nameHint}`)

/** Stays inside the project, whatever the operating system. */
export function isInsidePath(text: string): boolean {
  return !text.includes('\0') && !/^([/\\]|[A-Za-z]:)/.test(text) && !text.split(/[/\\]/).includes('..')
}

export const path = z
  .string()
  .min(1, 'must not be empty')
  .max(1024)
  .refine(isInsidePath, { error: 'must be a path inside the project: relative, without ".."' })

export const metricName = z.string().min(1).max(200)

/** One-sided error of a decision. */
export const alpha = z
  .number()
  .gte(0.001, 'must lie between 0.001 and 0.4')
  .lte(0.4, 'must lie between 0.001 and 0.4')
  .default(0.05)

/** One-sided confidence of a bound. */
export const confidence = z
  .number()
  .gte(0.501, 'must lie between 0.501 and 0.999, such as 0.95')
  .lte(0.999, 'must lie between 0.501 and 0.999, such as 0.95')
  .optional()
