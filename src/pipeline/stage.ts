import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { listFiles } from '../base/files.ts'
import type { StageConfig } from '../config/schema.ts'
import { commandOf, predictionsOf } from '../config/stage-command.ts'
import { readMetricsOf } from '../readers/read-metrics.ts'
import type { ReadMetric } from '../readers/reading.ts'
import { jsonNumber } from '../readers/reading-schema.ts'
import { describeArtifact } from '../record/artifact.ts'
import type { ArtifactRecord, MetricRecord, StageRecord } from '../record/run-record.ts'
import { runCommand } from './command.ts'

/** What a stage left behind, apart from its record. */
export type StageResult = { record: StageRecord; metrics: MetricRecord[]; notes: string[] }

export type StageRun = {
  name: string
  stage: StageConfig
  root: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  startedAt: Date
  onOutput(chunk: Buffer): void
}

/**
 * Runs one stage and reads what it declared. The record tells how the command ended; a declared file that is missing
 * beforehand or afterwards throws: `run/missing-dep`, `run/missing-output` or `run/stale-output`.
 */
export async function runStage(run: StageRun): Promise<StageResult> {
  const { name, stage, root } = run
  const command = commandOf(stage)
  const deps = await describeAll(root, stage.deps, (path) => ({
    what: `"${path}", a dep of stage "${name}",`,
    code: 'run/missing-dep',
    help: 'Create it, let an earlier stage write it (and name that stage under `needs`), or correct the path in modelgate.yaml.',
  }))
  const evidence = [...stage.metrics, ...predictionsOf(stage)]
  const before = await Promise.all(evidence.map((path) => fingerprint(root, path)))

  const { tail, cancelled, ...result } = await runCommand({
    command,
    folder: root,
    env: run.env,
    signal: run.signal,
    onOutput: run.onOutput,
  })
  const succeeded = result.exitCode === 0 && !cancelled
  const record: StageRecord = {
    name,
    status: cancelled ? 'cancelled' : succeeded ? 'succeeded' : 'failed',
    command,
    startedAt: run.startedAt.toISOString(),
    ...result,
    durationMs: Math.round(result.durationMs),
    deps,
    outs: {},
    ...(succeeded ? {} : { tail }),
  }
  if (!succeeded) return { record, metrics: [], notes: [] }

  const after = await Promise.all(evidence.map((path) => fingerprint(root, path)))
  const stale = evidence.find((_path, index) => after[index] !== undefined && after[index] === before[index])
  if (stale !== undefined) throw staleOutput(name, stale)
  record.outs = await describeAll(root, [...stage.outs, ...evidence], (path) => ({
    what: `"${path}", which stage "${name}" should have written,`,
    code: 'run/missing-output',
    help: 'Let the command write it, or correct the path in modelgate.yaml.',
  }))
  return { record, ...(await readStageMetrics(root, name, stage)) }
}

async function describeAll(
  root: string,
  paths: readonly string[],
  role: (path: string) => { what: string; code: string; help: string },
): Promise<Record<string, ArtifactRecord>> {
  const described: Record<string, ArtifactRecord> = {}
  for (const path of new Set(paths)) described[path] = await describeArtifact(root, path, role(path))
  return described
}

/** Changes whenever the file, or one in the folder, is written; undefined without either. */
async function fingerprint(root: string, path: string): Promise<string | undefined> {
  const about = await stat(join(root, path), { bigint: true }).catch(() => undefined)
  if (about === undefined) return undefined
  const own = [about.ino, about.size, about.mtimeNs, about.ctimeNs].join(' ')
  if (!about.isDirectory()) return own
  const inside = (await listFiles(join(root, path))).map(
    async (name) => `${name} ${await fingerprint(root, join(path, name))}`,
  )
  return [own, ...(await Promise.all(inside))].join('\n')
}

/** A file from an earlier run would be taken for evidence of this one. */
function staleOutput(stage: string, path: string): ModelgateError {
  return new ModelgateError({
    code: 'run/stale-output',
    message: `Stage "${stage}" succeeded but did not write this file: it is still the one from before.`,
    place: { file: path },
    help: 'Let the command write it on every run, or correct the path in modelgate.yaml.',
  })
}

async function readStageMetrics(
  root: string,
  name: string,
  stage: StageConfig,
): Promise<Pick<StageResult, 'metrics' | 'notes'>> {
  const metrics: MetricRecord[] = []
  const notes: string[] = []
  for (const file of stage.metrics) {
    const reading = await readMetricsOf(join(root, file), { what: `The metrics file of stage "${name}"`, shown: file })
    metrics.push(...reading.metrics.map((metric) => toRecord(metric, file, name)))
    notes.push(...reading.notes.map((note) => `${file}: ${note}`))
  }
  return { metrics, notes }
}

/** Without the curve: it belongs to the file, which the record knows by its digest. */
function toRecord(
  { name, value, direction, standardError, rows }: ReadMetric,
  file: string,
  stage: string,
): MetricRecord {
  return {
    name,
    ...jsonNumber(value),
    ...(direction === undefined ? {} : { direction }),
    ...(standardError === undefined ? {} : { standardError }),
    ...(rows === undefined ? {} : { rows }),
    file,
    stage,
  }
}
