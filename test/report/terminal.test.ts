import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderTerminal } from '../../src/report/terminal.ts'
import { anyCharacter } from '../base/any-text.ts'
import { attacked, hostile, type Situation, situations } from './situations.ts'

const ownColour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')

const lines = (name: string, colour = false): string[] => {
  const { comparison, verdict } = situations[name] as Situation
  return renderTerminal(comparison, verdict, colour).split('\n')
}

describe('renderTerminal', () => {
  it('shows verdict, metrics in columns, rules and reason', () => {
    expect(lines('inconclusive')).toEqual([
      '? inconclusive (needs approval)  income',
      'Baseline: merge base with origin/main',
      '400 rows paired by id',
      '',
      'metric      base     new  difference       90 % interval',
      'accuracy  0.9000  0.8925     −0.0075  −0.0310 to +0.0160',
      'log_loss  0.3142  0.2942     −0.0200  −0.0310 to −0.0090',
      'recall    0.9000  0.9100     +0.0100  −0.0300 to +0.0500',
      '',
      '? model.threshold.accuracy (approve)',
      '    accuracy is 0.8925, 90 % interval 0.8725 to 0.9125: the limit 0.88 lies inside. About 1,100 rows would settle it.',
      '? model.non-inferior.accuracy (approve)',
      '    accuracy is worse by 0.0075 (90 % interval −0.0310 to +0.0160): too few rows to tell. About 1,500 rows would settle it.',
      '✔ model.non-inferior.log_loss',
      '    log_loss is better by 0.0200 (90 % interval −0.0310 to −0.0090): certainly better than the baseline.',
      '',
      'Judged by the checkpoints of the base.',
      '',
      'model.threshold.accuracy: accuracy is 0.8925, 90 % interval 0.8725 to 0.9125: the limit 0.88 lies inside. About 1,100 rows would settle it. 1 other rule stops this change as well.',
      '',
    ])
  })

  it('has values with their own intervals without a baseline', () => {
    expect(lines('no-baseline').slice(0, 8)).toEqual([
      '✔ pass  income',
      'No baseline: the first run on the default branch sets it.',
      '',
      'metric           value     90 % interval',
      'accuracy        0.9120  0.8920 to 0.9320',
      'log_loss        0.2942  0.2700 to 0.3400',
      'recall          0.9100  0.8900 to 0.9300',
      'latency.p95_ms  13.500',
    ])
  })

  it('does not show a disputed number as if it were one', () => {
    expect(lines('missing-and-conflict')[5]).toMatch(/^accuracy +0\.9000 +conflict /)
  })

  it('has colours only when asked, and they change nothing else', () => {
    for (const name of Object.keys(situations)) {
      const plain = lines(name).join('\n')
      expect(plain).not.toContain('\u001b')
      const coloured = lines(name, true).join('\n')
      expect(coloured).toContain('\u001b[')
      expect(stripVTControlCharacters(coloured)).toBe(plain)
    }
  })

  it('lets no control character through from outside, with and without colours', () => {
    const text = fc.oneof(
      fc.constant(hostile),
      // Without a reason there is no line for one.
      fc.string({ unit: anyCharacter, minLength: 1, maxLength: 40 }),
      fc.constant('\u001b[2J\u009b31m\r\n::error::x'),
    )
    fc.assert(
      fc.property(text, fc.boolean(), (piece, colour) => {
        const { comparison, verdict } = attacked(piece)
        const shown = renderTerminal(comparison, verdict, colour)
        // Our own colours are all of this form.
        expect(colour ? shown.replace(ownColour, '') : shown).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u)
        const usual = attacked('x')
        expect(shown.split('\n')).toHaveLength(
          renderTerminal(usual.comparison, usual.verdict, colour).split('\n').length,
        )
        for (const line of shown.split('\n')) expect(line).not.toMatch(/^::/)
      }),
    )
  })
})
