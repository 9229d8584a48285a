import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
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

/** Commits the example on main and the variant on a branch, and judges the one against the other. */
async function judgeVariant(example: string, variant: string, env: Record<string, string> = {}): Promise<Result> {
  const project = emptyProject()
  const source = join(root, 'examples', example)
  cpSync(source, project.root, {
    recursive: true,
    filter: (path) => path !== join(source, 'variants') && !/\.modelgate|__pycache__/.test(path),
  })
  project.commit('Baseline')
  project.git('checkout', '--quiet', '-b', variant)
  cpSync(join(source, 'variants', variant), project.root, { recursive: true })
  project.commit('Variant')
  const result = await start('cli', ['run', '--base', 'main', '--json'], { cwd: project.root, env }).finished
  return { ...JSON.parse(result.stdout), exitCode: result.exitCode }
}

function metric(result: Result, name: string): { base: number; new: number } | undefined {
  const found = result.comparison.metrics.find((candidate) => candidate.name === name)
  return found === undefined ? undefined : { base: found.base.value, new: found.new.value }
}

describe('breast-cancer, which needs nothing but Node', () => {
  it('passes the better variant', async () => {
    const result = await judgeVariant('breast-cancer', 'better')
    expect([result.exitCode, result.verdict.verdict, result.verdict.failedRules]).toEqual([0, 'pass', []])
    expect(metric(result, 'accuracy')?.base).toBeCloseTo(0.9228, 3)
    expect(metric(result, 'accuracy')?.new).toBeCloseTo(0.9719, 3)
    expect(metric(result, 'roc_auc')?.new).toBeCloseTo(0.9908, 3)
  })

  it('blocks the bad variant', async () => {
    const result = await judgeVariant('breast-cancer', 'bad')
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

  it('does not decide what the rows cannot tell, and says how many could', async () => {
    const result = await judgeVariant('breast-cancer', 'unsure')
    expect([result.exitCode, result.verdict.verdict]).toEqual([10, 'inconclusive'])
    expect(metric(result, 'accuracy')?.new).toBeCloseTo(0.9158, 3)
    expect(
      result.verdict.rules.filter(({ verdict }) => verdict === 'inconclusive').map(({ rowsToSettle }) => rowsToSettle),
    ).toEqual(expect.arrayContaining([expect.any(Number)]))
  })

  it('compares nothing with what was measured on other rows', async () => {
    const result = await judgeVariant('breast-cancer', 'other-exam')
    expect([result.exitCode, result.verdict.verdict]).toEqual([10, 'incomparable'])
    expect(metric(result, 'accuracy')?.new).toBeGreaterThan(0.97)
  })

  it('stops the variant with bad data before the training', async () => {
    const result = await judgeVariant('breast-cancer', 'bad-data')
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
})

const python = process.env.MODELGATE_TEST_PYTHON
const required = process.env.MODELGATE_REQUIRE_PYTHON === '1'

describe('digits-sklearn', () => {
  it('has a Python where one is required', () => {
    expect(required && (python === undefined || !existsSync(python))).toBe(false)
  })

  describe.runIf(python !== undefined)('with scikit-learn', () => {
    const env = python === undefined ? {} : { PATH: `${dirname(python)}${delimiter}${process.env.PATH ?? ''}` }

    it('passes the better variant', async () => {
      const result = await judgeVariant('digits-sklearn', 'better', env)
      expect([result.exitCode, result.verdict.verdict, result.verdict.failedRules]).toEqual([0, 'pass', []])
      expect(Math.abs((metric(result, 'accuracy')?.base ?? 0) - 0.9356)).toBeLessThan(0.005)
      expect(Math.abs((metric(result, 'accuracy')?.new ?? 0) - 0.9867)).toBeLessThan(0.005)
    })

    it('blocks the bad variant', async () => {
      const result = await judgeVariant('digits-sklearn', 'bad', env)
      expect([result.exitCode, result.verdict.verdict]).toEqual([10, 'fail'])
      expect(result.verdict.failedRules).toEqual(
        expect.arrayContaining(['model.non-inferior.accuracy', 'model.non-inferior.f1_macro']),
      )
    })
  })
})

describe('npm run demo', () => {
  it('shows each of the four verdicts, and writes every comment as Markdown and as a page', () => {
    const out = mkdtempSync(join(tmpdir(), 'modelgate-demo-test-'))
    onTestFinished(() => rmSync(out, { recursive: true, force: true }))
    const result = spawnSync(process.execPath, [join(root, 'scripts', 'demo.ts'), '--out', out], {
      encoding: 'utf8',
      env: cleanEnvironment(),
    })
    expect(
      [...result.stdout.matchAll(/^ {2}(\S+) +(\S.*?)? +(\d+)$/gm)].map((row) => [row[1], row[2] ?? '', row[3]]),
    ).toEqual([
      ['main', 'first run', '0'],
      ['better', 'pass', '0'],
      ['bad', 'fail', '10'],
      ['bad-data', 'fail', '10'],
      ['unsure', 'inconclusive', '10'],
      ['other-exam', 'incomparable', '10'],
      ['self-test', '', '0'],
    ])
    expect(result.status).toBe(0)
    expect(result.stdout).toContain('2 of 2 rules passed. No baseline: 3 rules about the change were not judged.')
    for (const variant of ['better', 'bad', 'bad-data', 'unsure', 'other-exam']) {
      expect(result.stdout).toContain(join(out, variant, 'report.preview.html'))
      expect(readFileSync(join(out, variant, 'report.preview.html'), 'utf8')).toContain('<code>breast-cancer</code>')
      expect(result.stdout).toContain(join(out, variant, 'report.html'))
      const page = readFileSync(join(out, variant, 'report.html'), 'utf8')
      expect(page).toContain(variant === 'bad-data' ? 'Nothing was trained or measured:' : '<figure id="roc"')
    }
    expect(readFileSync(join(out, 'bad', 'report.md'), 'utf8')).toMatch(/^## ❌ `breast-cancer`: fail \(blocked\)\n/)
  })
})
