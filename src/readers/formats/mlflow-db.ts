import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { isSystemError, ModelgateError } from '../../base/error.ts'
import { Curves, mostPoints } from '../curve.ts'
import type { FileFormat, Found } from '../format.ts'
import type { FileInput } from '../input.ts'
import { isTooMany, type ReadMetric, tooManyMetrics } from '../reading.ts'
import { byStepTimeValue, type LoggedValue, type MlflowRun, newestRun } from './mlflow-run.ts'

const magic = 'SQLite format 3\0'
const mostRuns = 100_000

/** `mlflow.db`, the SQLite store that MLflow 3.7 and later write by default. Opened for reading only. */
export const mlflowDb: FileFormat = {
  name: 'mlflow-db',
  title: 'SQLite store of MLflow',
  of: 'file',
  called: /\.(?:db|sqlite3?)$/i,
  fit: ({ bytes }) => (Buffer.from(bytes.subarray(0, magic.length)).toString('latin1') === magic ? 'content' : 'no'),
  read: async (input) => {
    const base = await open(input)
    try {
      return readStore(base, input)
    } catch (error) {
      throw isSystemError(error, 'ERR_SQLITE_ERROR') ? broken(input) : error
    } finally {
      base.close()
    }
  },
}

async function open(input: FileInput): Promise<DatabaseSync> {
  const sqlite = await import('node:sqlite').catch(() => undefined)
  if (sqlite === undefined) {
    throw new ModelgateError({
      code: 'metrics/no-sqlite',
      message: 'This version of Node.js cannot read SQLite.',
      place: { file: input.name },
      help: 'Use Node.js 24 or later.',
    })
  }
  try {
    return new sqlite.DatabaseSync(input.path, { readOnly: true, allowExtension: false, timeout: 5000 })
  } catch (error) {
    throw isSystemError(error, 'ERR_SQLITE_ERROR') ? broken(input) : error
  }
}

function broken(input: FileInput): Error {
  return input.fault('not-sqlite', 'The file is not a whole SQLite data base.')
}

function readStore(base: DatabaseSync, input: FileInput): Found {
  // What the file defines, such as the expression of a column, may then call no function with effects.
  base.exec('pragma trusted_schema = off; pragma query_only = on')
  // A page that stands in a tree several times could make a walk through it endless.
  const [check] = base.prepare('pragma quick_check(1)').all()
  if (check?.quick_check !== 'ok') throw broken(input)
  for (const table of ['runs', 'metrics', 'latest_metrics', 'tags']) {
    const found = base.prepare('select type, sql from sqlite_schema where name = ?').get(table)
    // A view or virtual table of that name is none of MLflow's, and may do anything.
    if (found?.type !== 'table' || !/^create table\b/i.test(String(found.sql))) {
      throw input.fault('not-mlflow', `The data base holds no MLflow runs: it has no table "${table}".`)
    }
  }
  const { run, notes } = newestRun(runsOf(base, input), input.fault)
  return { metrics: metricsOf(base, run.id, input), notes }
}

function runsOf(base: DatabaseSync, input: FileInput): MlflowRun[] {
  const children = new Set(
    rows(base, "select run_uuid from tags where key = 'mlflow.parentRunId'").map(({ run_uuid }) => run_uuid),
  )
  const found = rows(base, `select run_uuid, name, status, start_time, lifecycle_stage from runs limit ${mostRuns + 1}`)
  if (found.length > mostRuns) throw input.fault('too-many', `The data base holds more than ${mostRuns} runs.`)
  return found.map(({ run_uuid, name, status, start_time, lifecycle_stage }) => ({
    id: String(run_uuid),
    name: typeof name === 'string' ? name : '',
    status: String(status),
    started: numberOf(start_time),
    deleted: lifecycle_stage === 'deleted',
    child: children.has(run_uuid ?? null),
  }))
}

type Row = Record<string, SQLOutputValue>

function rows(base: DatabaseSync, sql: string, ...values: string[]): Row[] {
  const statement = base.prepare(sql)
  // Whole numbers beyond 2^53 would be an error otherwise.
  statement.setReadBigInts(true)
  return statement.all(...values)
}

function metricsOf(base: DatabaseSync, run: string, input: FileInput): ReadMetric[] {
  const select = 'select key, value, timestamp, step, is_nan from'
  const last = rows(base, `${select} latest_metrics where run_uuid = ? order by key limit 10001`, run)
  if (isTooMany(last.length)) throw tooManyMetrics(input.fault)
  const history = rows(base, `${select} metrics where run_uuid = ? limit ${mostPoints + 1}`, run)
  if (history.length > mostPoints) throw input.fault('too-many', 'The run holds too many values.')
  const logged = new Map<string, LoggedValue[]>()
  for (const row of history) {
    const list = logged.get(String(row.key))
    if (list === undefined) logged.set(String(row.key), [loggedValue(row)])
    else list.push(loggedValue(row))
  }
  const curves = new Curves()
  for (const [name, values] of logged) {
    for (const { step, value } of values.sort(byStepTimeValue)) curves.add(name, step, value)
  }
  const series = new Map(curves.metrics().map((metric) => [metric.name, metric.series]))
  return last.map((row) => {
    const name = String(row.key)
    const curve = series.get(name)
    return { name, value: loggedValue(row).value, ...(curve === undefined ? {} : { series: curve }) }
  })
}

function loggedValue({ value, step, timestamp, is_nan }: Row): LoggedValue {
  return {
    step: numberOf(step),
    timestamp: numberOf(timestamp),
    value: numberOf(is_nan) === 0 ? finite(value) : Number.NaN,
  }
}

/** MLflow writes the largest number there is in the place of infinity. */
function finite(value: SQLOutputValue | undefined): number {
  const number = numberOf(value)
  return Math.abs(number) === Number.MAX_VALUE ? number * 2 : number
}

/** SQLite keeps any kind of value in any column: what is no number is NaN. */
function numberOf(value: SQLOutputValue | undefined): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN
}
