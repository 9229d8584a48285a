/**
 * A process that records one run, as a job does: `node writer.ts <address> <number> <random> [compact]`. With `compact` it compacts in any case.
 * What the test wants to know it prints as JSON.
 */
import { compactSometimes, compactState } from '../../src/history/compact.ts'
import { Ledger } from '../../src/history/ledger.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { entryOf } from './entries.ts'

const [address = '', number = '', random = '', compact] = process.argv.slice(2)
const store = await openStateStore({
  workingDirectory: '.',
  remote: address,
  token: 'job',
  signal: new AbortController().signal,
})
const ledger = new Ledger(store)
const entry = entryOf(Number(number))
const now = new Date(Date.parse(entry.record.finishedAt) + 60_000)
await ledger.add(entry)
const result =
  compact === 'compact'
    ? await compactState(ledger, await ledger.read(), now)
    : await compactSometimes(ledger, now, () => Number(random))
await store.close()
process.stdout.write(`${JSON.stringify(result)}\n`)
