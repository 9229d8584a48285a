import { describe, expect, it } from 'vitest'
import { checkGolden, countFlips, worstBroken } from '../../src/evaluation/flips.ts'
import { sliceProblem, slicesOf } from '../../src/evaluation/slices.ts'
import { subset } from '../../src/evaluation/subset.ts'
import { metricsOf, read } from './samples.ts'

const people = read(
  'id,y_true,y_pred,y_score,sex,town,group,loss\n' +
    'a,1,1,0.9,f,Ulm,u1,0.1\nb,0,1,0.8,m,,u1,0.9\nc,1,0,0.2,m,Ulm,u2,0.8\nd,0,0,0.1,f,Bonn,u3,0.2\ne,1,1,0.7,m,Bonn,u3,0.3\n',
)

describe('slices', () => {
  it('are the rows of each value, the largest first, then by name', () => {
    expect(slicesOf(people, 'sex')).toEqual([
      { value: 'm', rows: Uint32Array.of(1, 2, 4) },
      { value: 'f', rows: Uint32Array.of(0, 3) },
    ])
    expect(slicesOf(people, 'town').map(({ value, rows }) => [value, [...rows]])).toEqual([
      ['Bonn', [3, 4]],
      ['Ulm', [0, 2]],
      ['', [1]],
    ])
  })

  it('do not depend on the order of the rows', () => {
    const turned = subset(people, Uint32Array.of(4, 3, 2, 1, 0))
    const ids = (value: string, predictions = people) =>
      [...(slicesOf(predictions, 'sex').find((slice) => slice.value === value)?.rows ?? [])]
        .map((row) => predictions.ids[row])
        .sort()
    expect(ids('m', turned)).toEqual(ids('m'))
    expect(slicesOf(turned, 'town').map(({ value }) => value)).toEqual(['Bonn', 'Ulm', ''])
  })

  it('leave out values that have no row any more', () => {
    expect(slicesOf(subset(people, Uint32Array.of(0, 3)), 'sex').map(({ value }) => value)).toEqual(['f'])
  })

  it('say why a column makes none', () => {
    const wide = read(
      `id,y_true,y_pred,age,note\n${Array.from({ length: 1001 }, (_, row) => `r${row},1,1,${row},${row === 7 ? 'x'.repeat(201) : ''}`).join('\n')}\n`,
    )
    expect(sliceProblem(people, 'sex')).toBeUndefined()
    expect(sliceProblem(people, 'twon')).toBe('The predictions have no column "twon" for slices. Did you mean "town"?')
    expect(sliceProblem(wide, 'age')).toBe(
      'The column "age" of the predictions makes no slices: it has more than 1,000 different values.',
    )
    expect(sliceProblem(wide, 'note')).toBe(
      'The column "note" of the predictions makes no slices: it has values of more than 200 characters.',
    )
    expect(slicesOf(wide, 'age')).toEqual([])
  })

  it('are made of a column of a thousand values', () => {
    const rows = Array.from({ length: 1000 }, (_, row) => `r${row},1,1,${row}`).join('\n')
    expect(slicesOf(read(`id,y_true,y_pred,age\n${rows}\n`), 'age')).toHaveLength(1000)
  })
})

describe('a subset', () => {
  it('takes everything along', () => {
    const some = subset(people, Uint32Array.of(2, 0))
    expect(some).toMatchObject({
      ids: ['c', 'a'],
      truth: Int32Array.of(1, 1),
      predicted: Int32Array.of(0, 1),
      scores: Float64Array.of(0.2, 0.9),
      loss: Float64Array.of(0.8, 0.1),
    })
    expect([...(some.group?.codes ?? [])].map((code) => some.group?.names[code])).toEqual(['u2', 'u1'])
    expect(metricsOf(some)).toMatchObject({ accuracy: 0.5, loss: 0.45 })
  })

  it('keeps what each task has', () => {
    const back = Uint32Array.of(1, 0)
    const ranked = subset(read('query,id,y_true,y_score\nq,a,1,2\np,a,0,3\n', 'ranking'), back)
    expect(ranked).toMatchObject({ ids: ['p:a', 'q:a'], scores: Float64Array.of(3, 2) })
    expect(metricsOf(subset(ranked, Uint32Array.of(1))).mrr).toBe(1)
    const series = subset(read('id,y_true,y_pred,scale\na,1,2,4\nb,1,4,2\n', 'forecasting'), back)
    expect(series).toMatchObject({ scale: Float64Array.of(2, 4), truth: Float64Array.of(1, 1) })
    const cases = subset(read('id,passed,score\na,1,0.5\nb,0,0.25\n', 'generation'), back)
    expect(cases).toMatchObject({ passed: Uint8Array.of(0, 1), score: Float64Array.of(0.25, 0.5) })
    const classes = subset(
      read('id,y_true,y_score_x,y_score_y\na,x,0.9,0.1\nb,y,0.6,0.4\n', 'multiclass-classification'),
      back,
    )
    expect(classes).toMatchObject({ classScores: [Float64Array.of(0.6, 0.9), Float64Array.of(0.4, 0.1)] })
  })
})

const predictionsOf = (right: string) =>
  read(`id,y_true,y_pred\n${[...'dbca'].map((id) => `${id},1,${right.includes(id) ? 1 : 0}`).join('\n')}\n`)

describe('flips', () => {
  const none = { bothRight: 0, onlyBaseRight: 0, onlyNewRight: 0, bothWrong: 0 }

  it('are the rows that only one side gets right; without scores the broken ones by id', () => {
    const [base, fresh] = [predictionsOf('db'), predictionsOf('ca')]
    expect(countFlips(base, fresh)).toEqual({ ...none, onlyBaseRight: 2, onlyNewRight: 2 })
    const rows = ['b', 'd'].map((id) => ({ id, truth: '1', predicted: '0' }))
    expect(worstBroken(base, fresh, 10)).toEqual({ by: 'id', rows })
    expect(countFlips(base, base)).toEqual({ ...none, bothRight: 2, bothWrong: 2 })
    expect(worstBroken(base, base, 10)).toEqual({ by: 'id', rows: [] })
  })

  it('that lost most come first: by the score of the true class, whichever it is', () => {
    const scored = (lines: string[]) => read(`id,y_true,y_score\n${lines.join('\n')}\n`)
    const base = scored(['a,1,0.9', 'b,0,0.1', 'c,1,0.7', 'd,1,0.6', 'e,0,0.9'])
    const fresh = scored(['a,1,0.4', 'b,0,0.95', 'c,1,0.2', 'd,1,0.9', 'e,0,0.95'])
    const worst = worstBroken(base, fresh, 2)
    expect(worst?.by).toBe('true-class-score')
    expect(worst?.rows.map(({ id, truth }) => [id, truth])).toEqual([
      ['b', '0'],
      ['a', '1'],
    ])
    expect(worst?.rows[0]?.lost).toBeCloseTo(0.85, 12)
    expect(worstBroken(base, fresh, 10)?.rows.map(({ id }) => id)).toEqual(['b', 'a', 'c'])
  })

  it('are ordered by the scores of each class under its own name, and by losses where there are no scores', () => {
    const classes = (names: string, lines: string[]) =>
      read(`id,y_true,${names}\n${lines.join('\n')}\n`, 'multiclass-classification')
    const base = classes('y_score_x,y_score_y', ['a,x,0.9,0.1', 'b,y,0.1,0.9'])
    const fresh = classes('y_score_a,y_score_x,y_score_y', ['a,x,0.2,0.3,0.5', 'b,y,0.6,0.3,0.1'])
    expect(worstBroken(base, fresh, 10)?.rows).toEqual([
      { id: 'b', truth: 'y', predicted: 'a', lost: 0.8 },
      { id: 'a', truth: 'x', predicted: 'y', lost: expect.closeTo(0.6, 12) },
    ])
    const lossy = (lines: string[]) => read(`id,y_true,y_pred,loss\n${lines.join('\n')}\n`)
    const worst = worstBroken(lossy(['a,1,1,0.1', 'b,1,1,0.2']), lossy(['a,1,0,0.6', 'b,1,0,3.2']), 10)
    expect([worst?.by, worst?.rows.map(({ id, lost }) => [id, lost])]).toEqual([
      'loss',
      [
        ['b', 3],
        ['a', 0.5],
      ],
    ])
  })

  it('are also of cases that pass or not, and of no numbers', () => {
    const cases = (passed: number) => read(`id,passed,score\na,${passed},${passed}\n`, 'generation')
    expect(countFlips(cases(1), cases(0))).toEqual({ ...none, onlyBaseRight: 1 })
    expect(worstBroken(cases(1), cases(0), 10)).toEqual({ by: 'score', rows: [{ id: 'a', lost: 1 }] })
    const far = (passed: number, score: string) => read(`id,passed,score\na,${passed},${score}\n`, 'generation')
    const lost = Number.MAX_VALUE
    expect(worstBroken(far(1, '1e308'), far(0, '-1e308'), 10)?.rows).toEqual([{ id: 'a', lost }])
    const numbers = read('id,y_true,y_pred\na,1,1\n', 'regression')
    expect(countFlips(numbers, numbers)).toBeNull()
    expect(worstBroken(numbers, numbers, 10)).toBeNull()
    expect(checkGolden('g.csv', ['a'], numbers, null)).toBeNull()
  })
})

describe('golden rows', () => {
  it('are broken where the base was right and the new run is wrong', () => {
    expect(checkGolden('g.csv', ['d', 'a', 'b', 'x', 'x'], predictionsOf('bc'), predictionsOf('dbc'))).toEqual({
      file: 'g.csv',
      rows: 4,
      broken: ['d'],
      brokenCount: 1,
      missing: ['x'],
      missingCount: 1,
    })
  })

  it('are broken where they are wrong, when no base says otherwise', () => {
    expect(checkGolden('g.csv', ['a', 'b'], predictionsOf('b'), null)).toMatchObject({ broken: ['a'], missing: [] })
    const without = read('id,y_true,y_pred\nb,1,1\n')
    expect(checkGolden('g.csv', ['a'], predictionsOf('b'), without)).toMatchObject({ broken: ['a'] })
  })

  it('are all counted, and a hundred of them listed', () => {
    const many = Array.from({ length: 150 }, (_, row) => `x${String(row).padStart(3, '0')}`)
    const check = checkGolden('g.csv', many, predictionsOf('a'), null)
    expect(check).toMatchObject({ missingCount: 150, brokenCount: 0 })
    expect(check?.missing).toEqual(many.slice(0, 100))
  })
})
