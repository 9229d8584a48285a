import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { endGroup, startGroup } from '@actions/core'
import { compactTimestamp, formatDuration, systemClock } from '../base/clock.ts'
import { exitCodes } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { fileIn, writeFileAtomic } from '../base/files.ts'
import { prettyJson } from '../base/json.ts'
import { memoryLimit, timeLimit } from '../config/data-stage.ts'
import {
  type CheckedDataSets,
  checkDataSets,
  type DataObserver,
  type NamedCheck,
  resultOf,
} from '../pipeline/check-data-sets.ts'
import { prepareStateFolder, requireFolder } from '../pipeline/state-folder.ts'
import { dataResultName } from '../record/data-result.ts'
import { renderDataMarkdown } from '../report/data/markdown.ts'
import { partOf } from '../report/data/part.ts'
import { renderDataPart } from '../report/data/terminal.ts'
import { reportLimit } from '../report/full-report-link.ts'
import { annotateAll } from './annotate.ts'
import { annotationsOfData } from './data-annotations.ts'
import { asParsed } from './inputs.ts'
import { writeSummary } from './publish-report.ts'
import { logLine, setOutputs } from './step.ts'

export type ValidateOptions = {
  data: NamedCheck | undefined
  config: string | undefined
  stages: string[] | undefined
  /** As text; empty for none. */
  limits: { memory: string; time: string }
  enginePath: string | undefined
  registry: string | undefined
  out: string | undefined
  summary: boolean
  annotations: boolean
  failOnBlock: boolean
}

/** Checks data; then log, files, summary, annotations, outputs and exit code, in this order. */
export async function validateData(options: ValidateOptions, signal: AbortSignal): Promise<void> {
  const { data, config, stages, enginePath, registry, limits } = options
  const workingDirectory = process.cwd()
  const memory = asParsed('memory-limit', memoryLimit, limits.memory)
  const time = asParsed('time-limit', timeLimit, limits.time)
  const checked = await checkDataSets({
    workingDirectory,
    within: (process.env.GITHUB_WORKSPACE ?? '') === '' ? workingDirectory : (process.env.GITHUB_WORKSPACE ?? ''),
    variables: process.env,
    clock: systemClock,
    signal,
    observer: logObserver(),
    engine: {
      ...(enginePath === undefined ? {} : { enginePath }),
      ...(registry === undefined ? {} : { registry }),
      ...(memory === undefined ? {} : { memoryLimit: memory }),
      ...(time === undefined ? {} : { timeLimit: time }),
    },
    ...(data === undefined ? {} : { data }),
    ...(config === undefined ? {} : { config }),
    ...(stages === undefined ? {} : { stages }),
  }).catch((error: unknown) => {
    // An error inside of a folded group would not be seen.
    endGroup()
    throw error
  })
  const files = await writeResult(checked, options)
  if (options.annotations) {
    annotateAll(checked.checked.flatMap(({ report, shown }) => annotationsOfData(report, shown)))
  }
  const blocked = checked.verdict === 'fail'
  setOutputs({
    verdict: checked.verdict,
    outcome: blocked ? 'blocked' : 'passed',
    reason: checked.reason,
    'failed-checks': failedChecks(checked).join(','),
    ...files,
  })
  if (blocked && options.failOnBlock) process.exitCode = exitCodes.blocked
}

/** One group of the log for each data set, and what was found below it. */
function logObserver(): DataObserver {
  let begun = 0
  return {
    started: (name, position, total) => {
      begun = systemClock.monotonic()
      startGroup(`Check ${truncate(oneLine(name), 120)} (${position}/${total})`)
    },
    progress: (message) => logLine(message),
    finished: (report) => {
      logLine(`Checked in ${formatDuration(systemClock.monotonic() - begun)}.`)
      endGroup()
      for (const line of renderDataPart(partOf(report), false).split('\n')) logLine(line)
    },
  }
}

/** Everything that was found as JSON, and the report, also in the summary of the job. */
async function writeResult(
  checked: CheckedDataSets,
  { out, summary }: ValidateOptions,
): Promise<Record<'result-file' | 'report-file' | 'page-file', string>> {
  const root = process.cwd()
  const id = `${compactTimestamp(systemClock.now())}-${randomBytes(3).toString('hex')}`
  const folder = out === undefined ? fileIn(await prepareStateFolder(root), `data/${id}`) : resolve(root, out)
  await requireFolder(folder)
  const report = { ...checked, parts: checked.checked.map((each) => partOf(each.report, each.stage)) }
  const files = {
    'result-file': fileIn(folder, dataResultName),
    'report-file': fileIn(folder, 'report.md'),
    'page-file': fileIn(folder, 'report.html'),
  }
  await writeFileAtomic(files['result-file'], prettyJson(resultOf(checked)))
  await writeFileAtomic(files['report-file'], renderDataMarkdown(report, { most: reportLimit, unit: 'utf16' }))
  const { renderDataPage } = await import('../report/page/page.ts')
  await writeFileAtomic(files['page-file'], renderDataPage(report))
  if (summary) await writeSummary((room) => renderDataMarkdown(report, room))
  return files
}

/** `train/age.range`: those that failed, and those that could not run. */
function failedChecks({ checked }: CheckedDataSets): string[] {
  return checked.flatMap(({ report: { name, checks } }) =>
    checks.filter(({ status }) => status === 'fail' || status === 'not-run').map(({ id }) => `${name}/${id}`),
  )
}
