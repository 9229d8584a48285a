import { expect, it } from 'vitest'
import { bestRun } from '../../src/history/select-runs.ts'
import { summariseEntry } from '../../src/history/summary.ts'
import { entryOf } from './entries.ts'

it('says how many more metrics there are than it names', () => {
  const values = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, at]))
  const helpWith = (count: number): string => {
    try {
      bestRun([summariseEntry(entryOf(1, { computed: values(count), record: { metrics: [] } }))], 'none')
      return ''
    } catch (error) {
      return (error as { help: string }).help
    }
  }
  expect(helpWith(12)).toMatch(/^There are m0, .*, m9 and 2 more, which `history list --csv` has\.$/)
  expect(helpWith(10)).toMatch(/, m8, m9\.$/)
})
