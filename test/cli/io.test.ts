import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ModelgateError } from '../../src/base/error.ts'
import { printError } from '../../src/cli/io.ts'
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

test('an error shows names of strangers without what a terminal obeys, as text and as JSON', () => {
  const [out, err]: [string[], string[]] = [[], []]
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string | Buffer) => void err.push(text.toString()),
    colour: { out: false, err: false },
    interactive: false,
  }
  const odd = 'a\u009b\u202e\u2028b'
  printError(io, new ModelgateError({ code: 'x/y', message: odd, help: odd, place: { file: odd } }), true, 2)
  expect(err.join('')).toBe('ab: ab [x/y]\n  ab\n')
  expect(out.join('')).not.toMatch(/[\u007f-\u009f\u2028\u202e]/)
  expect(JSON.parse(out.join(''))).toMatchObject({ exitCode: 2, error: { message: odd, help: odd } })
})

test('every command prints JSON by the one function that escapes it', () => {
  const folder = join(import.meta.dirname, '../../src/cli')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  expect(files.length).toBeGreaterThan(20)
  const own = files.filter((name) => readFileSync(join(folder, name), 'utf8').includes('JSON.stringify'))
  expect(own).toEqual([])
})
