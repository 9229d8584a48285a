import { isObject } from '../../base/json.ts'
import type { FileFormat } from '../format.ts'
import { type ReadMetric, rowsOf, standardErrorOf } from '../reading.ts'

/**
 * `results_<time>.json` of lm-evaluation-harness. A metric is a key `acc,none`: its name and the filter of the answers. It is read as
 * `<task>.acc`, or as `<task>.<filter>.acc` for another filter than `none`, so that its last part is what the metric is called.
 */
export const lmEvalResults: FileFormat = {
  name: 'lm-eval-results',
  title: 'results of lm-evaluation-harness',
  of: 'file',
  fit: (input) => (partsOf(input.peekJson()) === undefined ? 'no' : 'content'),
  read: (input) => {
    const parts = partsOf(input.json())
    if (parts === undefined) {
      throw input.fault('not-lm-eval', 'The metrics file holds no results of lm-evaluation-harness.')
    }
    const metrics: ReadMetric[] = []
    let undirected = 0
    for (const [task, values] of parts.tasks) {
      for (const [key, value] of Object.entries(values)) {
        const [metric = '', filter] = splitKey(key)
        // Beside the metrics stand texts and counts: `alias`, `sample_len`. Metrics of old versions have no filter.
        if (typeof value !== 'number' || metric.endsWith('_stderr') || bookkeeping.has(key)) continue
        const direction = directionOf(parts.directions, task, metric)
        if (direction === undefined) undirected++
        metrics.push({
          name: [task, ...(filter === undefined || filter === 'none' ? [] : [filter]), metric].join('.'),
          value,
          ...(direction === undefined ? {} : { direction }),
          // `N/A` where the harness has none.
          ...standardErrorOf(values[filter === undefined ? `${metric}_stderr` : `${metric}_stderr,${filter}`]),
          ...rowsOf(effectiveRows(parts.counts, task)),
        })
      }
    }
    return {
      metrics,
      notes:
        undirected === 0 ? [] : [`The file does not say which way is better for ${undirected} of ${metrics.length}.`],
    }
  },
}

const bookkeeping = new Set(['alias', 'name', 'sample_len', 'sample_count'])

type Parts = { tasks: [string, Record<string, unknown>][]; directions: unknown; counts: unknown }

function partsOf(tree: unknown): Parts | undefined {
  if (!isObject(tree) || !isObject(tree.results)) return undefined
  // What the harness writes beside its results; `versions` alone is what old versions have.
  if (!['higher_is_better', 'n-samples', 'n-shot', 'versions'].some((key) => isObject(tree[key]))) return undefined
  const tasks = new Map<string, Record<string, unknown>>()
  for (const part of [tree.results, tree.groups]) {
    if (!isObject(part)) continue
    for (const [task, values] of Object.entries(part)) {
      if (!isObject(values)) return undefined
      // Groups stand in both.
      if (!tasks.has(task)) tasks.set(task, values)
    }
  }
  return { tasks: [...tasks], directions: tree.higher_is_better, counts: tree['n-samples'] }
}

function splitKey(key: string): [metric: string, filter: string | undefined] {
  const comma = key.indexOf(',')
  return comma === -1 ? [key, undefined] : [key.slice(0, comma), key.slice(comma + 1)]
}

/** Null in the file means that the tasks of a group disagree. */
function directionOf(directions: unknown, task: string, metric: string): ReadMetric['direction'] {
  const higher = own(own(directions, task), metric)
  return higher === true ? 'higher' : higher === false ? 'lower' : undefined
}

function effectiveRows(counts: unknown, task: string): unknown {
  return own(own(counts, task), 'effective')
}

function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}
