import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { fileIn, readTextFile } from '../base/files.ts'
import { comparisonSchema } from '../compare/comparison.ts'
import { configFileName, type LoadedConfig } from '../config/load.ts'
import { verdictSchema } from '../gate/verdict.ts'
import { readRecord, recordFileName } from '../record/store.ts'
import { evidenceError } from './evidence-error.ts'
import { judgeAnew } from './judge-anew.ts'
import { type ModelEvidence, modelEvidence, type RunEvidence, requireFinished } from './model-evidence.ts'
import { latestRun, runFolder } from './state-folder.ts'

/** A run whose verdict was given again from its own record and predictions, and was the same. */
export type CheckedRun = { evidence: RunEvidence; folder: string; found: ModelEvidence }

export type CheckRequest = {
  workingDirectory: string
  /** Record or its folder; the newest run of the project without it. */
  run?: string
  /** Also a model that the gate stopped. */
  blockedToo?: boolean
  now?: Date
}

/**
 * Reads a run with its judgement, and judges it anew. `path`: of the model. Throws `bundle/no-run`, `bundle/not-judged`, `bundle/other-project`, and the
 * errors of `modelEvidence` and `judgeAnew`.
 */
export async function checkRun(
  { workingDirectory, run, blockedToo = false, now = new Date() }: CheckRequest,
  loaded: LoadedConfig,
  path: string,
): Promise<CheckedRun> {
  const named = run ?? (await latestRun(loaded.root))
  if (named === undefined) {
    throw new ModelgateError({
      code: 'bundle/no-run',
      message: 'There is no run that could be published.',
      help: 'Run the pipeline first with `modelgate run`, or name a record with --run.',
    })
  }
  const { evidence, folder } = await readEvidence(resolve(workingDirectory, named))
  if (evidence.record.project.name !== loaded.config.name) {
    throw new ModelgateError({
      code: 'bundle/other-project',
      message: `The run is of "${evidence.record.project.name}", but ${loaded.file} is of "${loaded.config.name}".`,
      help: `Name the ${configFileName} that it was run with (--config).`,
    })
  }
  // The default place of a run is named after it.
  const { id } = evidence.record
  if (dirname(folder) === dirname(runFolder(loaded.root, id)) && folder !== runFolder(loaded.root, id))
    throw evidenceError('record', folder, recordFileName, 'is the record of another run than that of its folder')
  const { gate, ...found } = modelEvidence(evidence, { blockedToo, path })
  const notChecked = await judgeAnew(evidence, { folder, loaded, now, blockedToo })
  return { evidence, folder, found: { ...found, gate: { ...gate, notChecked } } }
}

/** Record, comparison and verdict of a run, from its folder. Throws `record/invalid`, `bundle/unfinished-run`, `bundle/not-judged` or `bundle/evidence`. */
async function readEvidence(run: string): Promise<{ evidence: RunEvidence; folder: string }> {
  const { record, file } = await readRecord(run)
  requireFinished(record)
  const folder = dirname(file)
  return { evidence: { record, ...(await readJudgement(folder)) }, folder }
}

/** Comparison and verdict, from the folder that they were written into. Throws `bundle/not-judged` or `bundle/evidence`. */
export async function readJudgement(folder: string): Promise<Omit<RunEvidence, 'record'>> {
  const [comparison, verdict] = await Promise.all([
    readJudged(fileIn(folder, 'comparison.json'), 'comparison', comparisonSchema),
    readJudged(fileIn(folder, 'verdict.json'), 'verdict', verdictSchema),
  ])
  return { comparison, verdict }
}

async function readJudged<T extends z.ZodType>(file: string, what: string, schema: T): Promise<z.output<T>> {
  if (!existsSync(file)) {
    throw new ModelgateError({
      code: 'bundle/not-judged',
      message: `There is no ${what} beside the record of the run: it was not judged.`,
      place: { file },
      help: 'Judge it first with `modelgate gate --run`.',
    })
  }
  const text = await readTextFile(file, { what: `The ${what}` })
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new ModelgateError({
      code: 'bundle/evidence',
      message: `The ${what} of the run is damaged.`,
      place: { file },
      help: 'Judge the run again with `modelgate gate --run`.',
      cause,
    })
  }
}
