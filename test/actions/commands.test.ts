import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { outputOfError, outputOfJudgement } from '../../src/actions/check-output.ts'
import { logLine, reportError, setOutputs } from '../../src/actions/step.ts'
import { announceVerdict } from '../../src/actions/verdict.ts'
import { ModelgateError, ModelgateErrors } from '../../src/base/error.ts'
import { hostileText } from '../base/hostile.ts'
import { attacked } from '../report/situations.ts'

let folder: string
let printed: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'modelgate-test-'))
  writeFileSync(join(folder, 'output'), '')
  vi.stubEnv('GITHUB_OUTPUT', join(folder, 'output'))
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

/** Names of the commands that the runner finds in the log: it divides lines at every kind of line end, and trims them. */
function commandsOf(action: () => void): string[] {
  printed = ''
  action()
  return printed.split(/\r\n|\r|\n/).flatMap((line) => {
    const name = /^[\s\u0085]*::([^:\s]*)/.exec(line)?.[1]
    return name !== undefined ? [name] : line.includes('##[') ? ['##['] : []
  })
}

/** Nothing that moves the cursor, hides or reorders; the joiner is ours. */
function expectVisible(text: string): void {
  expect(text.replaceAll('\u2060', '')).not.toMatch(/[^\P{Cc}\t\n]|[\p{Cf}\p{Zl}\p{Zp}]|\p{Cs}/u)
}

function errorsOf(text: string): ModelgateErrors {
  const error = (line: number): ModelgateError =>
    new ModelgateError({ code: 'x/y', message: text, help: text, place: { file: text, line } })
  return new ModelgateErrors([error(1), error(2)])
}

const judgementOf = (text: string) => ({ plots: null, ...attacked(text), markdown: '' })
const files = { comparison: 'c', verdict: 'v', report: 'r', page: 'p' }
const runs = { numRuns: 300 }

describe('what comes from outside', () => {
  it('is no command in a line of the log', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const line of [text, `  ${text}`, `Comment: ${text}`]) {
          expect(commandsOf(() => logLine(line))).toEqual([])
          expect(printed.split('\n')).toHaveLength(2)
          expectVisible(printed)
        }
      }),
      runs,
    )
  })

  it('adds no command and no line to an announced verdict', () => {
    const announce = (text: string) => () => announceVerdict(judgementOf(text), files, undefined, false)
    const plain = commandsOf(announce('word'))
    // Five rules that block, and one that warns.
    expect(plain).toEqual([...Array(5).fill('error'), 'warning'])
    const lines = printed.split('\n').length
    fc.assert(
      fc.property(
        hostileText.filter((text) => text.trim() !== ''),
        (text) => {
          expect(commandsOf(announce(text))).toEqual(plain)
          expect(printed.split('\n')).toHaveLength(lines)
          expectVisible(printed)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('adds no command to the report of an error', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(commandsOf(() => reportError(errorsOf(text)))).toEqual(['error', 'error'])
        expectVisible(printed)
        expect(commandsOf(() => reportError(new Error(text)))).toEqual(['error'])
      }),
      runs,
    )
  })

  it('is one output, of one line', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        writeFileSync(join(folder, 'output'), '')
        setOutputs({ reason: text, verdict: 'pass' })
        const lines = readFileSync(join(folder, 'output'), 'utf8').split('\n')
        expect(lines).toHaveLength(7)
        expect([lines[0]?.split('<<')[0], lines[3]?.split('<<')[0], lines[4]]).toEqual(['reason', 'verdict', 'pass'])
        expectVisible(lines[1] ?? '')
      }),
      runs,
    )
  })

  it('stays a path with its spaces', () => {
    setOutputs({ 'run-file': '/a  b/ c/run.json' })
    expect(readFileSync(join(folder, 'output'), 'utf8')).toContain('\n/a  b/ c/run.json\n')
  })

  it('is plain text of one line in titles and annotations of a check', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const output of [
          outputOfJudgement(judgementOf(text), 'package.json'),
          outputOfError(errorsOf(text)),
          outputOfError(new Error(text)),
        ]) {
          const texts = output.annotations.flatMap(({ title, message }) => [title, message])
          for (const line of [output.title, ...texts]) {
            expectVisible(line)
            expect(line).not.toContain('\n')
          }
          expectVisible(output.summary)
        }
      }),
      { numRuns: 150 },
    )
  })
})
