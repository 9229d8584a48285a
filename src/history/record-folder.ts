import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { fileIn, portablePath, readTextFile } from '../base/files.ts'
import { isObject } from '../base/json.ts'
import type { RunRecord } from '../record/run-record.ts'
import { readRecord, recordFileName } from '../record/store.ts'
import { isFinished, type PastRun, type PastRuns, summarisePastRun } from './past-runs.ts'

/** File of such a folder that says which run each stage of the model stands for: `{"production": "<run id>"}`. */
export const stagesFileName = 'stages.json'

/** More than these are no folder of records but a mistake in its name. */
const mostFolders = 10_000

/**
 * Records of earlier runs in a folder: one sub-folder each, as `modelgate run --out` leaves them. Folders without a record are passed over;
 * a record that cannot be read is an error, for a history with holes would be another history. Throws `history/no-folder`.
 */
export function recordFolder(path: string, workingDirectory: string): PastRuns {
  const folder = resolve(workingDirectory, path)
  const name = `folder ${portablePath(workingDirectory, folder)}`
  let all: Promise<Map<string, { record: RunRecord; file: string; summary: PastRun }>> | undefined
  const records = (): typeof all & {} => {
    all ??= readAll(folder, name)
    return all
  }
  return {
    name,
    list: async (pipeline) =>
      [...(await records()).values()]
        .filter(({ record }) => record.project.name === pipeline && isFinished(record))
        .map(({ summary }) => summary)
        .sort((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt) || (a.id < b.id ? 1 : -1)),
    read: async (id) => {
      const found = (await records()).get(id)
      if (found !== undefined) return found
      throw new ModelgateError({ code: 'history/no-run', message: `There is no run ${id} in ${name}.` })
    },
    promoted: async (_model, stage) => await promotedRun(fileIn(folder, stagesFileName), stage),
  }
}

async function readAll(
  folder: string,
  name: string,
): Promise<Map<string, { record: RunRecord; file: string; summary: PastRun }>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new ModelgateError({
      code: 'history/no-folder',
      message: `The ${name} with earlier runs cannot be read.`,
      help: 'Name a folder that holds one folder per run, each with a run.json.',
      cause,
    })
  })
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => fileIn(folder, entry.name))
  if (folders.length > mostFolders) {
    throw new ModelgateError({
      code: 'history/too-many',
      message: `The ${name} holds more than ${mostFolders.toLocaleString('en-US')} folders.`,
      help: 'Name the folder that holds one folder per run.',
    })
  }
  const found = new Map<string, { record: RunRecord; file: string; summary: PastRun }>()
  for (const path of folders) {
    if (!existsSync(fileIn(path, recordFileName))) continue
    const { record, file } = await readRecord(path, 'The record of an earlier run')
    const earlier = found.get(record.id)
    if (earlier !== undefined) {
      throw new ModelgateError({
        code: 'history/twice',
        message: `Run ${record.id} stands in ${name} twice.`,
        place: { file: path },
        help: 'Keep one folder of each run.',
      })
    }
    found.set(record.id, { record, file, summary: summarisePastRun(record, await computedMetrics(path, record.id)) })
  }
  return found
}

/** The values that the judgement of this run computed from its predictions; none where it was not judged here. */
async function computedMetrics(folder: string, id: string): Promise<Record<string, number>> {
  const file = fileIn(folder, 'comparison.json')
  if (!existsSync(file)) return {}
  const comparison = await readJson(file, 'The comparison of an earlier run')
  if (!isObject(comparison) || !isObject(comparison.new) || comparison.new.id !== id) return {}
  const metrics: Record<string, number> = {}
  for (const metric of Array.isArray(comparison.metrics) ? comparison.metrics : []) {
    if (!isObject(metric) || !isObject(metric.new) || typeof metric.name !== 'string') continue
    const { value, origin } = metric.new
    if (origin !== 'predictions' || typeof value !== 'number' || !Number.isFinite(value)) continue
    Object.defineProperty(metrics, metric.name, { value, enumerable: true, configurable: true, writable: true })
  }
  return metrics
}

async function promotedRun(file: string, stage: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined
  const stages = await readJson(file, 'The list of stages')
  const id = isObject(stages) && Object.hasOwn(stages, stage) ? stages[stage] : undefined
  if (id === undefined || typeof id === 'string') return id
  throw new ModelgateError({
    code: 'history/stages',
    message: `The stage "${stage}" is not the id of a run.`,
    place: { file },
    help: 'Write it as {"production": "<run id>"}.',
  })
}

async function readJson(file: string, what: string): Promise<unknown> {
  try {
    return JSON.parse(await readTextFile(file, { what }))
  } catch (error) {
    if (error instanceof ModelgateError) throw error
    throw new ModelgateError({
      code: 'history/not-json',
      message: `${what} is not valid JSON: it may have been cut off.`,
      place: { file },
    })
  }
}
