import { z } from 'zod'
import { columnNames } from './modifiers.ts'
import { readOverrides } from './read-options.ts'

/** Of PostgreSQL: a file names the variable and never the URL, which holds a password. */
export const connectionName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,199}$/,
    'must be the name of an environment variable that holds the URL, such as DATABASE_URL; the URL itself is a secret and stands in no file',
  )

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
    table: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('Instead of a path: table or view of PostgreSQL, as `schema.table`. Needs `connection`.'),
    connection: connectionName
      .optional()
      .describe('Name of the environment variable that holds the URL of the database, such as `DATABASE_URL`.'),
    key: columnNames
      .optional()
      .describe('Columns that name a row of the table in samples. Its primary key without it.'),
    ...readOverrides,
  })
  .superRefine((value, context) => {
    const fault = dataSetFault(value)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
  })
  .describe('Other data that checks refer to by name.')

/** A data set is a path, with what says how to read it, or a table with its connection. */
function dataSetFault({ path, table, connection, key, ...read }: Record<string, unknown>): string | undefined {
  if ((path === undefined) === (table === undefined)) return 'needs `path` or `table`, and not both'
  if (table !== undefined && connection === undefined) {
    return 'needs `connection` beside `table`: the name of the environment variable that holds the URL'
  }
  if (table === undefined) {
    return connection === undefined && key === undefined
      ? undefined
      : 'has `connection` or `key`, which belong to `table`'
  }
  const [said] = Object.keys(read).filter((name) => read[name] !== undefined)
  return said === undefined ? undefined : `has \`${said}\`, which says how a file is read, but names a table`
}

export type DataSet = z.infer<typeof dataSet>
