import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyProject } from '../e2e/project.ts'
import { cleanEnvironment, dist, start } from '../e2e/spawn.ts'

const root = resolve(dist, '..')

type Result = {
  exitCode: number | null
  verdict: { verdict: string; failedRules: string[]; rules: { verdict: string; rowsToSettle?: number | null }[] }
  comparison: {
    metrics: { name: string; base: { value: number }; new: { value: number } }[]
    data: {
      base: unknown
      new: { checks: { id: string; failing: number; at?: { line: number } }[]; drift: unknown }
    }[]
  }
}

/** Commits an example on main. `judge` lays a variant over it on a branch, and judges the one against the other. */
function exampleOf(name: string, env: Record<string, string>) {
  const project = emptyProject()
  const source = join(root, 'examples', name)
  cpSync(source, project.root, {
    recursive: true,
    filter: (path) => path !== join(source, 'variants') && !/\.modelgate|__pycache__/.test(path),
  })
  project.commit('Baseline')
  const judge = async (variant: string, ...baseline: string[]): Promise<Result> => {
    project.git('checkout', '--quiet', '-b', variant, 'main')
    cpSync(join(source, 'variants', variant), project.root, { recursive: true })
    project.commit('Variant')
    const args = ['run', ...baseline, '--out', `.modelgate/${variant}`, '--json']
    const result = await start('cli', args, { cwd: project.root, env }).finished
    return { ...JSON.parse(result.stdout), exitCode: result.exitCode }
  }
  return judge
}

function metric(result: Result, name: string): { base: number; new: number } | undefined {
  const found = result.comparison.metrics.find((candidate) => candidate.name === name)
  return found === undefined ? undefined : { base: found.base.value, new: found.new.value }
}

/** The demo commits the example and each of its variants, and judges the one against the other: once, for every test here. */
describe('breast-cancer, which needs nothing but Node, as `npm run demo` shows it', () => {
  const out = mkdtempSync(join(tmpdir(), 'modelgate-demo-test-'))
  let demo: SpawnSyncReturns<string>
  let exitCodes: Map<string, string>

  beforeAll(() => {
    demo = spawnSync(process.execPath, [join(root, 'scripts', 'demo.ts'), '--out', out], {
      encoding: 'utf8',
      env: cleanEnvironment(),
    })
    exitCodes = new Map(verdictTable().map(([name = '', , exitCode = '']) => [name, exitCode]))
  })
  afterAll(() => rmSync(out, { recursive: true, force: true }))

  const verdictTable = (): string[][] =>
    [...demo.stdout.matchAll(/^ {2}(\S+) +(\S.*?)? +(\d+)$/gm)].map((row) => [row[1] ?? '', row[2] ?? '', row[3] ?? ''])

  function judged(variant: string): Result {
    const read = (name: string): never => JSON.parse(readFileSync(join(out, variant, name), 'utf8')) as never
    return {
      exitCode: Number(exitCodes.get(variant)),
      verdict: read('verdict.json'),
      comparison: read('comparison.json'),
    }
  }

  it('passes the better variant', () => {
    const result = judged('better')
    expect([result.exitCode, result.verdict.verdict, result.verdict.failedRules]).toEqual([0, 'pass', []])
    expect(metric(result, 'accuracy')?.base).toBeCloseTo(0.9228, 3)
    expect(metric(result, 'accuracy')?.new).toBeCloseTo(0.9719, 3)
    expect(metric(result, 'roc_auc')?.new).toBeCloseTo(0.9908, 3)
  })

  it('blocks the bad variant', () => {
    const result = judged('bad')
    expect([result.exitCode, result.verdict.verdict]).toEqual([10, 'fail'])
    expect(result.verdict.failedRules).toEqual([
      'model.threshold.accuracy',
      'model.non-inferior.accuracy',
      'model.non-inferior.roc_auc',
      'model.non-inferior.recall',
    ])
    expect(metric(result, 'accuracy')?.new).toBeCloseTo(0.8316, 3)
    expect(result.comparison.data).toMatchObject([{ stage: 'validate', new: { verdict: 'pass' } }])
  })

  it('does not decide what the rows cannot tell, and says how many could', () => {
    const result = judged('unsure')
    expect([result.exitCode, result.verdict.verdict]).toEqual([10, 'inconclusive'])
    expect(metric(result, 'accuracy')?.new).toBeCloseTo(0.9158, 3)
    expect(
      result.verdict.rules.filter(({ verdict }) => verdict === 'inconclusive').map(({ rowsToSettle }) => rowsToSettle),
    ).toEqual(expect.arrayContaining([expect.any(Number)]))
  })

  it('compares nothing with what was measured on other rows', () => {
    const result = judged('other-exam')
    expect([result.exitCode, result.verdict.verdict]).toEqual([10, 'incomparable'])
    expect(metric(result, 'accuracy')?.new).toBeGreaterThan(0.97)
  })

  it('stops the variant with bad data before the training', () => {
    const result = judged('bad-data')
    expect([result.exitCode, result.verdict.failedRules]).toEqual([10, ['data.data']])
    expect(result.comparison).toMatchObject({ stoppedAt: 'validate', metrics: [] })
    const [data] = result.comparison.data
    expect(data?.base).toMatchObject({ verdict: 'pass', rows: 284 })
    expect(data?.new.checks.map(({ id, failing, at }) => [id, failing, at?.line])).toEqual([
      ['mean_radius.range', 10, 289],
      ['expr.perimeter-fits-radius', 10, 289],
      ['overlap.no-row-of-the-evaluation-set', 30, 286],
    ])
    expect(data?.new.drift).toMatchObject({ verdict: 'pass', evaluated: 31, drifted: 0 })
  })

  it('shows each of the four verdicts, and writes every comment as Markdown and as a page', () => {
    expect(verdictTable()).toEqual([
      ['main', 'first run', '0'],
      ['better', 'pass', '0'],
      ['bad', 'fail', '10'],
      ['bad-data', 'fail', '10'],
      ['unsure', 'inconclusive', '10'],
      ['other-exam', 'incomparable', '10'],
      ['self-test', '', '0'],
    ])
    expect(demo.status).toBe(0)
    expect(demo.stdout).toContain('2 of 2 rules passed. No baseline: 3 rules about the change were not judged.')
    for (const variant of ['better', 'bad', 'bad-data', 'unsure', 'other-exam']) {
      expect(demo.stdout).toContain(join(out, variant, 'report.preview.html'))
      expect(readFileSync(join(out, variant, 'report.preview.html'), 'utf8')).toContain('<code>breast-cancer</code>')
      expect(demo.stdout).toContain(join(out, variant, 'report.html'))
      const page = readFileSync(join(out, variant, 'report.html'), 'utf8')
      expect(page).toContain(variant === 'bad-data' ? 'Nothing was trained or measured:' : '<figure id="roc"')
    }
    expect(readFileSync(join(out, 'bad', 'report.md'), 'utf8')).toMatch(/^## ❌ `breast-cancer`: fail \(blocked\)\n/)
  })
})

const python = process.env.MODELGATE_TEST_PYTHON
const required = process.env.MODELGATE_REQUIRE_PYTHON === '1'

describe('digits-sklearn', () => {
  it('has a Python where one is required', () => {
    expect(required && (python === undefined || !existsSync(python))).toBe(false)
  })

  describe.runIf(python !== undefined)('with scikit-learn', () => {
    // Threads that wait for one another on a busy machine cost more than they bring.
    const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
    const env = { ...threads, PATH: `${dirname(python ?? '')}${delimiter}${process.env.PATH ?? ''}` }

    it('passes the better variant, and blocks the bad one by what was measured of the same base', async () => {
      const judge = exampleOf('digits-sklearn', env)
      const better = await judge('better', '--base', 'main')
      expect([better.exitCode, better.verdict.verdict, better.verdict.failedRules]).toEqual([0, 'pass', []])
      expect(Math.abs((metric(better, 'accuracy')?.base ?? 0) - 0.9356)).toBeLessThan(0.005)
      expect(Math.abs((metric(better, 'accuracy')?.new ?? 0) - 0.9867)).toBeLessThan(0.005)

      const bad = await judge('bad', '--baseline', '.modelgate/better/base/run.json')
      expect([bad.exitCode, bad.verdict.verdict]).toEqual([10, 'fail'])
      expect(bad.verdict.failedRules).toEqual(
        expect.arrayContaining(['model.non-inferior.accuracy', 'model.non-inferior.f1_macro']),
      )
    })
  })
})
