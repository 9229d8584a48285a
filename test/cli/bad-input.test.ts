import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { emptyProject, type Project, projectFiles, tinyProject, withParams } from '../e2e/project.ts'
import { modelgate } from '../e2e/spawn.ts'

const config = projectFiles['modelgate.yaml']
const evaluate = projectFiles['evaluate.mjs']

/** What the last lines on standard error say, which must be the error and its remedy and nothing else. */
function errorLines(stderr: string): string[] {
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  const lines = stderr.trimEnd().split('\n')
  return lines.slice(lines.findIndex((line) => / \[[a-z]+\/[a-z-]+\]$/.test(line)))
}

describe('a fault in the input of `modelgate run` is one sentence with place and remedy, and exit code 2', () => {
  const cases: [string, Record<string, string>, string[]][] = [
    [
      'unknown key',
      { 'modelgate.yaml': config.replace('outs:', 'out:') },
      ['modelgate.yaml:6:69: Unknown key "out" in stages.train. [config/unknown-key]', '  Did you mean "outs"?'],
    ],
    [
      'wrong type',
      { 'modelgate.yaml': config.replace('min: 0.7', 'min: high') },
      [
        'modelgate.yaml:17:45: checkpoints.model.rules[0].threshold.min must be a number, but is the text "high". [config/invalid-value]',
      ],
    ],
    [
      'unknown stage in needs',
      { 'modelgate.yaml': config.replace('needs: [train]', 'needs: [trian]') },
      [
        'modelgate.yaml:8:13: Stage "evaluate" needs "trian", which is no stage. [config/unknown-stage]',
        '  Did you mean "train"?',
      ],
    ],
    [
      'a circle',
      { 'modelgate.yaml': config.replace('train: { run', 'train: { needs: [evaluate], run') },
      [
        'modelgate.yaml:6:19: The stages need one another in a circle: train -> evaluate -> train. [config/circle]',
        '  Remove one of these `needs`.',
      ],
    ],
    [
      'a missing parameter file',
      { 'modelgate.yaml': config.replace('params.json', 'parms.json') },
      [
        'parms.json: The parameter file does not exist. [files/not-found]',
        '  Create parms.json, or correct `params` in modelgate.yaml.',
      ],
    ],
    [
      'a metrics file that is not JSON',
      { 'evaluate.mjs': `${evaluate}writeFileSync('metrics.json', '{"accuracy": 0.9,}')\n` },
      [
        'metrics.json:1:18: The metrics file is not valid JSON: Expected double-quoted property name. [metrics/not-json]',
        '  Expected is a mapping of metric names to numbers, such as {"accuracy": 0.93}.',
      ],
    ],
    [
      'empty predictions',
      { 'evaluate.mjs': `${evaluate}writeFileSync('predictions.csv', '')\n` },
      ['predictions.csv: The file is empty. [table/empty]'],
    ],
    [
      'predictions with a header only',
      { 'evaluate.mjs': `${evaluate}writeFileSync('predictions.csv', 'id,y_true,y_pred\\n')\n` },
      [
        'predictions.csv: The predictions file has a header but no row. [predictions/empty]',
        '  Write one row per example of the evaluation set.',
      ],
    ],
  ]
  for (const [what, files, expected] of cases) {
    it(what, async () => {
      const project = tinyProject()
      project.write(files)
      const result = await modelgate(project.root, 'run')
      expect(errorLines(result.stderr)).toEqual(expected)
      expect(result.exitCode).toBe(2)
      expect(result.stdout).toBe('')
    })
  }

  it('no modelgate.yaml at all', async () => {
    const project = emptyProject()
    const result = await modelgate(project.root, 'run')
    expect(errorLines(result.stderr)[0]).toBe(
      `There is no modelgate.yaml in ${project.root} or a folder above it. [config/not-found]`,
    )
    expect(result.exitCode).toBe(2)
  })

  it('a file that a stage should have written', async () => {
    const project = tinyProject()
    project.write({ 'train.mjs': '' })
    const result = await modelgate(project.root, 'run')
    expect(errorLines(result.stderr)[0]).toBe(
      'model.json: "model.json", which stage "train" should have written, does not exist. [run/missing-output]',
    )
    expect(result.exitCode).toBe(2)
  })

  it('an unknown base, before anything runs', async () => {
    const project = tinyProject()
    const result = await modelgate(project.root, 'run', '--base', 'mian')
    expect(errorLines(result.stderr)[0]).toBe(
      'The base "mian" is no commit, branch or tag of this repository. [base/unknown-ref]',
    )
    expect(result.stderr).not.toContain('training')
    expect(result.exitCode).toBe(2)
  })

  it('an unknown option', async () => {
    const result = await modelgate(tinyProject().root, 'run', '--bas', 'main')
    expect(result.stderr).toBe("error: unknown option '--bas'\n(Did you mean --base?)\n")
    expect(result.exitCode).toBe(2)
  })

  it('is an object on standard output with --json', async () => {
    const project = tinyProject()
    project.write({ 'modelgate.yaml': 'version: 2\n' })
    const result = await modelgate(project.root, 'run', '--json')
    expect(JSON.parse(result.stdout)).toMatchObject({
      schema: 'modelgate/error@1',
      exitCode: 2,
      error: { code: 'config/invalid-value', place: { line: 1, column: 10 } },
    })
  })
})

/** Runs the project twice, the second time with other files, and gives both records. */
async function twoRuns(files: Record<string, string>): Promise<{ project: Project; base: string; fresh: string }> {
  const project = tinyProject()
  const run = async (): Promise<string> => {
    await modelgate(project.root, 'run')
    return readFileSync(join(project.root, '.modelgate', 'latest'), 'utf8').trim()
  }
  const base = await run()
  project.commit('Change', files)
  return { project, base, fresh: await run() }
}

describe('evidence that is not there or not the same is never a pass', () => {
  it('NaN in the metrics file', async () => {
    const { project, base, fresh } = await twoRuns({
      'evaluate.mjs': evaluate.replace('JSON.stringify({ accuracy: right / 400 })', '\'{"accuracy": NaN}\''),
    })
    const result = await modelgate(project.root, 'compare', base, fresh, '--json')
    expect(result.exitCode).toBe(10)
    const { verdict } = JSON.parse(result.stdout)
    expect(verdict.verdict).toBe('incomparable')
    expect(verdict.rules[0].reason).toContain('metrics.json says NaN, the predictions give 0.9000')
  })

  it('NaN in the metrics file, without predictions beside it', async () => {
    const without = config.replace('    predictions: predictions.csv\n', '')
    const { project, fresh } = await twoRuns({
      'modelgate.yaml': without,
      'evaluate.mjs': evaluate.replace('JSON.stringify({ accuracy: right / 400 })', '\'{"accuracy": NaN}\''),
    })
    const result = await modelgate(project.root, 'gate', '--run', fresh, '--json')
    expect(result.exitCode).toBe(10)
    const { verdict } = JSON.parse(result.stdout)
    expect(verdict.verdict).toBe('fail')
    expect(verdict.rules[0].reason).toBe('accuracy is no usable number: NaN in metrics.json.')
  })

  it('a metric that nobody wrote', async () => {
    const project = tinyProject()
    project.write({
      'modelgate.yaml': config.replace('threshold: { metric: accuracy', 'threshold: { metric: coverage'),
    })
    const result = await modelgate(project.root, 'run', '--json')
    expect(result.exitCode).toBe(10)
    expect(JSON.parse(result.stdout).verdict).toMatchObject({
      verdict: 'fail',
      failedRules: ['model.threshold.coverage'],
    })
  })

  it('predictions with other row ids', async () => {
    const { project, base, fresh } = await twoRuns({
      'evaluate.mjs': evaluate.replace('[id, truth', '[id + 100, truth'),
    })
    const result = await modelgate(project.root, 'compare', base, fresh, '--json')
    expect(result.exitCode).toBe(10)
    const { verdict, comparison } = JSON.parse(result.stdout)
    expect(verdict.verdict).toBe('incomparable')
    expect(comparison.rows).toEqual({ paired: 300, onlyBase: 100, onlyNew: 100, labelsDiffer: 0 })
  })

  it('a baseline of another task', async () => {
    const { project, base, fresh } = await twoRuns(withParams(10))
    writeFileSync(base, readFileSync(base, 'utf8').replace('"binary-classification"', '"multiclass-classification"'))
    const result = await modelgate(project.root, 'compare', base, fresh)
    expect(errorLines(result.stderr)).toEqual([
      'The baseline is of another task: "multiclass-classification" instead of "binary-classification". [compare/other-task]',
      '  Give a record that this same pipeline wrote as the baseline.',
    ])
    expect(result.exitCode).toBe(2)
  })

  it('predictions that were cut off after the run', async () => {
    const { project, base, fresh } = await twoRuns(withParams(10))
    truncateSync(join(fresh, '..', 'predictions-evaluate.csv'), 1000)
    const result = await modelgate(project.root, 'compare', base, fresh)
    expect(errorLines(result.stderr)[0]).toMatch(
      /are not the file that was recorded: it was changed or cut off\. \[predictions\/changed\]$/,
    )
    expect(result.exitCode).toBe(2)
  })

  it('a record that was cut off, is empty, or is something else', async () => {
    const { project, base, fresh } = await twoRuns(withParams(10))
    truncateSync(fresh, 700)
    expect(errorLines((await modelgate(project.root, 'compare', base, fresh)).stderr)[0]).toMatch(
      /The run record is not valid JSON: it may have been cut off\. \[record\/invalid\]$/,
    )
    truncateSync(fresh, 0)
    expect(errorLines((await modelgate(project.root, 'compare', base, fresh)).stderr)[0]).toMatch(
      /The run record is empty\. \[record\/invalid\]$/,
    )
    appendFileSync(fresh, '{"schema": "modelgate/run@9"}')
    const result = await modelgate(project.root, 'compare', base, fresh)
    expect(errorLines(result.stderr)[0]).toMatch(
      /The run record is not a modelgate run record of version 1 but "modelgate\/run@9"\. \[record\/invalid\]$/,
    )
    expect(result.exitCode).toBe(2)
  })

  it('a base whose pipeline fails', async () => {
    const project = emptyProject()
    project.commit('Broken', { ...projectFiles, 'train.mjs': "throw new Error('broken on main')\n" })
    project.git('checkout', '--quiet', '-b', 'fix')
    project.commit('Mend', { 'train.mjs': projectFiles['train.mjs'] })
    const result = await modelgate(project.root, 'run', '--base', 'main', '--json')
    expect(result.exitCode).toBe(10)
    const { verdict } = JSON.parse(result.stdout)
    expect(verdict.verdict).toBe('incomparable')
    expect(verdict.failedRules).toEqual(['model.non-inferior.accuracy'])
    expect(verdict.rules[1].reason).toContain('Stage "train" failed')
  })
})
