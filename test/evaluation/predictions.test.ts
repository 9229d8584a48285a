import { describe, expect, it } from 'vitest'
import { ModelgateError } from '../../src/base/error.ts'
import type { Task } from '../../src/config/schema.ts'
import { interpretPredictions } from '../../src/evaluation/interpret.ts'
import type { ClassPredictions, Predictions } from '../../src/evaluation/predictions.ts'
import { readTable } from '../../src/readers/table.ts'

const columns = 'A predictions file has the columns id, y_true, and y_pred and/or y_score.'
const otherKey = 'Ids under another name: say so with `key` of the data set `eval`, or with --key.'
const noAnswer = 'A model without an answer for a row must not be judged as if it had one.'
const noClass = `${noAnswer} A class that is really called so needs another name.`

function read(text: string, task: Task = 'binary-classification', file = 'out/p.csv', key?: string): Predictions {
  return interpretPredictions(readTable(text, file), task, file, key)
}

const readLabels = (text: string): ClassPredictions => read(text) as ClassPredictions

function refusal(
  text: string,
  task?: Task,
  file?: string,
): Pick<ModelgateError, 'code' | 'message' | 'help' | 'place'> {
  try {
    read(text, task, file)
  } catch (error) {
    if (!(error instanceof ModelgateError)) throw error
    return { code: error.code, message: error.message, help: error.help, place: error.place }
  }
  throw new Error('was read')
}

describe('predictions that cannot be used', () => {
  it.each<[string, string, Task, string, string, string | undefined, number | undefined]>([
    ['an empty file', '', 'binary-classification', 'table/empty', 'The file is empty.', undefined, undefined],
    ['white space', ' \n\n', 'binary-classification', 'table/empty', 'The file is empty.', undefined, undefined],
    [
      'a header only',
      'id,y_true,y_pred\n',
      'binary-classification',
      'predictions/empty',
      'The predictions file has a header but no row.',
      'Write one row per example of the evaluation set.',
      undefined,
    ],
    [
      'no id',
      'y_true,y_pred\n1,1\n',
      'binary-classification',
      'predictions/column',
      'The predictions file has no column "id".',
      `${columns} ${otherKey} Known are: y_true, y_pred.`,
      undefined,
    ],
    [
      'other delimiters',
      'id;y_true;y_pred\n1;1;1\n',
      'binary-classification',
      'predictions/column',
      'The predictions file has no column "id".',
      `${columns} ${otherKey} The header is one column with ";" in it: write commas between the fields.`,
      undefined,
    ],
    [
      'no y_true',
      'id,ytrue,y_pred\n1,1,1\n',
      'binary-classification',
      'predictions/column',
      'The predictions file has no column "y_true".',
      `${columns} Did you mean "ytrue"?`,
      undefined,
    ],
    [
      'neither y_pred nor y_score',
      'id,y_true\n1,1\n',
      'binary-classification',
      'predictions/column',
      'The predictions file has neither a column "y_pred" nor one "y_score".',
      `${columns} Known are: id, y_true.`,
      undefined,
    ],
    [
      'no y_pred of several classes',
      'id,y_true,y_score\n1,1,0.2\n',
      'multiclass-classification',
      'predictions/column',
      'The predictions file has neither a column "y_pred" nor one "y_score_<class>" for each class.',
      `${columns} Known are: id, y_true, y_score.`,
      undefined,
    ],
    [
      'no y_pred of a regression',
      'id,y_true,y_score\n1,1,0.2\n',
      'regression',
      'predictions/column',
      'The predictions file has no column "y_pred".',
      `${columns} Known are: id, y_true, y_score.`,
      undefined,
    ],
    [
      'an empty id',
      'id,y_true,y_pred\na,1,1\n  ,0,0\n',
      'binary-classification',
      'predictions/id',
      'This row has no id.',
      'Every row needs the id of its example, the same in every run.',
      3,
    ],
    [
      'a repeated id',
      'id,y_true,y_pred\na,1,1\nb,0,0\na ,0,0\n',
      'binary-classification',
      'predictions/duplicate-id',
      'The id "a" stands in line 2 and again here.',
      'Write one row per example.',
      4,
    ],
    [
      'a NaN score',
      'id,y_true,y_score\na,1,0.3\nb,0,nan\n',
      'binary-classification',
      'predictions/not-a-number',
      'y_score is "nan" in this row; a finite number is expected.',
      noAnswer,
      3,
    ],
    [
      'an infinite score',
      'id,y_true,y_score\na,1,-inf\n',
      'binary-classification',
      'predictions/not-a-number',
      'y_score is "-inf" in this row; a finite number is expected.',
      noAnswer,
      2,
    ],
    [
      'a number too large for a double',
      'id,y_true,y_pred\na,1,1e999\n',
      'regression',
      'predictions/not-a-number',
      'y_pred is "1e999" in this row; a finite number is expected.',
      noAnswer,
      2,
    ],
    [
      'an empty score',
      'id,y_true,y_score\na,1,\n',
      'binary-classification',
      'predictions/not-a-number',
      'y_score is empty in this row; a finite number is expected.',
      noAnswer,
      2,
    ],
    [
      'a word as a number',
      'id,y_true,y_pred\na,high,1\n',
      'regression',
      'predictions/not-a-number',
      'y_true is "high" in this row; a finite number is expected.',
      noAnswer,
      2,
    ],
    [
      'a label in words',
      'id,y_true,y_pred\na,1,1\nb,yes,1\n',
      'binary-classification',
      'predictions/label',
      'y_true is "yes" in this row; 0 or 1 is expected.',
      'Code the positive class as 1 and the other as 0, or set `task: multiclass-classification`.',
      3,
    ],
    [
      'an empty label',
      'id,y_true,y_pred\na,1,\n',
      'binary-classification',
      'predictions/label',
      'y_pred is empty in this row; 0 or 1 is expected.',
      'Code the positive class as 1 and the other as 0, or set `task: multiclass-classification`.',
      2,
    ],
    [
      'a label of 2',
      'id,y_true,y_pred\na,1,2\n',
      'binary-classification',
      'predictions/label',
      'y_pred is "2" in this row; 0 or 1 is expected.',
      'Code the positive class as 1 and the other as 0, or set `task: multiclass-classification`.',
      2,
    ],
    [
      'scores that are no probabilities and no y_pred',
      'id,y_true,y_score\na,1,0.3\nb,0,1.0001\n',
      'binary-classification',
      'predictions/column',
      'The predictions file has no column "y_pred", and y_score is no probability from which it would follow.',
      columns,
      undefined,
    ],
    [
      'an empty class',
      'id,y_true,y_pred\na,cat,dog\nb,,dog\n',
      'multiclass-classification',
      'predictions/label',
      'y_true is empty in this row; a class is expected.',
      columns,
      3,
    ],
    [
      'a class that is a missing value',
      'id,y_true,y_pred\na,3.0,3.0\nb,NaN,NaN\n',
      'multiclass-classification',
      'predictions/label',
      'y_true is "NaN" in this row; a class is expected.',
      noClass,
      3,
    ],
  ])('are refused: %s', (_what, text, task, code, message, help, line) => {
    expect(refusal(text, task)).toEqual({
      code,
      message,
      help,
      place: { file: 'out/p.csv', ...(line === undefined ? {} : { line }) },
    })
  })

  it('are refused with the line of the file, also below blank lines and quoted line breaks', () => {
    expect(refusal('id,y_true,y_pred\n\n"a\nb",1,1\n\nc,1,maybe\n').place).toEqual({ file: 'out/p.csv', line: 6 })
  })

  it('are refused without letting the file speak to the terminal', () => {
    const problem = refusal('id,y_true,y_pred\na,1,"\u001b[31m\n::error::x\u202e"\n')
    expect(problem.message).toBe('y_pred is "[31m ::error::x" in this row; 0 or 1 is expected.')
    const header = refusal(
      `"bad\n::error::\u001b[2J",${Array.from({ length: 50 }, (_, n) => `c${n}`).join(',')}\n${','.repeat(50)}\n`,
    )
    expect(header.help).toBe(
      `${columns} ${otherKey} Known are: bad ::error::[2J, ${Array.from({ length: 29 }, (_, n) => `c${n}`).join(', ')}.`,
    )
  })

  it('are refused with a shortened value', () => {
    expect(refusal(`id,y_true,y_pred\na,1,${'x'.repeat(500)}\n`).message).toBe(
      `y_pred is "${'x'.repeat(39)}…" in this row; 0 or 1 is expected.`,
    )
  })
})

describe('classes that are missing values', () => {
  it.each(['None', 'NaN', 'nan', 'NAN', '-nan', 'NaT', '<NA>', 'null', ' None '])('are refused: %j', (value) => {
    for (const row of [`${value},cat`, `cat,${value}`, `${value},${value}`]) {
      expect(refusal(`id,y_true,y_pred\na,cat,cat\nb,${row}\n`, 'multiclass-classification')).toMatchObject({
        code: 'predictions/label',
        message: `${row.startsWith('cat') ? 'y_pred' : 'y_true'} is "${value.trim()}" in this row; a class is expected.`,
        help: noClass,
        place: { line: 3 },
      })
    }
  })

  it('are not those that only look alike: a class may be called none', () => {
    const names = ['none', 'NONE', 'Null', 'NA', 'na', 'nat', 'None of these']
    const text = `id,y_true,y_pred\n${names.map((name, index) => `${index},${name},${name}\n`).join('')}`
    const { classes } = read(text, 'multiclass-classification') as { classes: string[] }
    expect([...classes].sort()).toEqual([...names].sort())
  })
})

describe('predictions that are read', () => {
  it('take columns in any order, keep others for slices and trim', () => {
    expect(read('note, y_pred ,y_true,id\nx, 1 ,0, a\ny,0,TRUE,b\n')).toEqual({
      kind: 'classes',
      ids: ['a', 'b'],
      classes: ['0', '1'],
      truth: Int32Array.of(0, 1),
      predicted: Int32Array.of(1, 0),
      scores: null,
      columns: new Map([['note', { names: ['x', 'y'], codes: Int32Array.of(0, 1) }]]),
    })
  })

  it('know the labels that programs write for two classes', () => {
    const read1 = readLabels('id,y_true,y_pred\na,0,0.0\nb,1,1.0\nc,False,false\nd,True,true\n')
    expect([...read1.truth]).toEqual([0, 1, 0, 1])
    expect([...read1.predicted]).toEqual([0, 1, 0, 1])
  })

  it('predict 1 from a probability above a half, as scikit-learn does', () => {
    const { predicted } = readLabels('id,y_true,y_score\na,1,0.5\nb,0,0.50001\nc,1,1\nd,1,0\n')
    expect([...predicted]).toEqual([0, 1, 1, 0])
  })

  it('take the stated prediction over the score', () => {
    const { predicted } = readLabels('id,y_true,y_pred,y_score\na,1,0,0.9\nb,1,1,-40\n')
    expect([...predicted]).toEqual([0, 1])
  })

  it('treat 3 and 3.0 as one class and 03 as another', () => {
    expect(read('id,y_true,y_pred\na,3,3.0\nb,-1.00,-1\nc,03,10\n', 'multiclass-classification')).toMatchObject({
      classes: ['-1', '03', '3', '10'],
      truth: Int32Array.of(2, 0, 1),
      predicted: Int32Array.of(2, 0, 3),
    })
  })

  it('sort classes the same way whatever the order of the rows', () => {
    const classes = (text: string) => (read(text, 'multiclass-classification') as { classes: string[] }).classes
    expect(classes('id,y_true,y_pred\na,10,9\nb,cat,10\n')).toEqual(['9', '10', 'cat'])
    expect(classes('id,y_true,y_pred\nb,cat,10\na,10,9\n')).toEqual(['9', '10', 'cat'])
  })

  it('read what pandas writes: an index column without a name, exponents, CRLF and a byte order mark gone', () => {
    expect(read(',id,y_true,y_pred\r\n0,7,1.5e-05,2.0\r\n1,8,-3,4E2\r\n', 'regression')).toEqual({
      kind: 'numbers',
      ids: ['7', '8'],
      truth: Float64Array.of(1.5e-5, -3),
      predicted: Float64Array.of(2, 400),
    })
  })

  it('read JSON Lines', () => {
    const text = '{"id": 1, "y_true": 0, "y_score": 0.25}\n\n{"y_score": 1e-3, "id": "b", "y_true": true}\n'
    expect(read(text, 'binary-classification', 'p.jsonl')).toEqual({
      kind: 'classes',
      ids: ['1', 'b'],
      classes: ['0', '1'],
      truth: Int32Array.of(0, 1),
      predicted: Int32Array.of(0, 0),
      scores: Float64Array.of(0.25, 0.001),
    })
  })

  it.each([
    ['NaN', 'y_score is "NaN" in this row; a finite number is expected.'],
    ['null', 'y_score is empty in this row; a finite number is expected.'],
  ])('refuse a score of %s in JSON Lines', (value, message) => {
    const text = `{"id": 1, "y_true": 0, "y_score": 0.25}\n{"id": 2, "y_true": 1, "y_score": ${value}}\n`
    expect(refusal(text, 'binary-classification', 'p.jsonl')).toMatchObject({
      message,
      place: { file: 'p.jsonl', line: 2 },
    })
  })

  it('take the id from the declared key, and from `id` first', () => {
    expect(read('customer,y_true,y_pred\nx,1,1\n', 'binary-classification', 'p.csv', 'customer').ids).toEqual(['x'])
    expect(read('customer,id,y_true,y_pred\nx,9,1,1\n', 'binary-classification', 'p.csv', 'customer').ids).toEqual([
      '9',
    ])
  })

  it('treat forecasting like regression', () => {
    expect(read('id,y_true,y_pred\na,1,2\n', 'forecasting').kind).toBe('numbers')
  })
})
