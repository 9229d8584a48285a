import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Comparison } from '../../src/compare/comparison.ts'
import type { RuleResult, Verdict } from '../../src/gate/verdict.ts'
import { readJudgement } from '../../src/pipeline/checked-run.ts'
import { judgeAnew } from '../../src/pipeline/judge-anew.ts'
import { judgeStored } from '../../src/pipeline/judge-stored.ts'
import { writeParquet } from '../data/source/opening.ts'
import { commitAll, git, repositoryWith, temporaryFolder, writeFiles } from '../record/temporary-repository.ts'
import { run as runChange } from './change.ts'

/** Every fifth row of group b is answered wrongly, and of both groups as many of 100 as `wrong` says. */
const evaluate = `import { readFileSync, writeFileSync } from 'node:fs'
const { wrong, luck = 0, seeds = 0 } = JSON.parse(readFileSync('params.json', 'utf8'))
const rows = (seed) => Array.from({ length: 400 }, (_, id) => {
  const truth = id % 2
  const group = id % 4 < 2 ? 'a' : 'b'
  const fails = (id * 37 + seed * 11) % 100 < wrong || (group === 'b' && id % 20 === 3)
  return [id, truth, fails ? 1 - truth : truth, group].join(',')
})
const write = (file, seed) => writeFileSync(file, ['id,y_true,y_pred,group_of', ...rows(seed)].join('\\n') + '\\n')
if (seeds === 0) write('predictions.csv', 0)
else for (let seed = 1; seed <= seeds; seed++) write('predictions-' + seed + '.csv', seed)
writeFileSync('metrics.json', JSON.stringify({ luck: luck === 0 ? 1 : process.hrtime.bigint().toString().length + Math.random(), p95_ms: 12 }))
`

const pipeline = (rules: string, more = ''): string => `version: 1
name: tiny
task: binary-classification
params: params.json
stages:
  evaluate:
    run: node evaluate.mjs
    deps: [evaluate.mjs]
    params: [wrong]
    metrics: [metrics.json]
    predictions: predictions.csv
metrics:
  cost: { sql: "avg(CASE WHEN y_true = 1 AND y_pred = 0 THEN 500 WHEN y_true <> y_pred THEN 20 ELSE 0 END)", direction: lower, unit: EUR }
checkpoints:
  model:
    after: evaluate
    rules:
${rules
  .trim()
  .split('\n')
  .map((line) => `      ${line.trim().startsWith('-') ? line.trim() : `  ${line.trim()}`}`)
  .join('\n')}
${more}`

const files = (rules: string, params: object = { wrong: 5 }, more = ''): Record<string, string> => ({
  'modelgate.yaml': pipeline(rules, more),
  'evaluate.mjs': evaluate,
  'params.json': JSON.stringify(params),
  '.gitignore': 'predictions*\nmetrics.json\n',
})

/** Runs, judges, and sees whether the same is judged again from what lies in the folder of the run. */
const run: typeof runChange = async (folder, given) => {
  const result = await runChange(folder, given)
  const request = { folder: result.folder, loaded: result.loaded, now: new Date(), blockedToo: true }
  if (result.judged !== null) await judgeAnew(await readJudgement(result.folder), request)
  return result
}

type Judged = { verdict: Verdict; comparison: Comparison }
const judged = (result: Awaited<ReturnType<typeof run>>): Judged => {
  if (result.judged === null) throw new Error('not judged')
  return result.judged.judgement
}
const ruleOf = ({ verdict }: Judged, id: string): RuleResult | undefined => verdict.rules.find((rule) => rule.id === id)

/** A repository whose main is the base, and a branch with other parameters or files. */
function changed(rules: string, change: Record<string, string>, more = ''): string {
  const folder = repositoryWith(files(rules, { wrong: 5 }, more))
  git(folder, 'checkout', '--quiet', '-b', 'change')
  writeFiles(folder, change)
  commitAll(folder, 'Change')
  return folder
}

const params = (values: object): Record<string, string> => ({ 'params.json': JSON.stringify(values) })

describe('metrics of the user', () => {
  it('are computed on both sides, with an interval, and judged like others', async () => {
    const folder = changed('- non-inferior: { metric: cost, margin: 5 }', params({ wrong: 25 }))
    const result = judged(await run(folder, { base: 'main' }))
    const cost = result.comparison.metrics.find(({ name }) => name === 'cost')
    expect(cost).toMatchObject({
      direction: 'lower',
      unit: 'EUR',
      method: 'delete-a-group jackknife, 50 groups of rows',
    })
    expect(cost?.difference).toBeGreaterThan(20)
    expect(ruleOf(result, 'model.non-inferior.cost')).toMatchObject({ verdict: 'fail', consequence: 'block' })
  })

  it('say in their own words what is wrong with the SQL', async () => {
    const folder = repositoryWith(files('- threshold: { metric: cost, max: 90 }'))
    writeFiles(folder, {
      'modelgate.yaml': pipeline('- threshold: { metric: cost, max: 90 }').replace('avg(CASE', 'avg(nothing + CASE'),
    })
    await expect(run(folder)).rejects.toMatchObject({
      code: 'data/column',
      message: expect.stringContaining('nothing'),
    })
  })
})

describe('slices', () => {
  const rule = '- slices: { by: [group_of], min-n: 50, rule: { non-inferior: { metric: accuracy, margin: 0.05 } } }'

  it('show who got hurt where the whole looks fine', async () => {
    const folder = changed(rule, { 'evaluate.mjs': evaluate.replace('id % 20 === 3', 'id % 5 === 3') })
    const result = judged(await run(folder, { base: 'main' }))
    const found = ruleOf(result, 'model.slices.accuracy.group_of')
    expect(found).toMatchObject({ verdict: 'fail', consequence: 'block' })
    expect(found?.parts?.map(({ name, verdict }) => [name, verdict])).toEqual(
      expect.arrayContaining([
        ['group_of=a', 'pass'],
        ['group_of=b', 'fail'],
      ]),
    )
    expect(result.comparison.slices.map(({ value, rows }) => [value, rows])).toEqual([
      ['a', { base: 200, new: 200 }],
      ['b', { base: 200, new: 200 }],
    ])
  })

  it('are those of the base: a change does not move the rows that it hurts into another one', async () => {
    const moved = evaluate
      .replace('id % 20 === 3', 'id % 5 === 3')
      .replace('truth, group].join', "truth, fails ? 'a' : group].join")
    const result = judged(await run(changed(rule, { 'evaluate.mjs': moved }), { base: 'main' }))
    expect(ruleOf(result, 'model.slices.accuracy.group_of')?.verdict).toBe('fail')
    expect(result.comparison.warnings.join()).toMatch(/\d+ rows are in another slice by group_of than in the base/)
  })

  it('that the new run lacks fail their rule', async () => {
    const without = evaluate.replaceAll(', group].join', '].join').replace(',group_of', '')
    const result = judged(await run(changed(rule, { 'evaluate.mjs': without }), { base: 'main' }))
    expect(ruleOf(result, 'model.slices.accuracy.group_of')).toMatchObject({ verdict: 'fail', missing: true })
  })
})

describe('golden rows', () => {
  const rule = '- flips: { max-negative-rate: 0.5, golden: golden.txt }'
  const withGolden = (ids: string, change: Record<string, string>): string => {
    const folder = repositoryWith({ ...files(rule), 'golden.txt': ids })
    git(folder, 'checkout', '--quiet', '-b', 'change')
    writeFiles(folder, change)
    commitAll(folder, 'Change')
    return folder
  }

  it('that are broken block, and the list of the base counts', async () => {
    // Row 10 (370 % 100 = 70) is wrong from 71 on.
    const result = judged(
      await run(withGolden('10\n', { ...params({ wrong: 75 }), 'golden.txt': '1\n' }), { base: 'main' }),
    )
    expect(result.comparison.golden).toEqual([
      { file: 'golden.txt', rows: 1, broken: ['10'], brokenCount: 1, missing: [], missingCount: 0 },
    ])
    expect(ruleOf(result, 'model.flips')).toMatchObject({ verdict: 'fail' })
  })

  it('without a prediction fail', async () => {
    const result = judged(await run(withGolden('10\nno-such-row\n', params({ wrong: 5 })), { base: 'main' }))
    expect(ruleOf(result, 'model.flips')).toMatchObject({ verdict: 'fail' })
    expect(result.comparison.golden[0]).toMatchObject({ missing: ['no-such-row'] })
  })

  it('of an empty or missing list are an error', async () => {
    await expect(run(withGolden('# nothing\n', {}), { base: 'main' })).rejects.toMatchObject({ code: 'golden/empty' })
    const folder = repositoryWith(files(rule))
    await expect(run(folder)).rejects.toMatchObject({ code: 'files/not-found' })
  })
})

describe('the same pipeline, run again', () => {
  it('passes where it gives the same, and the record holds what it gave', async () => {
    const result = await run(repositoryWith(files('- reproducible: { reruns: 2 }')))
    expect(ruleOf(judged(result), 'model.reproducible')).toMatchObject({ verdict: 'pass' })
    expect(result.fresh.record.reruns.map(({ luck }) => luck)).toEqual([1, 1])
  })

  it('fails where it does not', async () => {
    const result = await run(repositoryWith(files('- reproducible: { reruns: 1 }', { wrong: 5, luck: 1 })))
    const found = ruleOf(judged(result), 'model.reproducible')
    expect(found).toMatchObject({ verdict: 'fail' })
    expect(found?.reason).toContain('luck')
  })
})

describe('earlier runs', () => {
  /** Records of runs with so many wrong answers of 100. */
  async function records(folder: string, wrongs = [5, 6, 7]): Promise<{ history: string; ids: string[] }> {
    const history = temporaryFolder()
    const ids: string[] = []
    for (const [index, wrong] of wrongs.entries()) {
      writeFiles(folder, params({ wrong }))
      commitAll(folder, `Answer ${wrong} wrongly in run ${index}`)
      const { fresh } = await run(folder, { out: join(history, `run-${index}`) })
      ids.push(fresh.record.id)
    }
    return { history, ids }
  }

  it('are the baseline that a rule names: champion, best, rolling and pinned', async () => {
    const rules = ['champion', 'best', 'rolling(3)', 'pinned(v1)']
      .map((baseline) => `- non-inferior: { metric: accuracy, margin: 0.04 }\n  baseline: ${baseline}`)
      .join('\n')
    const folder = repositoryWith(files(rules))
    const { history, ids } = await records(folder)
    git(folder, 'tag', 'v1', 'HEAD~1')
    writeFileSync(join(history, 'stages.json'), JSON.stringify({ production: ids[2] }))
    writeFiles(folder, params({ wrong: 8 }))
    commitAll(folder, 'Answer 8 wrongly')
    const result = judged(await run(folder, { history }))
    const explained = Object.fromEntries(
      result.comparison.otherBaselines.map(({ name, explanation }) => [name, explanation]),
    )
    expect(explained.champion).toContain(`the champion, run ${ids[2]}`)
    const champion = result.comparison.otherBaselines.find(({ name }) => name === 'champion')
    expect(champion?.run).toEqual({
      id: ids[2],
      record: expect.any(String),
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    })
    expect(explained.best).toContain(`run ${ids[0]}`)
    expect(explained['rolling(3)']).toContain('the mean of the last 3 runs')
    expect(explained['pinned(v1)']).toContain(`pinned to v1: run ${ids[1]}`)
    const verdicts = result.verdict.rules.map(({ id, verdict }) => `${id} ${verdict}`)
    expect(verdicts).toEqual([
      'model.non-inferior.accuracy@champion pass',
      expect.stringContaining('model.non-inferior.accuracy@best '),
      expect.stringContaining('model.non-inferior.accuracy@rolling(3) '),
      expect.stringContaining('model.non-inferior.accuracy@pinned(v1) pass'),
    ])
    const rolling = result.verdict.rules.find(({ id }) => id.endsWith('@rolling(3)'))
    expect(rolling?.method).toContain('two-sample z')
  })

  it('that nobody named leave the rule undecided, and the first promotion is not missed', async () => {
    const rule = '- non-inferior: { metric: accuracy, margin: 0.04 }\n  baseline: champion'
    const folder = repositoryWith(files(rule))
    const unknown = judged(await run(folder))
    expect(unknown.verdict.rules).toMatchObject([{ verdict: 'incomparable', consequence: 'block' }])
    const { history } = await records(folder)
    const none = judged(await run(folder, { history }))
    expect(none.verdict.rules).toMatchObject([{ verdict: 'skipped', consequence: 'none' }])
  })

  it('say what is usual', async () => {
    const rule = '- history: { metric: accuracy, window: 5, method: mad, k: 3, min-runs: 5 }'
    const folder = repositoryWith(files(rule))
    const { history } = await records(folder, [5, 6, 7, 5, 6])
    writeFiles(folder, params({ wrong: 40 }))
    const result = judged(await run(folder, { history }))
    expect(result.verdict.rules).toMatchObject([{ id: 'model.history.accuracy', verdict: 'fail' }])
    expect(result.comparison.history?.runs).toHaveLength(5)
  })

  it('serve the gate on a stored run too, and the base branch among them', async () => {
    const folder = repositoryWith(files('- non-inferior: { metric: accuracy, margin: 0.04 }'))
    const { history, ids } = await records(folder)
    git(folder, 'checkout', '--quiet', '-b', 'change')
    writeFiles(folder, params({ wrong: 30 }))
    commitAll(folder, 'Answer 30 wrongly')
    const out = temporaryFolder()
    await run(folder, { out })
    const { judgement } = await judgeStored({ workingDirectory: folder, run: out, history, base: 'main' })
    expect(judgement.comparison.baseline).toMatchObject({
      kind: 'past-run',
      explanation: expect.stringContaining(ids[2] ?? ''),
    })
    expect(judgement.verdict).toMatchObject({ verdict: 'fail', outcome: 'blocked', policy: { from: 'base' } })
  })

  it('spare running the base where it has a run, and only there', async () => {
    const folder = repositoryWith(files('- non-inferior: { metric: accuracy, margin: 0.04 }'))
    const { history, ids } = await records(folder)
    git(folder, 'checkout', '--quiet', '-b', 'change')
    writeFiles(folder, params({ wrong: 6 }))
    commitAll(folder, 'Answer 6 wrongly')
    const result = await run(folder, { history, base: 'main' })
    expect(result.events.filter((event) => event.startsWith('base '))).toEqual(['base recorded succeeded'])
    expect(judged(result).comparison.baseline).toMatchObject({
      kind: 'stored-run',
      explanation: expect.stringContaining(ids[2] ?? ''),
    })
    git(folder, 'checkout', '--quiet', 'main')
    writeFiles(folder, params({ wrong: 9 }))
    commitAll(folder, 'Answer 9 wrongly, without a record')
    git(folder, 'checkout', '--quiet', '-b', 'later')
    const measured = await run(folder, { history, base: 'main' })
    expect(judged(measured).comparison.baseline).toMatchObject({
      kind: 'base-run',
      explanation: expect.stringContaining('params.json'),
    })
  })

  it('in a file of the project must be what the base branch has', async () => {
    const rule = '- non-inferior: { metric: accuracy, margin: 0.04 }\n  baseline: baseline/run.json'
    const folder = repositoryWith(files('- threshold: { metric: accuracy, min: 0.1 }'))
    const { fresh } = await run(folder)
    cpSync(join(fresh.file, '..'), join(folder, 'baseline'), { recursive: true })
    writeFiles(folder, { 'modelgate.yaml': pipeline(rule), '.gitignore': '/predictions*\n/metrics.json\n' })
    commitAll(folder, 'Keep a baseline')
    git(folder, 'checkout', '--quiet', '-b', 'change')
    writeFiles(folder, params({ wrong: 6 }))
    commitAll(folder, 'Change')
    expect(judged(await run(folder, { base: 'main' })).verdict.verdict).toBe('pass')
    const record = JSON.parse(JSON.stringify(fresh.record))
    writeFiles(folder, { 'baseline/run.json': JSON.stringify({ ...record, id: 'edited' }) })
    const edited = judged(await run(folder, { base: 'main' }))
    expect(edited.verdict.rules).toMatchObject([
      { verdict: 'incomparable', reason: expect.stringContaining('is not what it is on the base branch') },
    ])
  })
})

describe('predictions', () => {
  it('of several seeds are compared from seed to seed', async () => {
    const rule = '- non-inferior: { metric: accuracy, margin: 0.1 }'
    const seeds = (count: number): string =>
      `[${Array.from({ length: count }, (_, seed) => `predictions-${seed + 1}.csv`).join(', ')}]`
    const folder = repositoryWith({
      ...files(rule, { wrong: 5, seeds: 4 }),
      'modelgate.yaml': pipeline(rule).replace('predictions: predictions.csv', `predictions: ${seeds(4)}`),
    })
    git(folder, 'checkout', '--quiet', '-b', 'change')
    writeFiles(folder, params({ wrong: 7, seeds: 4 }))
    commitAll(folder, 'Change')
    const result = judged(await run(folder, { base: 'main' }))
    const accuracy = result.comparison.metrics.find(({ name }) => name === 'accuracy')
    expect(accuracy?.seeds).toEqual({ base: 4, new: 4 })
    expect(accuracy?.new.method).toContain('4 seeds')
    expect(result.verdict.rules).toHaveLength(1)
  })

  it('may be Parquet', async () => {
    const folder = repositoryWith({
      ...files('- threshold: { metric: accuracy, min: 0.9, confidence: 0.95 }'),
      'modelgate.yaml': pipeline('- threshold: { metric: accuracy, min: 0.9, confidence: 0.95 }')
        .replace('predictions: predictions.csv', 'predictions: predictions.parquet')
        .replace('run: node evaluate.mjs', 'run: "node evaluate.mjs && cp made.parquet predictions.parquet"'),
    })
    await writeParquet({
      [join(folder, 'made.parquet')]:
        `SELECT i AS id, i % 2 AS y_true, CASE WHEN i % 50 = 0 THEN 1 - i % 2 ELSE i % 2 END AS y_pred FROM range(1000) AS t(i)`,
    })
    const result = judged(await run(folder))
    expect(result.verdict).toMatchObject({ verdict: 'pass' })
    expect(result.comparison.metrics.find(({ name }) => name === 'accuracy')?.new.value).toBeCloseTo(0.98, 12)
  })
})

describe('a change that tries to get past', () => {
  it('cannot state what modelgate measures itself', async () => {
    const forged = evaluate.replace('p95_ms: 12', "p95_ms: 12, 'run.duration-ms': 0.1")
    const folder = repositoryWith({
      ...files('- budget: { metric: run.duration-ms, max: 1ms }'),
      'evaluate.mjs': forged,
    })
    await expect(run(folder)).rejects.toMatchObject({ code: 'metrics/reserved' })
  })

  it('cannot say that rows which belong together do not', async () => {
    const inGroups = evaluate
      .replace('group].join', "group, 'g' + Math.floor(id / 16)].join")
      .replace('group_of', 'group_of,group')
    const folder = repositoryWith({ ...files('- threshold: { metric: accuracy, min: 0.5 }'), 'evaluate.mjs': inGroups })
    git(folder, 'checkout', '--quiet', '-b', 'change')
    writeFiles(folder, { 'evaluate.mjs': inGroups.replace('id / 16', 'id') })
    commitAll(folder, 'Change')
    const { comparison } = judged(await run(folder, { base: 'main' }))
    expect(comparison.warnings.join()).toContain('in another group than in the base: the groups of the base count')
    expect(comparison.metrics.find(({ name }) => name === 'mcc')?.method).toContain('group')
  })

  it('cannot change what a metric of the user takes for given', async () => {
    const weighted = evaluate.replace('group].join', 'group, 2].join').replace('group_of', 'group_of,weight')
    const sql = (text: string): string => text.replace(/sql: ".*?"/, 'sql: "avg(weight * abs(y_pred - y_true))"')
    const rule = '- non-inferior: { metric: cost, margin: 0.5 }'
    const folder = repositoryWith({ ...files(rule), 'modelgate.yaml': sql(pipeline(rule)), 'evaluate.mjs': weighted })
    git(folder, 'checkout', '--quiet', '-b', 'change')
    writeFiles(folder, { 'evaluate.mjs': weighted.replace('group, 2]', 'group, 0.1]') })
    commitAll(folder, 'Change')
    const { verdict } = judged(await run(folder, { base: 'main' }))
    expect(verdict.rules).toMatchObject([
      { verdict: 'incomparable', reason: expect.stringContaining('weight differs from that of the base in 400 rows') },
    ])
  })

  it('cannot bring its own champion', async () => {
    const rule = '- non-inferior: { metric: accuracy, margin: 0.04 }\n  baseline: champion'
    const folder = changed(rule, params({ wrong: 30 }))
    const history = temporaryFolder()
    const { fresh } = await run(folder, { out: join(history, 'own') })
    writeFileSync(join(history, 'stages.json'), JSON.stringify({ production: fresh.record.id }))
    const { verdict } = judged(await run(folder, { base: 'main', history }))
    expect(verdict.rules).toMatchObject([{ verdict: 'incomparable', consequence: 'block' }])
  })
})
