import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { pathWithModelgate } from '../e2e/sources.ts'
import { temporaryFolder } from '../record/temporary-repository.ts'

test.each([
  ['modelgate --help', 0, ''],
  ['modelgate scan none', 2, 'none: There is no such file or folder. [scan/not-found]'],
  ['modelgate scan none --json 2>&4', 2, ''],
])('%s, to a reader that is gone, ends as always', (command, code, said) => {
  // The reader ends before the command begins.
  const script = `exec 4> >(true); wait $!; ${command} >&4`
  const env = { PATH: pathWithModelgate(), HOME: temporaryFolder() }
  const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', env })
  expect([status, stderr.split('\n')[0]]).toEqual([code, expect.stringContaining(said)])
  expect(stderr).not.toContain('EPIPE')
})
