import { ModelgateError } from '../../base/error.ts'

/** Where data are, as a checks file, modelgate.yaml or the command line says it: a path, or a table with the name of its connection. */
export type Located = {
  /** How messages call the data. */
  name: string
  path?: string | undefined
  table?: string | undefined
  connection?: string | undefined
}

/**
 * The one connection that all data of a check have; undefined where all of them are files. A check runs in one engine, and no rows are
 * carried from one to another. Throws `data/mixed-engines` for anything else.
 */
export function connectionOf(data: Iterable<Located>): string | undefined {
  const all = [...data]
  const tables = all.filter((each) => each.table !== undefined)
  const [table] = tables
  if (table === undefined) return undefined
  const lost = tables.find((each) => each.connection === undefined)
  if (lost !== undefined) {
    throw mixed(
      `The table ${lost.table} has no connection.`,
      'Name the environment variable that holds the URL of its database, with --connection or `connection`.',
    )
  }
  const file = all.find((each) => each.table === undefined)
  if (file !== undefined) {
    throw mixed(
      `${file.name} is a file, but ${table.name} is a table of ${table.connection}: the data of one check must be in one place.`,
      'Load the file into the database, or export the table. As reference of drift a profile of either can be used.',
    )
  }
  const other = tables.find((each) => each.connection !== table.connection)
  if (other !== undefined) {
    throw mixed(
      `${table.name} is in the database of ${table.connection}, but ${other.name} in that of ${other.connection}: the data of one check must be in one place.`,
      'Make both visible in one database, for instance as a foreign table.',
    )
  }
  return table.connection
}

function mixed(message: string, help: string): ModelgateError {
  return new ModelgateError({ code: 'data/mixed-engines', message, help })
}
