import { describe, expect, it } from 'vitest'
import { interpretPredictions } from '../../src/evaluation/interpret.ts'
import { readCases } from '../../src/readers/cases.ts'
import { fixtureText } from './fixture.ts'

const gsm8k = 'samples_gsm8k_2026-03-01T10-00-00.000000.jsonl'
const squad = 'samples_squad_lite_2026-03-01T10-00-00.000000.jsonl'
const read = (name: string, metric?: string): ReturnType<typeof readCases> =>
  readCases(fixtureText(name), name, metric === undefined ? {} : { metric })

describe('samples of lm-evaluation-harness', () => {
  it('are cases by document; several filters look at the same case', () => {
    const { columns, rows, lines } = read(`lm-eval/${gsm8k}`)
    expect(columns).toEqual(['id', 'score', 'passed', 'task', 'filter', 'group'])
    expect(rows).toHaveLength(8)
    expect(rows[1]).toEqual(['1#01aabbcc/strict-match', '0', '0', 'gsm8k', 'strict-match', '1#01aabbcc'])
    expect(rows[5]).toEqual(['1#01aabbcc/flexible-extract', '1', '1', 'gsm8k', 'flexible-extract', '1#01aabbcc'])
    expect(lines).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('are scored by their first metric, or by the one that is named; scores between 0 and 1 pass nothing', () => {
    const first = read(`lm-eval/${squad}`)
    expect(first.columns).toEqual(['id', 'score', 'task'])
    expect(first.rows.map(([, score]) => score)).toEqual(['0', '0.25', '0.5', '0.75'])
    const named = read(`lm-eval/${squad}`, 'acc')
    expect(named.columns).toEqual(['id', 'score', 'passed', 'task'])
    expect(named.rows.map(([, , passed]) => passed)).toEqual(['0', '1', '0', '1'])
    expect(() => read(`lm-eval/${squad}`, 'bleu')).toThrow('This sample has no number for "bleu".')
  })

  it('of an edited document are another case', () => {
    const text = fixtureText(`lm-eval/${squad}`)
    const [before, after] = [text, text.replace('"2bcdef', '"ffffff')].map((each) =>
      readCases(each, squad).rows.map(([id]) => id),
    )
    expect(after?.filter((id) => !before?.includes(id))).toEqual(['2#ffffff01'])
  })

  it('that are broken say where', () => {
    const text = fixtureText(`lm-eval/${squad}`)
    expect(() => readCases(`${text}{"doc_id": 9`, squad)).toThrow(
      expect.objectContaining({ code: 'metrics/not-json', place: { file: squad, line: 5 } }),
    )
    expect(() => readCases(`${text}{"a": 9}\n`, squad)).toThrow(
      expect.objectContaining({ code: 'metrics/not-lm-eval', place: { file: squad, line: 5 } }),
    )
    expect(() => readCases(text.replace('"acc": 1.0', '"acc": 1.0, "acc": 0.0'), squad)).toThrow(
      expect.objectContaining({ code: 'metrics/repeated-key' }),
    )
  })
})

describe('answers of promptfoo', () => {
  it('are cases by test and provider', () => {
    const { columns, rows } = read('promptfoo/v3.json')
    expect(columns).toEqual(['id', 'score', 'passed', 'provider', 'group'])
    expect(rows).toHaveLength(6)
    expect(rows[2]).toEqual(['1#69f5db4e/openai:gpt-4o-mini', '0.5', '0', 'openai:gpt-4o-mini', '1#69f5db4e'])
  })

  it('of several prompts are numbered, and do not hang on their texts', () => {
    const { columns, rows } = read('promptfoo/v2.json')
    expect(columns).toEqual(['id', 'score', 'passed', 'prompt', 'group'])
    expect(rows.map(([id]) => id?.replace(/#\w+/, ''))).toEqual([
      '0/prompt 1',
      '0/prompt 2',
      '1/prompt 1',
      '1/prompt 2',
    ])
    const edited = fixtureText('promptfoo/v2.json').replaceAll('A {{text}}', 'Another prompt')
    expect(readCases(edited, 'v2.json').rows).toEqual(rows)
  })

  it('of one provider to one prompt need no more than the test', () => {
    const { columns, rows, lines } = read('promptfoo/rows.jsonl')
    expect(columns).toEqual(['id', 'score', 'passed'])
    expect(rows.map(([id]) => id)).toEqual(['0#cbbbdcd2', '1#69f5db4e', '2#9d368d6f'])
    expect(lines).toEqual([1, 2, 3])
  })

  it('that were asked for several times are each a case of the same group', () => {
    const text = fixtureText('promptfoo/rows.jsonl')
    const { columns, rows } = readCases(text + text, 'rows.jsonl')
    expect(columns).toEqual(['id', 'score', 'passed', 'group'])
    expect(new Set(rows.map(([id]) => id)).size).toBe(6)
    expect(rows[3]).toEqual(['0#cbbbdcd2~2', '1', '1', '0#cbbbdcd2'])
  })

  it('may have any variables', () => {
    const row = (vars: string): string =>
      `{"promptIdx": 0, "testIdx": 0, "success": true, "score": 1, "vars": ${vars}}\n`
    expect(readCases(row('{"a": NaN}'), 'rows.jsonl').rows[0]?.[0]).toBe('0#')
    expect(readCases(row('{"b": 1, "a": 2}'), 'rows.jsonl').rows).toEqual(
      readCases(row('{"a": 2, "b": 1}'), 'rows.jsonl').rows,
    )
  })

  it('are refused where they do not say whether they passed', () => {
    const text = fixtureText('promptfoo/v3.json').replace('"success": true', '"success": "yes"')
    expect(() => readCases(text, 'v3.json')).toThrow('A result of the file does not say whether it passed.')
    expect(() => readCases('{"a": 1}', 'v3.json')).toThrow('The metrics file holds no results of promptfoo.')
  })
})

describe('cases as predictions', () => {
  it.each([`lm-eval/${gsm8k}`, `lm-eval/${squad}`, 'promptfoo/v3.json', 'promptfoo/v2.json', 'promptfoo/rows.jsonl'])(
    '%s',
    (name) => {
      const table = read(name)
      const predictions = interpretPredictions(table, 'generation', name)
      expect(predictions.kind).toBe('outcomes')
      expect(predictions.ids).toEqual(table.rows.map(([id]) => id))
    },
  )
})
