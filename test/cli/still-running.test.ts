import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { stillRunning } from '../../src/cli/still-running.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a step says nothing while it is short, then from time to time how far it is', () => {
  const lines: string[] = []
  const running = stillRunning({ err: (text) => void lines.push(String(text)) }, 'scan')
  vi.advanceTimersByTime(9_999)
  expect(lines).toEqual([])
  vi.advanceTimersByTime(1)
  running.at(() => '12 of 100,000 files')
  vi.advanceTimersByTime(10_000)
  running.end()
  vi.advanceTimersByTime(60_000)
  expect(lines).toEqual(['… scan still runs, 10.0 s\n', '… scan still runs, 20.0 s: 12 of 100,000 files\n'])
})
