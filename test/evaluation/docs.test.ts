import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { knownDirection } from '../../src/config/directions.ts'
import { type Task, tasks } from '../../src/config/schema.ts'
import { catalogue, type MetricEntry } from '../../src/evaluation/catalogue.ts'
import { parseMetricName } from '../../src/evaluation/metric-names.ts'
import { metricsOf, read } from './samples.ts'

/** docs/metrics.md against the code: every name, alias and direction, and every example. */

const page = readFileSync(resolve(import.meta.dirname, '..', '..', 'docs', 'metrics.md'), 'utf8')

const headings: Record<Task, string> = {
  'binary-classification': 'Binary classification',
  'multiclass-classification': 'Classification with several classes',
  regression: 'Regression and forecasting',
  forecasting: 'Regression and forecasting',
  ranking: 'Ranking',
  generation: 'Generation',
}

const codesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

/** The table of a task: names with parameters, aliases and direction of each row. */
function tableOf(task: Task): { names: string[]; aliases: string[]; better: string }[] {
  const [, section = ''] = page.split(`\n## ${headings[task]}\n`)
  const [own = ''] = section.split('\n## ')
  return [...own.matchAll(/^\| (`.*) \|$/gm)].map(([, row = '']) => {
    const [names = '', aliases = '', better = ''] = row.split(/(?<!\\)\|/)
    return { names: codesIn(names), aliases: codesIn(aliases), better: better.trim() }
  })
}

/** How the table spells an entry: what is computed always, then what may be asked for. */
function namesOf({ name, parameter, defaults = [] }: MetricEntry): string[] {
  if (parameter === undefined) return [name]
  const asked = parameter.kind === 'share' ? '<share>' : name === 'ece' ? '<bins>' : '<k>'
  const always = defaults.map((value) => (value === null ? name : `${name}@${value}`))
  return [...always, ...(name === 'ndcg' ? ['ndcg'] : []), `${name}@${asked}`]
}

describe('the tables of docs/metrics.md', () => {
  it.each(tasks)('name every metric of the task, and no other: %s', (task) => {
    const shared = headings[task] === headings.regression ? ['regression', 'forecasting'] : [task]
    const entries = catalogue.filter((entry) => entry.tasks.some((one) => shared.includes(one)))
    const table = tableOf(task)
    expect(table.map(({ names }) => names).sort()).toEqual(entries.map(namesOf).sort())
    for (const { names, aliases, better } of table) {
      const entry = entries.find((one) => namesOf(one).join() === names.join())
      expect(aliases, names.join()).toEqual(entry?.aliases)
      expect(better, names.join()).toBe(knownDirection(entry?.name ?? ''))
    }
  })

  it('use names in the text that mean something', () => {
    const [, names = ''] = page.split('\n## Names\n')
    for (const name of codesIn(names.split('\n## ')[0] ?? '').filter((code) => /[@[]\w/.test(code))) {
      if (!name.startsWith('name')) expect(parseMetricName(name), name).toBeDefined()
    }
  })
})

const examples = [
  ...page.matchAll(/<!-- predictions ([a-z-]+) -->\n```csv\n([\s\S]*?)```\n\n```python\n([\s\S]*?)```/g),
]

describe('the examples of docs/metrics.md', () => {
  it('are there for every task', () => {
    expect(examples.map(([, task]) => task)).toEqual([...tasks])
  })

  it.each(examples.map(([, task, csv]) => [task as Task, csv ?? ''] as const))('are read: %s', (task, csv) => {
    const metrics = Object.keys(metricsOf(read(csv, task)))
    expect(metrics.length).toBeGreaterThan(1)
    for (const name of metrics) expect(knownDirection(name), name).toBeDefined()
  })

  const python = process.env.MODELGATE_TEST_PYTHON
  it.runIf(python !== undefined)('are written by pandas as the page says', () => {
    const folder = mkdtempSync(join(tmpdir(), 'modelgate-pandas-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const prelude = [
      'import numpy as np, pandas as pd',
      'class Model:',
      '    def __init__(self, classes): self.classes_ = classes',
      '    def predict_proba(self, X): return np.full((2, len(self.classes_)), 1 / len(self.classes_))',
      '    def predict(self, X): return np.array([1.5, 2.5])',
      'X, ids, series, naive_mae = None, ["a", "b"], ["s", "t"], {"s": 1.0, "t": 2.0}',
      'queries, docs, relevance, scores, forecast = ["q", "q"], ["d", "e"], [1, 0], [0.5, 0.25], [1.0, 2.0]',
    ]
    for (const [, task = '', , line = ''] of examples) {
      const several = task === 'multiclass-classification'
      const set = several ? 'model, y = Model(["u", "v", "w"]), ["u", "v"]' : 'model, y = Model([0, 1]), [1, 0]'
      execFileSync(python ?? '', ['-c', [...prelude, set, line].join('\n')], { cwd: folder })
      const predictions = read(readFileSync(join(folder, 'predictions.csv'), 'utf8'), task as Task)
      expect(predictions.ids).toHaveLength(2)
      expect(Object.values(metricsOf(predictions)).some(Number.isFinite), task).toBe(true)
    }
  })
})
