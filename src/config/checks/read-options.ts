import { z } from 'zod'
import { dataFormats } from './data-formats.ts'

/** How a data file is to be read: what it does not say itself. */

const oneCharacter = z
  .string()
  .refine(
    (text) => /^[\x20-\x7e\t]$/.test(text),
    'must be one character, such as "," or ";", or "\\t" in double quotes for a tab',
  )

const format = z.enum(dataFormats).optional().describe('Told by the name and the first bytes of the file without it.')
const delimiter = oneCharacter.optional().describe('Between the cells of CSV. Told by the header line without it.')
const quote = oneCharacter.describe('Around cells of CSV that hold delimiters or line breaks.')
const header = z
  .boolean()
  .describe('Whether the first line of CSV names the columns. Without one they are called c1, c2, and so on.')
const missing = z
  .array(z.string().max(64))
  .max(64)
  .describe('What stands in CSV for a missing value. An empty cell is one unless this says otherwise.')

export const readOptions = z
  .strictObject({
    format,
    delimiter,
    quote: quote.default('"'),
    header: header.default(true),
    missing: missing.default(['']),
  })
  .describe('How the file is read.')

/** The same where they are added to others: what is not said here is as the others say. */
export const readOverrides = {
  format,
  delimiter,
  quote: quote.optional(),
  header: header.optional(),
  missing: missing.optional(),
}

export type ReadOptions = z.infer<typeof readOptions>

/** The types that a checks file can ask for. */
export const declaredTypes = ['integer', 'decimal', 'number', 'boolean', 'date', 'timestamp', 'string'] as const
export type DeclaredType = (typeof declaredTypes)[number]
