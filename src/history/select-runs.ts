import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { knownDirection } from '../config/directions.ts'
import type { RunSummary } from './summary.ts'

/** Which runs of the history a command shows. Pure. */

export type RunFilter = {
  pipeline?: string
  branch?: string
  /** Only runs that may be baselines. */
  baselines?: boolean
}

export function filterRuns(runs: readonly RunSummary[], { pipeline, branch, baselines }: RunFilter): RunSummary[] {
  return runs.filter(
    (run) =>
      (pipeline === undefined || run.pipeline === pipeline) &&
      (branch === undefined || run.branch === branch) &&
      (baselines !== true || (run.baseline && run.finished)),
  )
}

/** A value of a run. */
export function measuredValue({ metrics }: RunSummary, metric: string): number | undefined {
  return Object.hasOwn(metrics, metric) ? metrics[metric] : undefined
}

/** The names of metrics that runs have, those of the newest first. */
export function metricNames(runs: readonly RunSummary[]): string[] {
  return [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))]
}

/** A run as it is listed. `ahead`: see `listRuns`. */
type Listed = RunSummary & { ahead?: boolean | undefined }

export type Direction = 'higher' | 'lower'

/**
 * The finished run with the best value among those on the evaluation set of the newest one: values on other rows answer another question. Of equals
 * the newest. `runs` are the newest first. Throws `history/no-metric`, `history/direction` and `history/pipelines`.
 */
export function bestRun(
  runs: readonly Listed[],
  metric: string,
  stated?: Direction,
): { run: RunSummary; value: number; among: number } {
  const measured = withMetric(runs, metric)
  const direction = stated ?? knownDirection(metric)
  if (direction === undefined) {
    throw new ModelgateError({
      code: 'history/direction',
      message: `It is not known which way ${shown(metric)} is better.`,
      help: 'Say it with --direction higher or --direction lower.',
    })
  }
  const sign = direction === 'higher' ? 1 : -1
  const [newest] = measured
  const same = measured.filter(({ run }) => run.evaluationSet === newest?.run.evaluationSet)
  const best = same.reduce((leader, one) => (sign * one.value > sign * leader.value ? one : leader))
  return { ...best, among: same.length }
}

/** The finished runs that have the metric, newest first, without those from ahead of now; at least one. Throws `history/no-metric` and `history/pipelines`. */
export function withMetric(runs: readonly Listed[], metric: string): { run: RunSummary; value: number }[] {
  const measured = runs.flatMap((run) => {
    const value = run.finished && run.ahead !== true ? measuredValue(run, metric) : undefined
    return value === undefined ? [] : [{ run, value }]
  })
  const pipelines = [...new Set(measured.map(({ run }) => run.pipeline))]
  if (pipelines.length > 1) {
    throw new ModelgateError({
      code: 'history/pipelines',
      message: `Several pipelines have ${shown(metric)}: ${pipelines.slice(0, 5).map(shown).join(', ')}.`,
      help: 'Name one with --pipeline.',
    })
  }
  if (measured.length > 0) return measured
  const names = metricNames(runs)
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more, which \`history list --csv\` has` : ''
  throw new ModelgateError({
    code: 'history/no-metric',
    message: `No run in the history has the metric ${shown(metric)}.`,
    help:
      names.length === 0
        ? 'There are no runs with metrics.'
        : `There are ${names.slice(0, mostNamed).map(shown).join(', ')}${more}.`,
  })
}

/** Metrics that a message names. */
const mostNamed = 10

function shown(text: string): string {
  return truncate(oneLine(text), 80)
}
