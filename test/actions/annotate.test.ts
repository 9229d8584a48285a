import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { annotateError, notice, warning } from '../../src/actions/annotate.ts'
import { outputOfError } from '../../src/actions/check-output.ts'
import { Refusals } from '../../src/actions/refusals.ts'
import { logLine, reportError } from '../../src/actions/step.ts'
import { ModelgateError, ModelgateErrors } from '../../src/base/error.ts'
import { renderNoVerdict } from '../../src/report/no-verdict.ts'

let printed: string

beforeEach(() => {
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => void vi.restoreAllMocks())

const megabyte = `\u001b[2J\u202e\u0000${'x\n'.repeat(500_000)}`

describe('text from outside', () => {
  it.each([
    ['error', annotateError],
    ['warning', warning],
    ['notice', notice],
  ])('is a short %s of one line', (name, annotate) => {
    annotate(megabyte, { title: megabyte })
    const [, title = '', message = ''] = new RegExp(`^::${name} title=(.*?)::(.*)\n$`).exec(printed) ?? []
    expect(title).toMatch(/^\[2J(?:x ){125}x…$/)
    expect(message).toMatch(/^\[2J(?:x ){2046}…$/)
  })

  it('leaves its lines to the help of an error, which is cut too', () => {
    annotateError('a\nb', {}, 'c\nd\u202e')
    annotateError('a', {}, megabyte)
    expect(printed.split('\n').slice(0, 1)).toEqual(['::error::a b%0Ac%0Ad'])
    expect(printed.length).toBeLessThan(3 * 4096)
  })

  const error = new ModelgateError({
    code: 'x/y',
    message: megabyte,
    help: megabyte,
    place: { file: megabyte, line: 1 },
  })
  it.each([
    ['a line of the log', () => logLine(megabyte), 2100],
    ['the report of an error', () => reportError(error), 15_000],
    ['the report of a defect', () => reportError(new Error(megabyte)), 15_000],
    ['a refusal', () => new Refusals(undefined).add({ what: 'x', error, needs: 'checks: write' }), 15_000],
  ])('does not fill the log as %s', (_what, action, most) => {
    action()
    expect(printed.length).toBeGreaterThan(1000)
    expect(printed.length).toBeLessThan(most)
  })

  it('is a title that a check takes, with the count of errors behind it', () => {
    const { title } = outputOfError(new ModelgateErrors([error, error], 1234))
    expect(title).toMatch(/^\[2J[x ]+… \(and 1,235 more errors\)$/)
    expect(title).toHaveLength(255)
    expect(outputOfError(new ModelgateErrors([error, error], 1234)).summary).toMatch(/\n1,234 more errors not shown\.$/)
  })

  it('does not fill what stands in the place of a report', () => {
    expect(renderNoVerdict(error).length).toBeLessThan(40_000)
  })
})

describe('errors that nobody put into words', () => {
  it('are counted in the log', () => {
    reportError(new ModelgateErrors([new ModelgateError({ code: 'x/y', message: 'x' })], 30))
    expect(printed.trim().split('\n').at(-1)).toBe('::error title=modelgate::30 more errors are not shown.')
  })
})
