import { expect, test } from 'vitest'
import { newestIds, readNewest } from './reading.ts'

// With 100,000 runs the same stands in bench/history.
test('the newest 100 of 5,000 runs take few requests and bytes', async () => {
  const { ids, requests, bytes } = await readNewest(5000, 100, 12)
  expect(ids).toEqual(newestIds(5000, 12))
  expect(requests).toBeLessThan(6)
  expect(bytes).toBeLessThan(100_000)
})
