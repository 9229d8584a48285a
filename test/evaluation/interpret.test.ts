import { describe, expect, it } from 'vitest'
import { ModelgateError } from '../../src/base/error.ts'
import type { Task } from '../../src/config/schema.ts'
import { type Columns, type ColumnValues, columnsOfTable } from '../../src/evaluation/columns.ts'
import { interpretColumns } from '../../src/evaluation/interpret.ts'
import type { ClassPredictions, RankingPredictions } from '../../src/evaluation/predictions.ts'
import { readTable } from '../../src/readers/table.ts'
import { read } from './samples.ts'

/** What an attempt says is wrong: code, message, line. */
function refusal(attempt: () => unknown): [code: string, message: string, line?: number] {
  try {
    attempt()
  } catch (error) {
    if (!(error instanceof ModelgateError)) throw error
    const { line } = error.place ?? {}
    return line === undefined ? [error.code, error.message] : [error.code, error.message, line]
  }
  throw new Error('was read')
}

const several: Task = 'multiclass-classification'

describe('what predictions of all tasks may have', () => {
  it('are groups and losses', () => {
    const predictions = read('id,y_true,y_pred,group,loss\na,1,1,u2,0.5\nb,0,0,u1,2\nc,0,0,u2,-1\n', 'regression')
    expect(predictions.group).toEqual({ names: ['u1', 'u2'], codes: Int32Array.of(1, 0, 1) })
    expect(predictions.loss).toEqual(Float64Array.of(0.5, 2, -1))
    expect(predictions.columns).toBeUndefined()
  })

  it.each<[string, string, Task, [string, string, number]]>([
    [
      'a row without group',
      'id,y_true,y_pred,group\na,1,1,u\nb,1,1,\n',
      'regression',
      ['predictions/group', 'group is empty in this row.', 3],
    ],
    [
      'a loss that is none',
      'id,y_true,y_pred,loss\na,1,1,low\n',
      'binary-classification',
      ['predictions/not-a-number', 'loss is "low" in this row; a finite number is expected.', 2],
    ],
    [
      'a scale below zero',
      'id,y_true,y_pred,scale\na,1,1,1\nb,1,1,-2\n',
      'forecasting',
      ['predictions/negative', 'scale is -2 in this row; it must not be below 0.', 3],
    ],
    [
      'a relevance below zero',
      'query,id,y_true,y_score\nq,a,-1,1\n',
      'ranking',
      ['predictions/negative', 'y_true is -1 in this row; it must not be below 0.', 2],
    ],
    [
      'an item that stands twice in a query',
      'query,id,y_true,y_score\nq,a,1,1\np,a,1,1\nq,a,0,1\n',
      'ranking',
      ['predictions/duplicate-id', 'The id "a" stands in line 2 and again here, in the same query.', 4],
    ],
    [
      'an item without query',
      'query,id,y_true,y_score\n,a,1,1\n',
      'ranking',
      ['predictions/group', 'query is empty in this row.', 2],
    ],
    [
      'an outcome between passed and not',
      'id,passed\na,1\nb,0.5\n',
      'generation',
      ['predictions/label', 'passed is "0.5" in this row; 0 or 1 is expected.', 3],
    ],
    [
      'a score that is missing',
      'id,score\na,nan\n',
      'generation',
      ['predictions/not-a-number', 'score is "nan" in this row; a finite number is expected.', 2],
    ],
    [
      'a score of a class that is missing',
      'id,y_true,y_score_x,y_score_y\na,x,0.5,\n',
      several,
      ['predictions/not-a-number', 'y_score_y is empty in this row; a finite number is expected.', 2],
    ],
  ])('is refused with its line: %s', (_what, text, task, expected) => {
    expect(refusal(() => read(text, task))).toEqual(expected)
  })

  it.each<[string, string, Task, string]>([
    ['no query', 'id,y_true,y_score\na,1,1\n', 'ranking', 'The predictions file has no column "query".'],
    ['no score', 'query,id,y_true\na,1,1\n', 'ranking', 'The predictions file has no column "y_score".'],
    ['no outcome', 'id,answer\na,yes\n', 'generation', 'The predictions file has no column "score".'],
    [
      'no scores of a class',
      'id,y_true,y_pred,y_score_x\na,x,z,1\n',
      several,
      'There are scores of classes, but no column "y_score_z", and the class stands in y_true or y_pred.',
    ],
    [
      'two scores of a class',
      'id,y_true,y_score_3,y_score[3.0]\na,3,1,1\n',
      several,
      'The columns "y_score_3" and "y_score[3.0]" are both the scores of one class.',
    ],
  ])('is refused: %s', (_what, text, task, message) => {
    expect(refusal(() => read(text, task))).toEqual(['predictions/column', message])
  })

  it('is refused at once with more classes than can be looked at', () => {
    const rows = Array.from({ length: 50_000 }, (_, row) => `${row},c${row},c0`)
    expect(refusal(() => read(`id,y_true,y_pred\n${rows.join('\n')}\n`, several))).toEqual([
      'predictions/classes',
      'y_true and y_pred have more than 10,000 different classes.',
    ])
  })
})

describe('scores of classes', () => {
  it('stand in the order of the classes, and give the prediction', () => {
    const expected: Partial<ClassPredictions> = {
      classes: ['a', 'b', 'c'],
      truth: Int32Array.of(2, 0),
      predicted: Int32Array.of(0, 1),
      classScores: [Float64Array.of(0.4, 0), Float64Array.of(0.2, 0.5), Float64Array.of(0.4, 0.5)],
    }
    expect(read('id,y_true,y_score_c,y_score_a,y_score_b\n1,c,0.4,0.4,0.2\n2,a,.5,0,.5\n', several)).toMatchObject(
      expected,
    )
    expect(read('id,y_true,y_score[c],y_score[a],y_score[b]\n1,c,0.4,0.4,0.2\n2,a,.5,0,.5\n', several)).toMatchObject(
      expected,
    )
  })

  it('give way to a stated prediction', () => {
    expect(read('id,y_true,y_pred,y_score_a,y_score_b\n1,a,b,0.9,0.1\n', several)).toMatchObject({
      predicted: Int32Array.of(1),
    })
  })
})

describe('rankings', () => {
  it('know an item by its query and its id', () => {
    const predictions = read('query,id,y_true,y_score,lang\nq:1,a,1,0.5,de\nq,1:a,0,0.7,en\nq,a,2,0.7,de\n', 'ranking')
    expect(predictions).toMatchObject({
      kind: 'ranking',
      ids: ['q\\:1:a', 'q:1:a', 'q:a'],
      group: { names: ['q', 'q:1'], codes: Int32Array.of(1, 0, 0) },
      relevance: Float64Array.of(1, 0, 2),
      scores: Float64Array.of(0.5, 0.7, 0.7),
    })
    expect([...(predictions.columns?.keys() ?? [])]).toEqual(['lang'])
  })

  it('take the queries from the groups too', () => {
    const { group } = read('group,id,y_true,y_score\nq,a,1,1\n', 'ranking') as RankingPredictions
    expect(group.names).toEqual(['q'])
  })
})

describe('outcomes', () => {
  it('have a score, or say what passed, or both', () => {
    expect(read('id,score\na,0.5\n', 'generation')).toEqual({
      kind: 'outcomes',
      ids: ['a'],
      score: Float64Array.of(0.5),
      passed: null,
    })
    expect(read('id,passed,tag\na,true,x\nb,False,x\n', 'generation')).toEqual({
      kind: 'outcomes',
      ids: ['a', 'b'],
      score: null,
      passed: Uint8Array.of(1, 0),
      columns: new Map([['tag', { names: ['x'], codes: Int32Array.of(0, 0) }]]),
    })
  })
})

describe('columns', () => {
  const of = (columns: Record<string, ColumnValues>, rows: number): Columns => ({
    names: Object.keys(columns),
    rows,
    column: (name) => columns[name] ?? [],
  })

  it('mean the same as the text that they would be', () => {
    const text = 'id,y_true,y_pred,y_score,sex,loss\n7,1,0,0.25,f,1\n8,0,1,0.75,,2\n'
    const columns = {
      id: Float64Array.of(7, 8),
      y_true: ['true', 'false'],
      y_pred: Float64Array.of(0, 1),
      y_score: Float64Array.of(0.25, 0.75),
      sex: { names: ['m', 'f'], codes: Int32Array.of(1, -1) },
      loss: Float64Array.of(1, 2),
    }
    expect(interpretColumns(of(columns, 2), 'binary-classification', 'p.parquet')).toEqual(read(text))
    expect(interpretColumns(columnsOfTable(readTable(text, 'p.csv')), 'binary-classification', 'p.csv')).toEqual(
      read(text),
    )
    const classes = { id: ['a', 'b'], y_true: Float64Array.of(3, 10), y_pred: ['3.0', '10'] }
    expect(interpretColumns(of(classes, 2), several, 'p.parquet')).toEqual(
      read('id,y_true,y_pred\na,3,3\nb,10,10\n', several),
    )
  })

  const fine = { id: ['a', 'b'], y_true: Float64Array.of(1, 0), y_score: Float64Array.of(0.5, 0.5) }
  it.each<[string, Record<string, ColumnValues>, string, string]>([
    [
      'a NaN',
      { ...fine, y_score: Float64Array.of(0.5, Number.NaN) },
      'not-a-number',
      'y_score is missing or NaN in row 2; a finite number is expected.',
    ],
    [
      'an infinite number',
      { ...fine, y_score: Float64Array.of(-Infinity, 1) },
      'not-a-number',
      'y_score is -Infinity in row 1; a finite number is expected.',
    ],
    ['a null among texts', { ...fine, y_true: ['1', null] }, 'label', 'y_true is empty in row 2; 0 or 1 is expected.'],
    ['a label of 2', { ...fine, y_true: Float64Array.of(1, 2) }, 'label', 'y_true is 2 in row 2; 0 or 1 is expected.'],
    [
      'a label that is missing',
      { ...fine, y_true: Float64Array.of(Number.NaN, 1) },
      'label',
      'y_true is missing or NaN in row 1; 0 or 1 is expected.',
    ],
    ['an id that is null', { ...fine, id: ['a', null] }, 'id', 'Row 2 has no id.'],
    ['an id that is NaN', { ...fine, id: Float64Array.of(Number.NaN, 1) }, 'id', 'Row 1 has no id.'],
    [
      'a repeated id',
      { ...fine, id: Float64Array.of(5, 5) },
      'duplicate-id',
      'The id "5" stands in row 1 and again in row 2.',
    ],
  ])('are refused with the number of the row: %s', (_what, columns, code, message) => {
    expect(refusal(() => interpretColumns(of(columns, 2), 'binary-classification', 'p.parquet'))).toEqual([
      `predictions/${code}`,
      message,
    ])
  })

  it('are refused without rows', () => {
    expect(refusal(() => interpretColumns(of(fine, 0), 'binary-classification', 'p.parquet'))[0]).toBe(
      'predictions/empty',
    )
  })
})
