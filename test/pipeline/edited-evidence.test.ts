import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { digestOfWritten } from '../../src/base/digest.ts'
import { ModelgateError } from '../../src/base/error.ts'
import type { Comparison } from '../../src/compare/comparison.ts'
import type { Verdict } from '../../src/gate/verdict.ts'
import { judgeStored } from '../../src/pipeline/judge-stored.ts'
import { publishModel } from '../../src/pipeline/publish-model.ts'
import { recordHistory } from '../../src/pipeline/record-history.ts'
import type { RunRecord } from '../../src/record/run-record.ts'
import { readRecord } from '../../src/record/store.ts'
import { DirectoryChannel } from '../../src/registry/channels/directory.ts'
import { pathWithModelgate } from '../e2e/sources.ts'
import { commitAll, git, repositoryWith, writeFiles } from '../record/temporary-repository.ts'
import { memoryStore } from '../registry/memory-store.ts'
import { run } from './change.ts'
import { publishRequest, safetensors, scratch } from './publish.ts'

/** Of 400 rows so many are answered rightly as right.txt says. */
const evaluate = `import { readFileSync, writeFileSync } from 'node:fs'
const right = Number(readFileSync('right.txt', 'utf8'))
const rows = Array.from({ length: 400 }, (_, id) => [id, id % 2, id < right ? id % 2 : 1 - (id % 2)].join())
writeFileSync('predictions.csv', ['id,y_true,y_pred', ...rows].join('\\n') + '\\n')
writeFileSync('metrics.json', JSON.stringify({ accuracy: right / 400 }))
`

const config = `version: 1
name: iris
task: binary-classification
stages:
  train: { run: rm -rf model && cp -r weights model, deps: [weights], outs: [model] }
  evaluate:
    needs: [train]
    run: node evaluate.mjs
    deps: [right.txt, evaluate.mjs]
    metrics: [metrics.json]
    predictions: predictions.csv
checkpoints:
  model:
    after: evaluate
    rules:
      - threshold: { metric: accuracy, min: 0.8, confidence: 0.95 }
      - non-inferior: { metric: accuracy, margin: 0.03 }
model: { path: model }
publish: { channels: { share: { directory: ../share } } }
`

type Evidence = { record: RunRecord; comparison: Comparison; verdict: Verdict }
type Files = { folder: string; good: string; bad: string }
let project: Files
const names = { record: 'run.json', comparison: 'comparison.json', verdict: 'verdict.json' } as const
const kinds = ['record', 'comparison', 'verdict'] as const

/** A base, a change that is as good, and one that is worse: both run and judged, the second blocked. */
beforeAll(async () => {
  const folder = repositoryWith({
    'modelgate.yaml': config,
    'evaluate.mjs': evaluate,
    'right.txt': '380',
    'weights/weights.bin': safetensors('0123456789'),
    '.gitignore': 'model\npredictions.csv\nmetrics.json\n',
  })
  git(folder, 'checkout', '--quiet', '-b', 'change')
  const judged = async (right: string): Promise<string> => {
    writeFiles(folder, { 'right.txt': right })
    commitAll(folder, `Answer ${right} rightly`)
    return (await run(folder, { base: 'main' })).folder
  }
  project = { folder, bad: await judged('300'), good: await judged('384') }
})

/** Edits the files of a run for as long as `then` takes. */
async function edited<T>(
  folder: string,
  edit: (files: Evidence) => void,
  seal: boolean,
  then: () => Promise<T>,
): Promise<T> {
  const before = Object.fromEntries(kinds.map((kind) => [kind, readFileSync(join(folder, names[kind]), 'utf8')]))
  const files = Object.fromEntries(kinds.map((kind) => [kind, JSON.parse(before[kind] ?? '')])) as Evidence
  edit(files)
  if (seal) {
    // As somebody would who has read how the three are bound to one another.
    files.comparison.new.record = digestOfWritten(files.record)
    if (files.verdict.judgedOn !== undefined) files.verdict.judgedOn.comparison = digestOfWritten(files.comparison)
  }
  for (const kind of kinds) writeFileSync(join(folder, names[kind]), JSON.stringify(files[kind]))
  try {
    return await then()
  } finally {
    for (const kind of kinds) writeFileSync(join(folder, names[kind]), before[kind] ?? '')
  }
}

/** What became of publishing: `published`, or the code of the refusal. Nothing may be left of one that was refused. */
async function publish(of: string, { now = new Date(), store = memoryStore() } = {}): Promise<string> {
  const [refs, share] = [(await store.refs('refs/')).size, scratch()]
  try {
    const channels = [{ name: 'share', channel: new DirectoryChannel(share) }]
    return (await publishModel(publishRequest(project.folder, of, store, channels, { now }))).outcome
  } catch (error) {
    if (!(error instanceof ModelgateError)) throw error
    expect(['user', 'blocked']).toContain(error.kind)
    expect((await store.refs('refs/')).size).toBe(refs)
    expect(readdirSync(share)).toEqual([])
    return error.code
  }
}

const accuracy = ({ comparison }: Evidence): Comparison['metrics'][number] => {
  const found = comparison.metrics.find(({ name }) => name === 'accuracy')
  if (found === undefined) throw new Error('not measured')
  return found
}

/** Each thing that decides, changed by itself. */
const edits: Record<string, (files: Evidence) => void> = {
  'value in the record': ({ record }) => Object.assign(record.metrics[0] ?? {}, { value: 0.99 }),
  'digest of the predictions': ({ record }) =>
    Object.assign(record.predictions[0] ?? {}, { digest: `sha256:${'0'.repeat(64)}` }),
  'digest of the model': ({ record }) =>
    Object.assign(record.stages[0]?.outs.model ?? {}, { digest: `sha256:${'0'.repeat(64)}` }),
  'id in the record': ({ record }) => Object.assign(record, { id: 'another' }),
  'id everywhere': ({ record, comparison, verdict }) => {
    for (const one of [record, comparison.new]) one.id = 'another'
    verdict.run = 'another'
  },
  'id in the comparison': ({ comparison }) => Object.assign(comparison.new, { id: 'another' }),
  'id in the verdict': ({ verdict }) => Object.assign(verdict, { run: 'another' }),
  value: (files) => Object.assign(accuracy(files).new, { value: 0.99 }),
  interval: (files) => Object.assign(accuracy(files).new.intervals[0] ?? {}, { lower: 0.98 }),
  'value of the base': (files) => Object.assign(accuracy(files).base ?? {}, { value: 0.5 }),
  difference: (files) => Object.assign(accuracy(files), { difference: 0.2 }),
  'interval of the difference': (files) => Object.assign(accuracy(files).intervals[0] ?? {}, { lower: 0.1 }),
  conflict: (files) => Object.assign(accuracy(files).new, { conflict: 'made up' }),
  'commit of the base': ({ comparison }) => Object.assign(comparison.base ?? {}, { commit: 'a'.repeat(40) }),
  'id of the base': ({ comparison }) => Object.assign(comparison.base ?? {}, { id: 'another' }),
  'record of the base': ({ comparison }) =>
    Object.assign(comparison.base ?? {}, { record: `sha256:${'0'.repeat(64)}` }),
  'no base': ({ comparison }) => Object.assign(comparison, { base: null }),
  'model in the comparison': ({ comparison }) =>
    Object.assign(comparison.new.outs ?? {}, { model: `sha256:${'0'.repeat(64)}` }),
  rows: ({ comparison }) => Object.assign(comparison.evaluated, { new: 4000 }),
  'verdict of a rule': ({ verdict }) => Object.assign(verdict.rules[1] ?? {}, { verdict: 'inconclusive' }),
  'consequence of a rule': ({ verdict }) => Object.assign(verdict.rules[1] ?? {}, { consequence: 'warn' }),
  'reason of a rule': ({ verdict }) => Object.assign(verdict.rules[1] ?? {}, { reason: 'Much better.' }),
  rules: ({ verdict }) => verdict.rules.pop(),
  verdict: ({ verdict }) => Object.assign(verdict, { verdict: 'inconclusive' }),
  outcome: ({ verdict }) => Object.assign(verdict, { outcome: 'blocked' }),
  policy: ({ verdict }) => Object.assign(verdict.policy, { digest: `sha256:${'0'.repeat(64)}` }),
  'whose checkpoints': ({ verdict }) => Object.assign(verdict.policy, { from: 'change' }),
  waiver: ({ verdict }) =>
    verdict.waivers.push({
      rule: 'model',
      reason: 'no',
      by: '@me',
      until: '2999-01-01',
      state: 'in-force',
      waived: ['model.threshold.accuracy'],
    }),
  'nothing that binds': ({ verdict }) => delete verdict.judgedOn,
}

describe('the evidence of a run', () => {
  it('is published as the gate wrote it', async () => {
    expect(await publish(project.good)).toBe('published')
    expect(await publish(project.bad)).toBe('bundle/blocked')
  })

  it.each(Object.entries(edits))(
    'is refused with another %s, and also when the digests are made to fit',
    async (name, edit) => {
      for (const seal of [false, true]) {
        const code = await edited(project.good, edit, seal, () => publish(project.good))
        expect(code, `${name}, ${seal}`).toMatch(/^(?:evidence|bundle|predictions)\//)
      }
    },
  )

  it('is refused when a blocked run is made a pass in all three files, by whatever step it would get past', async () => {
    const good = Object.fromEntries(
      kinds.map((kind) => [kind, JSON.parse(readFileSync(join(project.good, names[kind]), 'utf8'))]),
    ) as Evidence
    const verdictOnly = ({ verdict }: Evidence): void => {
      Object.assign(verdict, { ...good.verdict, run: verdict.run, judgedOn: verdict.judgedOn })
    }
    const measurements = (files: Evidence): void => {
      const { metrics, flips, evaluated } = good.comparison
      Object.assign(files.comparison, { metrics, flips, evaluated })
    }
    const numbers = ({ record }: Evidence): void => {
      record.metrics = good.record.metrics
    }
    const steps: [string, ((files: Evidence) => void)[]][] = [
      ['evidence/verdict', [verdictOnly]],
      ['evidence/comparison', [verdictOnly, measurements]],
      ['evidence/comparison', [verdictOnly, measurements, numbers]],
    ]
    for (const [code, edits] of steps) {
      const all = (files: Evidence): void => {
        for (const edit of edits) edit(files)
      }
      expect(await edited(project.bad, all, true, () => publish(project.bad))).toBe(code)
    }
    // Nor with the predictions of another model: the record names its own.
    const file = readdirSync(project.bad).find((name) => name.startsWith('predictions')) ?? ''
    const own = readFileSync(join(project.bad, file))
    cpSync(join(project.good, file), join(project.bad, file))
    expect(await edited(project.bad, verdictOnly, true, () => publish(project.bad))).toBe('predictions/changed')
    writeFileSync(join(project.bad, file), own)
  })

  it('is refused when the baseline that stopped it is taken out', async () => {
    // As the gate would have judged it without one: by the threshold alone, which is lower here.
    const { folder, bad } = project
    writeFiles(folder, { 'modelgate.yaml': config.replace('min: 0.8', 'min: 0.5') })
    const alone = join(scratch(), 'alone')
    cpSync(bad, alone, { recursive: true })
    rmSync(join(alone, 'base'), { recursive: true })
    const { comparison, verdict } = (await judgeStored({ workingDirectory: folder, run: alone })).judgement
    expect(verdict.outcome).toBe('passed')
    const withoutBase = (files: Evidence): void => {
      Object.assign(files, { comparison, verdict })
    }
    for (const baseline of ['beside it', 'kept']) {
      if (baseline === 'kept') {
        const moved = join(scratch(), 'base')
        renameSync(join(bad, 'base'), moved)
        await judgeStored({ workingDirectory: folder, run: bad, baseline: moved })
      } else await judgeStored({ workingDirectory: folder, run: bad })
      expect(await publish(bad), baseline).toBe('bundle/blocked')
      expect(await edited(bad, withoutBase, true, () => publish(bad)), baseline).toBe('evidence/baseline')
    }
    const [kept = ''] = readdirSync(join(bad, 'compared'))
    renameSync(join(bad, 'compared', kept), join(bad, 'base'))
    writeFiles(folder, { 'modelgate.yaml': config })
    await judgeStored({ workingDirectory: folder, run: bad, base: 'main' })
  })

  it('says by the command line which file differs, in what, and how to mend it', () => {
    const publishAt = (): [number | null, string] => {
      const { status, stderr } = spawnSync('modelgate', ['publish', '--run', project.bad], {
        cwd: project.folder,
        encoding: 'utf8',
        shell: false,
        env: { ...process.env, PATH: pathWithModelgate() },
      })
      return [status, stderr]
    }
    return edited(
      project.bad,
      (files) => {
        Object.assign(files.verdict, { verdict: 'pass', outcome: 'passed', failedRules: [] })
        for (const rule of files.verdict.rules) Object.assign(rule, { verdict: 'pass', consequence: 'none' })
        Object.assign(accuracy(files).new, { value: 0.97 })
      },
      true,
      async () => {
        const [status, stderr] = publishAt()
        expect(status).toBe(2)
        expect(stderr).toContain(
          'comparison.json has 0.97 as accuracy new value, but the records and predictions give 0.75.',
        )
        expect(stderr).toContain('Judge the run again with `modelgate gate --run`')
        expect(execFileSync('git', ['for-each-ref', 'refs/modelgate'], { cwd: project.folder, encoding: 'utf8' })).toBe(
          '',
        )
      },
    )
  })

  it('is judged again in its own folder, and published by that', async () => {
    const { folder, good } = project
    const again = await judgeStored({ workingDirectory: folder, run: good, base: 'main' })
    expect(again.judgement.verdict.outcome).toBe('passed')
    expect(await publish(good)).toBe('published')
    // Compared with another run, which is kept beside it: without that it cannot be judged again.
    await judgeStored({ workingDirectory: folder, run: good, baseline: join(good, 'base'), base: 'main' })
    const other = join(scratch(), 'other')
    cpSync(project.bad, other, { recursive: true })
    await judgeStored({ workingDirectory: folder, run: good, baseline: other, base: 'main' })
    rmSync(other, { recursive: true })
    expect(readdirSync(join(good, 'compared'))).toHaveLength(1)
    expect(await publish(good)).toBe('published')
    rmSync(join(good, 'compared'), { recursive: true })
    expect(await publish(good)).toBe('evidence/baseline')
    await judgeStored({ workingDirectory: folder, run: good, base: 'main' })
    expect(await publish(good)).toBe('published')
  })

  it('does not pass by the checkpoints of another commit, which the ones here would stop', async () => {
    const { folder, bad } = project
    git(folder, 'checkout', '--quiet', '-b', 'lax')
    writeFiles(folder, {
      'modelgate.yaml': config.replace('min: 0.8', 'min: 0.5').replace('margin: 0.03', 'margin: 0.5'),
    })
    commitAll(folder, 'Ask for little')
    git(folder, 'checkout', '--quiet', 'change')
    expect((await judgeStored({ workingDirectory: folder, run: bad, base: 'lax' })).judgement.verdict.outcome).toBe(
      'passed',
    )
    expect(await publish(bad)).toBe('bundle/blocked')
    // Nor where that commit is not here: the checkpoints that are here have to be the same.
    const gone = ({ verdict }: Evidence): void =>
      Object.assign(verdict.judgedOn ?? {}, { base: 'b'.repeat(40) }) as never
    expect(await edited(bad, gone, true, () => publish(bad))).toBe('evidence/base')
    expect(await edited(project.good, gone, true, () => publish(project.good))).toBe('published')
    await judgeStored({ workingDirectory: folder, run: bad, base: 'main' })
  })

  it('does not pass by checkpoints that were changed since, nor by a waiver that ended', async () => {
    const { folder, good, bad } = project
    const waivers = 'waivers:\n  - { rule: model, reason: "see #41", by: "@lead", until: 2999-12-31 }\n'
    writeFiles(folder, { 'modelgate.yaml': `${config}${waivers}` })
    expect(await publish(good)).toBe('evidence/policy')
    await judgeStored({ workingDirectory: folder, run: bad })
    expect(await publish(bad)).toBe('published')
    expect(await publish(bad, { now: new Date('3000-01-01T00:00:00Z') })).toBe('bundle/blocked')
    writeFiles(folder, { 'modelgate.yaml': config })
    expect(await publish(bad)).toBe('evidence/policy')
  })

  it('has a comparison that the verdict is about, also in what nothing measures', async () => {
    const words = ({ comparison }: Evidence): void => {
      comparison.baseline.explanation = 'the champion'
    }
    expect(await edited(project.good, words, false, () => publish(project.good))).toBe('evidence/comparison')
  })

  it('is the one that the history has, where it has the run', async () => {
    const { good } = project
    const store = memoryStore()
    const file = join(good, names.record)
    const fresh = await readRecord(file)
    const standing = { baseline: true, event: 'local', why: 'a test' }
    const signal = new AbortController().signal
    await recordHistory({
      store,
      fresh,
      judgement: undefined,
      standing,
      job: null,
      evidence: null,
      clock: systemClock,
      signal,
    })
    expect(await publish(good, { store })).toBe('published')
    // What no prediction shows, changed in all places alike.
    const quicker = ({ record, comparison }: Evidence): void => {
      for (const one of [record, comparison.new]) one.durationMs = 1
    }
    expect(await edited(good, quicker, true, () => publish(good))).toBe('published')
    expect(await edited(good, quicker, true, () => publish(good, { store }))).toBe('evidence/history')
  })
})
