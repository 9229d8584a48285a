import { columns, connect, typedSource } from './generate.ts'

/**
 * The floor of the task: DuckDB reads each file once, with its types given, and takes count, smallest and largest of each column.
 *
 *   node bench/data/peer-scan.ts REFERENCE CURRENT
 */
const wanted = Object.keys(columns).map((name) => `count(${name}), min(${name}), max(${name})`)
const connection = await connect()
for (const path of process.argv.slice(2)) {
  const found = await connection.runAndReadAll(`SELECT count(*), ${wanted.join(', ')} FROM ${typedSource(path)}`)
  console.log(JSON.stringify(found.getRowsJson()[0]))
}
