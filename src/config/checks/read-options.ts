import { z } from 'zod'

/** How a data file is to be read: what it does not say itself. */
export const dataFormats = ['csv', 'tsv', 'jsonl', 'parquet'] as const

const oneCharacter = z
  .string()
  .refine(
    (text) => /^[\x20-\x7e\t]$/.test(text),
    'must be one character, such as "," or ";", or "\\t" in double quotes for a tab',
  )

export const readOptions = z
  .strictObject({
    format: z.enum(dataFormats).optional().describe('Told by the name and the first bytes of the file without it.'),
    delimiter: oneCharacter.optional().describe('Between the cells of CSV. Told by the header line without it.'),
    quote: oneCharacter.default('"').describe('Around cells of CSV that hold delimiters or line breaks.'),
    header: z
      .boolean()
      .default(true)
      .describe('Whether the first line of CSV names the columns. Without one they are called c1, c2, and so on.'),
    missing: z
      .array(z.string().max(64))
      .max(64)
      .default([''])
      .describe('What stands in CSV for a missing value. An empty cell is one unless this says otherwise.'),
  })
  .describe('How the file is read.')

export type ReadOptions = z.infer<typeof readOptions>

/** The types that a checks file can ask for. */
export const declaredTypes = ['integer', 'decimal', 'number', 'boolean', 'date', 'timestamp', 'string'] as const
export type DeclaredType = (typeof declaredTypes)[number]
