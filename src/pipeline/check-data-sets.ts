import { resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { exitCodes, ModelgateError, withFileNamed } from '../base/error.ts'
import { resolveInside } from '../base/files.ts'
import { plural } from '../base/number-text.ts'
import { didYouMean } from '../base/suggest.ts'
import { loadChecks } from '../config/checks/load.ts'
import { type LoadedConfig, loadConfig, locateConfig, shownPath } from '../config/load.ts'
import type { EngineOptions, NamedData } from '../data/session.ts'
import { dataNamed } from '../data/wanted-data.ts'
import type { DataReport, DataVerdict } from '../record/data-report.ts'
import type { DataResult } from '../record/data-result.ts'
import { checkStage } from './data-stage.ts'

/** One data set that somebody named, and what is expected of it. */
export type NamedCheck = { path: string; name?: string; checks: string; reference?: string; environment?: string }

export type DataSetsRequest = {
  workingDirectory: string
  /** These data; without it those of all stages of modelgate.yaml that check data. */
  data?: NamedCheck
  /** modelgate.yaml or its folder; found from the working directory upwards without it. */
  config?: string
  /** Only these stages. */
  stages?: readonly string[]
  /** What a checks file names must lie in here. Data that are named by path outside of it may lie there. */
  within?: string
  engine: EngineOptions
  /** Where connections to databases are looked up; none can be reached without it. */
  variables?: Readonly<Record<string, string | undefined>>
  clock: Clock
  signal: AbortSignal
  observer: DataObserver
}

/** Hears of the checks while they go on. */
export type DataObserver = {
  started(name: string, position: number, total: number): void
  progress(message: string): void
  finished(report: DataReport): void
}

/** One data set that was checked. */
export type CheckedData = {
  stage: string | undefined
  report: DataReport
  /** A path of the report as seen from the working directory. */
  shown(path: string): string
}

export type CheckedDataSets = { verdict: DataVerdict; reason: string; checked: CheckedData[] }

/**
 * Checks data outside of a run: the ones that are named, or those of all data stages. Throws what makes checking impossible, with files named as the
 * user knows them, and `data/no-stages` or `config/unknown-stage`.
 */
export async function checkDataSets(request: DataSetsRequest): Promise<CheckedDataSets> {
  const checked = request.data === undefined ? await checkStages(request) : [await checkNamed(request, request.data)]
  return { ...summaryOf(checked.map(({ report }) => report)), checked }
}

async function checkNamed(request: DataSetsRequest, named: NamedCheck): Promise<CheckedData> {
  const { workingDirectory: root, within, engine, variables, clock, signal, observer } = request
  const checks = await loadChecks(resolve(root, named.checks), root)
  const { checkData } = await import('../data/check-data.ts')
  const { path, name = path, reference, environment } = named
  const dataOf = (path: string, name: string): NamedData => {
    // The checks file may say where data of this name are: a table has no path.
    if (Object.hasOwn(checks.checks.datasets, path)) return dataNamed(path, { checks, dataSets: {} })
    const isInside = within === undefined || resolveInside(within, resolve(root, path)) !== undefined
    return { name, path, ...(isInside ? {} : { anywhere: true }) }
  }
  observer.started(name, 1, 1)
  const { report } = await checkData({
    data: dataOf(path, name),
    checks,
    ...(reference === undefined ? {} : { reference: dataOf(reference, reference) }),
    root,
    ...(within === undefined ? {} : { within }),
    ...(environment === undefined ? {} : { environment }),
    engine,
    ...(variables === undefined ? {} : { variables }),
    clock,
    signal,
    onProgress: (message) => observer.progress(message),
  })
  observer.finished(report)
  return { stage: undefined, report, shown: (file) => file }
}

async function checkStages(request: DataSetsRequest): Promise<CheckedData[]> {
  const { workingDirectory, engine, clock, signal, observer } = request
  const loaded = await loadConfig(locateConfig(workingDirectory, request.config), workingDirectory)
  const names = wantedStages(loaded, request.stages)
  const shown = (file: string): string => shownPath(loaded, file)
  const checked: CheckedData[] = []
  for (const [index, name] of names.entries()) {
    observer.started(name, index + 1, names.length)
    const note = (message: string): void => observer.progress(message)
    const reach = request.variables === undefined ? {} : { variables: request.variables }
    try {
      const report = await checkStage({ name, loaded, clock, signal, note, engine, ...reach })
      observer.finished(report)
      checked.push({ stage: name, report, shown })
    } catch (error) {
      throw withFileNamed(error, shown)
    }
  }
  return checked
}

function wantedStages({ config, file }: LoadedConfig, wanted: readonly string[] | undefined): string[] {
  const stages = Object.entries(config.stages).flatMap(([name, { uses }]) => (uses === undefined ? [] : [name]))
  if (stages.length === 0) {
    throw new ModelgateError({
      code: 'data/no-stages',
      message: 'No stage of this pipeline checks data.',
      place: { file },
      help: 'Add a stage with `uses: validate-data` (docs/data.md), or name data and a checks file.',
    })
  }
  const unknown = wanted?.find((name) => !stages.includes(name))
  if (unknown !== undefined) {
    throw new ModelgateError({
      code: 'config/unknown-stage',
      message: `There is no stage "${unknown}" that checks data.`,
      place: { file },
      help: didYouMean(unknown, stages),
    })
  }
  return stages.filter((name) => wanted?.includes(name) ?? true)
}

function summaryOf(reports: readonly DataReport[]): Pick<CheckedDataSets, 'verdict' | 'reason'> {
  const [first] = reports
  const worst = (['fail', 'warn'] as const).find((verdict) => reports.some((report) => report.verdict === verdict))
  if (first !== undefined && reports.length === 1) return { verdict: first.verdict, reason: first.reason }
  if (worst === undefined)
    return { verdict: 'pass', reason: `The checks of ${plural(reports.length, 'data set')} passed.` }
  const bad = reports.filter(({ verdict }) => verdict === worst)
  const told = bad.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`)
  const more = bad.length > 3 ? [`${plural(bad.length - 3, 'more data set')}.`] : []
  return { verdict: worst, reason: [...told, ...more].join(' ') }
}

/** The result as it is printed and kept. */
export function resultOf({ verdict, reason, checked }: CheckedDataSets): DataResult {
  return {
    schema: 'modelgate/data-result@1',
    exitCode: verdict === 'fail' ? exitCodes.blocked : exitCodes.pass,
    verdict,
    reason,
    data: checked.map(({ stage, report }) => ({ ...(stage === undefined ? {} : { stage }), report })),
  }
}
