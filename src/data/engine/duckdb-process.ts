import { fileURLToPath } from 'node:url'
import { serveDuckDb } from './duckdb-server.ts'

/** Entry of the process that holds the database: dist/engine/index.js of the bundle, and this file itself from source. */
export function main(): void {
  serveDuckDb()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
