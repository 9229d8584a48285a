import { describe, expect, it } from 'vitest'
import {
  exitCodeOf,
  exitCodes,
  formatError,
  formatPlace,
  isSystemError,
  ModelgateError,
  ModelgateErrors,
} from '../../src/base/error.ts'

const inFile = new ModelgateError({
  code: 'config/unknown-key',
  message: 'Unknown key "runs".',
  help: 'Did you mean "run"?',
  place: { file: 'modelgate.yaml', line: 4, column: 7 },
})
const bare = new ModelgateError({ code: 'run/cancelled', kind: 'cancelled', message: 'The run was cancelled.' })

describe('formatError', () => {
  it('puts the place before and the remedy below', () => {
    expect(formatError(inFile)).toBe(
      'modelgate.yaml:4:7: Unknown key "runs". [config/unknown-key]\n  Did you mean "run"?',
    )
  })

  it('keeps names of strangers from the beginning of a line, where a runner takes them for commands', () => {
    const error = new ModelgateError({
      code: 'data/columns',
      message: 'The column "a\n::error::x\u001b[31m" is not there.',
      place: { file: 'd\r\n::add-mask::e.csv', line: 2 },
    })
    expect(formatError(error)).toBe('d ::add-mask::e.csv:2: The column "a ::error::x[31m" is not there. [data/columns]')
  })

  it('leaves out what is not known', () => {
    expect(formatError(bare)).toBe('The run was cancelled. [run/cancelled]')
  })

  it('shows every one of several', () => {
    expect(formatError(new ModelgateErrors([inFile, bare]))).toBe(
      'modelgate.yaml:4:7: Unknown key "runs". [config/unknown-key]\n  Did you mean "run"?\nThe run was cancelled. [run/cancelled]',
    )
  })

  it.each([new TypeError('x is not a function'), 'x is not a function'])(
    'calls an unknown error a defect: %s',
    (error) => {
      expect(formatError(error)).toBe(
        'modelgate failed: x is not a function [tool/unexpected]\n  This is a defect of modelgate: please report it with the command that you ran.',
      )
    },
  )
})

describe('formatPlace', () => {
  it.each([
    [{ file: 'a.csv' }, 'a.csv'],
    [{ file: 'a.csv', line: 3 }, 'a.csv:3'],
    [{ file: 'a.csv', line: 3, column: 9 }, 'a.csv:3:9'],
  ])('%j', (place, expected) => {
    expect(formatPlace(place)).toBe(expected)
  })
})

describe('exit codes', () => {
  it('stand for who has to act', () => {
    expect(exitCodes).toEqual({ pass: 0, tool: 1, user: 2, blocked: 10, cancelled: 130 })
  })

  it('follow from the kind of the error', () => {
    expect(exitCodeOf(inFile)).toBe(2)
    expect(exitCodeOf(bare)).toBe(130)
    expect(exitCodeOf(new ModelgateError({ code: 'x', kind: 'tool', message: 'x' }))).toBe(1)
    expect(exitCodeOf(new Error('x'))).toBe(1)
    expect(exitCodeOf('x')).toBe(1)
  })

  it('of several errors are those of the first', () => {
    expect(exitCodeOf(new ModelgateErrors([bare, inFile]))).toBe(130)
    expect(exitCodeOf(new ModelgateErrors([inFile, bare]))).toBe(2)
  })
})

it('several errors show the first one to who knows only one', () => {
  const errors = new ModelgateErrors([inFile, bare])
  expect([errors.code, errors.message, errors.help, errors.place]).toEqual([
    'config/unknown-key',
    'Unknown key "runs".',
    'Did you mean "run"?',
    { file: 'modelgate.yaml', line: 4, column: 7 },
  ])
})

it('an error keeps its cause', () => {
  const cause = new Error('below')
  expect(new ModelgateError({ code: 'x', message: 'x', cause }).cause).toBe(cause)
})

describe('isSystemError', () => {
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' })

  it('knows the codes that are asked for, and no others', () => {
    expect(isSystemError(missing, 'EACCES', 'ENOENT')).toBe(true)
    expect(isSystemError(missing, 'EACCES')).toBe(false)
    expect(isSystemError(new Error('ENOENT'), 'ENOENT')).toBe(false)
    expect(isSystemError({ code: 'ENOENT' }, 'ENOENT')).toBe(false)
  })
})
