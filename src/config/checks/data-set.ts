import { z } from 'zod'
import { columnNames } from './modifiers.ts'
import { readOptions } from './read-options.ts'

/** A name of an environment variable, and nothing that could be a secret itself. */
export const connectionName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,99}$/,
    'must be the name of an environment variable that holds the URL, such as DATABASE_URL: the URL itself is a secret and stands in no file',
  )

export const tableName = z.string().min(1, 'must not be empty').max(300)

/** Data in files, or in a table of PostgreSQL. */
export const dataSet = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe(
        'File, folder or pattern, relative to modelgate.yaml, or to the working directory where there is none.',
      ),
    table: tableName.optional().describe('Instead of a path: table or view of PostgreSQL, such as `public.train`.'),
    connection: connectionName.optional().describe('Name of the environment variable with the URL of the database.'),
    key: columnNames.optional().describe('Columns of a table that name a row in samples. Its primary key without it.'),
    ...readOptions.partial().shape,
  })
  .superRefine((value, context) => {
    if ((value.path === undefined) === (value.table === undefined)) {
      context.addIssue({ code: 'custom', message: 'must have either `path` or `table`' })
    } else if ((value.table === undefined) !== (value.connection === undefined)) {
      context.addIssue({ code: 'custom', message: '`table` and `connection` go together' })
    }
  })
  .describe('Other data that checks refer to by name.')

export type DataSet = z.infer<typeof dataSet>
