import { dirname, resolve } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { explainStoredBaseline } from '../compare/baseline.ts'
import { configFileName, type LoadedConfig, loadConfig, locateConfig } from '../config/load.ts'
import type { Policy } from '../gate/judge.ts'
import { openRepository } from '../record/repository.ts'
import { readRecord } from '../record/store.ts'
import { type Judgement, type JudgementFiles, judgeRuns, writeJudgement } from '../report/judgement.ts'
import { findBaseCommit } from './base-run.ts'
import { choosePolicy, readConfigAt } from './policy.ts'
import { latestRun } from './state-folder.ts'

export type StoredRequest = {
  workingDirectory: string
  config?: string
  /** Record to judge; the newest run of the project without it. */
  run?: string
  /** Record to compare with; none without it. */
  baseline?: string
  /** A commit, branch or tag: the checkpoints at its merge base with HEAD judge. */
  base?: string
  /** Like `base`, but the exact commit. */
  baseCommit?: string
  /** True when a project without modelgate.yaml is fine: then nothing is judged, only compared. */
  configOptional?: boolean
  /** Where the judgement is written; the folder of the run without it. */
  out?: string
}

export type StoredResult = {
  loaded: LoadedConfig | undefined
  judgement: Judgement
  files: JudgementFiles
  folder: string
  runFile: string
}

/** Judges records that exist already. */
export async function judgeStored(request: StoredRequest): Promise<StoredResult> {
  const { workingDirectory } = request
  const loaded = await findConfig(request)
  const run = request.run ?? (await latestRun(loaded?.root ?? workingDirectory))
  if (run === undefined) {
    throw new ModelgateError({
      code: 'gate/no-run',
      message: 'There is no run to judge.',
      help: 'Run the pipeline first with `modelgate run`, or name a record.',
    })
  }
  const fresh = await readRecord(resolve(workingDirectory, run))
  const base =
    request.baseline === undefined
      ? null
      : await readRecord(resolve(workingDirectory, request.baseline), 'The baseline record')
  if (loaded !== undefined && loaded.config.name !== fresh.record.project.name) {
    throw new ModelgateError({
      code: 'gate/other-project',
      message: `The run is of "${fresh.record.project.name}", but ${loaded.file} is of "${loaded.config.name}".`,
      help: `Judge it with the ${configFileName} that it was run with (--config).`,
    })
  }
  const key = loaded?.config.data.eval?.key
  const judgement = await judgeRuns({
    fresh,
    base,
    baseline: explainStoredBaseline(base?.record),
    ...(loaded === undefined ? { policy: noPolicy } : choosePolicy(loaded, await findBasePolicy(request, loaded))),
    ...(key === undefined ? {} : { key }),
  })
  const folder = request.out === undefined ? dirname(fresh.file) : resolve(workingDirectory, request.out)
  return { loaded, judgement, files: await writeJudgement(folder, judgement), folder, runFile: fresh.file }
}

const noPolicy: Policy = { checkpoints: {}, metrics: {}, digest: '', from: 'none' }

async function findConfig({
  workingDirectory,
  config,
  configOptional,
}: StoredRequest): Promise<LoadedConfig | undefined> {
  try {
    return await loadConfig(locateConfig(workingDirectory, config), workingDirectory)
  } catch (error) {
    if (configOptional === true && error instanceof ModelgateError && error.code === 'config/not-found')
      return undefined
    throw error
  }
}

async function findBasePolicy(
  { base, baseCommit }: StoredRequest,
  loaded: LoadedConfig,
): Promise<LoadedConfig | undefined> {
  if (base === undefined && baseCommit === undefined) return undefined
  const repository = await openRepository(loaded.root)
  if (repository === undefined) return undefined
  const commit = baseCommit ?? (await findBaseCommit(repository, base ?? '')).commit
  return await readConfigAt(repository, commit, loaded)
}
