import { describe, expect, test } from 'vitest'
import { contend } from './contend.ts'

const idsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `run-${String(at).padStart(6, '0')}`)

// The same with 32 writers, and with 0 and 150 ms for each request, stands in bench/history.
describe('many jobs that record a run at once', () => {
  test('store each once, with few pushes, also when some are killed and some write again', async () => {
    const result = await contend({ writers: 10, latency: 20, killed: 2, replayed: 2 })
    expect(result.found).toEqual(idsOf(10))
    // Two that were killed may have pushed before that.
    expect(result.pushes).toBeLessThanOrEqual(13 + 2)
  })

  test('store each once when all compact at the same time', async () => {
    const result = await contend({ writers: 5, latency: 0, allCompact: true })
    expect(result.found).toEqual(idsOf(5))
    expect(result.compactions).toBeGreaterThan(0)
  })
})
