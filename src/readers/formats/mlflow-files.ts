import { isObject } from '../../base/json.ts'
import { Curves, mostPoints } from '../curve.ts'
import type { FolderFormat } from '../format.ts'
import type { FolderInput } from '../input.ts'
import { parseNumber } from '../numbers.ts'
import { isTooMany, type ReadMetric, tooManyMetrics } from '../reading.ts'
import { byStepTimeValue, type LoggedValue, type MlflowRun, newestRun } from './mlflow-run.ts'

/** The file store of MLflow: `mlruns`, one experiment of it, or one run. */

const metaFile = 'meta.yaml'

export const mlflowFiles: FolderFormat = {
  name: 'mlflow-files',
  title: 'file store of MLflow',
  of: 'folder',
  fit: async (input) => {
    const meta = await metaOf(input, '')
    if (meta !== undefined) return 'experiment_id' in meta ? 'content' : 'no'
    for (const { name, kind } of (await input.entries()).slice(0, 1000)) {
      if (kind === 'folder' && isExperiment(await metaOf(input, name))) return 'content'
    }
    return 'no'
  },
  read: async (input) => {
    const own = await metaOf(input, '')
    if (isRun(own)) return { metrics: await readRun(input, ''), notes: [] }
    const runs = isExperiment(own) ? await runsOf(input, '') : await runsOfAll(input)
    const { run, notes } = newestRun(
      runs.map(({ run: found }) => found),
      input.fault(),
    )
    const folder = runs.find(({ run: found }) => found === run)?.folder ?? ''
    return { metrics: await readRun(input, folder), notes }
  },
}

type Meta = Record<string, unknown>
type Found = { folder: string; run: MlflowRun }

async function metaOf(input: FolderInput, folder: string): Promise<Meta | undefined> {
  const path = join(folder, metaFile)
  if (!(await input.has(path))) return undefined
  const meta = (await input.file(path)).yaml()
  return isObject(meta) ? meta : undefined
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

function isRun(meta: Meta | undefined): meta is Meta {
  return meta !== undefined && (typeof meta.run_id === 'string' || typeof meta.run_uuid === 'string')
}

function isExperiment(meta: Meta | undefined): meta is Meta {
  return meta !== undefined && 'experiment_id' in meta && !isRun(meta)
}

async function runsOfAll(input: FolderInput): Promise<Found[]> {
  const runs: Found[] = []
  for (const { name, kind } of await input.entries()) {
    if (kind !== 'folder') continue
    const meta = await metaOf(input, name)
    if (isExperiment(meta) && meta.lifecycle_stage !== 'deleted') runs.push(...(await runsOf(input, name)))
  }
  return runs
}

async function runsOf(input: FolderInput, experiment: string): Promise<Found[]> {
  const runs: Found[] = []
  for (const { name, kind } of await input.entries(experiment)) {
    const folder = join(experiment, name)
    const meta = kind === 'folder' ? await metaOf(input, folder) : undefined
    if (!isRun(meta)) continue
    const child = await input.has(join(folder, 'tags/mlflow.parentRunId'))
    runs.push({ folder, run: runOf(meta, child) })
  }
  return runs
}

/** Statuses as MLflow numbers them in files. */
const statuses = ['', 'RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']

function runOf(meta: Meta, child: boolean): MlflowRun {
  const { run_id, run_uuid, run_name, status, start_time, lifecycle_stage } = meta
  return {
    id: String(run_id ?? run_uuid),
    name: typeof run_name === 'string' ? run_name : '',
    status: typeof status === 'number' ? (statuses[status] ?? '') : String(status),
    started: typeof start_time === 'number' ? start_time : 0,
    deleted: lifecycle_stage === 'deleted',
    child,
  }
}

/** Each metric is a file; a name with slashes is a path. */
async function readRun(input: FolderInput, run: string): Promise<ReadMetric[]> {
  const folder = join(run, 'metrics')
  const paths = await input.files(folder)
  if (isTooMany(paths.length)) throw tooManyMetrics(input.fault(folder))
  const curves = new Curves()
  for (const path of paths) {
    const values = await readValues(input, path)
    // Sorted, so that only values of one step replace each other.
    for (const { step, value } of values.sort(byStepTimeValue)) curves.add(path.slice(folder.length + 1), step, value)
    if (curves.points > mostPoints) throw input.fault(folder)('too-many', 'The run holds too many values.')
  }
  return curves.metrics()
}

/** Lines of `timestamp value [step]`; newer versions may add to them. */
async function readValues(input: FolderInput, path: string): Promise<LoggedValue[]> {
  const file = await input.file(path)
  return file
    .text()
    .split('\n')
    .flatMap((line, index) => {
      if (line.trim() === '') return []
      const [timestamp, value, step] = line.trim().split(/\s+/, 3).map(parseNumber)
      const numbers = { timestamp: timestamp ?? Number.NaN, step: line.trim().includes(' ') ? (step ?? 0) : Number.NaN }
      if (value === undefined || !Number.isFinite(numbers.timestamp) || !Number.isFinite(numbers.step)) {
        throw file.fault('not-mlflow', 'This line is not a time, a value and a step.', { line: index + 1 })
      }
      return [{ ...numbers, value }]
    })
}
