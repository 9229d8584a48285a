import { copyFile, mkdir } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { basename, dirname, join, posix } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { portablePath, resolveInside } from '../base/files.ts'
import type { Comparison } from '../compare/comparison.ts'
import type { LoadedConfig } from '../config/load.ts'
import { declaresDeps, depsOf } from '../config/stage-command.ts'
import type { StoredBaseline } from '../github/baseline-store.ts'
import { describeArtifact, isWithin } from '../record/artifact.ts'
import { isDependencyFile } from '../record/environment.ts'
import { gitAt, pathInRepository, type Repository } from '../record/repository.ts'
import type { RunRecord } from '../record/run-record.ts'
import { recordFileName } from '../record/store.ts'
import type { StoredRun } from '../report/judgement.ts'
import type { BaseCommit } from './base-run.ts'
import { isProduced, writtenPaths } from './factors.ts'
import { isPartial } from './partial.ts'
import { readConfigAt } from './policy.ts'

/** Looks for a run of one of these commits, the best first. */
export type FindStored = (history: readonly string[]) => Promise<StoredBaseline>

export type StoredRequest = {
  loaded: LoadedConfig
  repository: Repository
  target: BaseCommit
  /** The record is copied below it, where a base run would be recorded. */
  folder: string
  findStored: FindStored
}

type Taken = { run: StoredRun; explanation: Comparison['baseline'] } | { run: undefined; reason: string }

/** Commits before the base that are looked through for a stored run. */
const mostCommits = 300

/**
 * The stored run of the base, if there is one that says the same as running the base here would: of the same pipeline, complete, made on the same
 * kind of machine, from the base commit or from an earlier one between which and the base nothing changed that the pipeline reads.
 */
export async function takeStoredRun(request: StoredRequest): Promise<Taken> {
  try {
    return await take(request)
  } catch (error) {
    if (!(error instanceof ModelgateError) || error.kind === 'cancelled') throw error
    // Running the base meets the same problem, and explains it better.
    return { run: undefined, reason: `no stored run could be checked against it: ${error.message.replace(/\.$/, '')}` }
  }
}

async function take(request: StoredRequest): Promise<Taken> {
  const { repository, target, folder, loaded } = request
  const base = await readConfigAt(repository, target.commit, loaded)
  if (base === undefined) return { run: undefined, reason: 'the base has no configuration of this pipeline' }
  const list = await repository.git.raw(['rev-list', `--max-count=${mostCommits}`, target.commit])
  const found = await request.findStored(list.split('\n').filter((commit) => commit !== ''))
  if (found.evidence === undefined) return { run: undefined, reason: found.reason }
  const { evidence, commit, runId, event } = found
  try {
    const { record } = evidence.fresh
    const here = { os: platform(), arch: arch() }
    const flaw = findFlaw(record, base, commit, here) ?? (await findDifference(request, base, record, commit))
    if (flaw !== undefined) return { run: undefined, reason: `run ${runId} of commit ${commit.slice(0, 7)} ${flaw}` }
    const stored = await keep(evidence.fresh, join(folder, 'base'))
    const from = `stored run ${runId} (${event}) of `
    const explanation =
      commit === target.commit
        ? `${from}${target.explanation}`
        : `${from}commit ${commit.slice(0, 7)}; nothing that the pipeline reads changed from there to ${target.explanation}`
    return { run: stored, explanation: { kind: 'stored-run', explanation } }
  } finally {
    await evidence.remove()
  }
}

/** What makes a record no baseline of a run on this kind of machine, as far as it says so itself. `config` is that of the base. */
export function findFlaw(
  record: RunRecord,
  { config }: LoadedConfig,
  commit: string,
  machine: RunRecord['factors']['environment']['machine'],
): string | undefined {
  if (record.project.name !== config.name || record.project.task !== config.task)
    return `recorded another pipeline, "${record.project.name}"`
  if (record.status !== 'succeeded' || isPartial(config, record)) return 'did not run every stage'
  if (record.stoppedAt !== undefined) return 'was stopped by its data checks, so that it measured nothing'
  if (record.source?.commit !== commit) return `recorded another commit, ${record.source?.commit.slice(0, 7) ?? 'none'}`
  if (record.source.dirty) return 'was made from a tree with uncommitted changes'
  const { os, arch: architecture } = record.factors.environment.machine
  if (os !== machine.os || architecture !== machine.arch)
    return `was made on ${os} ${architecture}, and not on ${machine.os} ${machine.arch}`
  return undefined
}

/** What differs between the stored run and a run of the base here. */
async function findDifference(
  { repository, target, loaded }: StoredRequest,
  base: LoadedConfig,
  record: RunRecord,
  commit: string,
): Promise<string | undefined> {
  if (commit !== target.commit) {
    const [changed] = await changedSources(repository, base, commit, target.commit)
    if (changed !== undefined) return `is older than the last change of ${changed} on the base`
  }
  // Data outside of version control: a base run would get the files that are here now.
  for (const [name, dataset] of Object.entries(base.config.data)) {
    if (isProduced(base, dataset.path)) continue
    const path = portablePath('/', join('/', pathInRepository(repository, loaded.root), dataset.path))
    if ((await repository.git.raw(['ls-tree', '--full-tree', '--name-only', target.commit, '--', path])) !== '')
      continue
    const here = await describeArtifact(loaded.root, dataset.path, {
      what: `The data set "${name}"`,
      code: 'run/missing-data',
      help: `Put the file there, or correct data.${name}.path in ${loaded.file}.`,
    })
    if (record.factors.data[name]?.digest !== here.digest) return `had other data in ${dataset.path}`
  }
  return undefined
}

/** Files that the pipeline reads, as far as it declares them, and that differ between two commits. */
async function changedSources(repository: Repository, base: LoadedConfig, from: string, to: string): Promise<string[]> {
  const root = portablePath('/', join('/', pathInRepository(repository, base.root)))
  const answer = await gitAt(repository.root, false).raw(['diff', '--name-only', '--no-renames', '-z', from, to, '--'])
  return answer.split('\0').filter((path) => path !== '' && isSource(path, base, root))
}

/** True for a file that the pipeline may read. `root` is the folder of its configuration; both paths are relative to the repository. */
export function isSource(path: string, base: LoadedConfig, root: string): boolean {
  const { config } = base
  const inRoot = (path: string): string => posix.join(root, path)
  const stages = Object.values(config.stages)
  const declared = [
    basename(base.file),
    ...(config.params === undefined ? [] : [config.params]),
    ...Object.values(config.data).map((dataset) => dataset.path),
    // A stage without declared dependencies may read anything.
    ...(stages.every(declaresDeps) ? stages.flatMap(depsOf) : ['.']),
  ].map(inRoot)
  const folder = posix.dirname(path)
  if (isDependencyFile(posix.basename(path)) && (folder === '.' || folder === root)) return true
  const written = writtenPaths(base).map(inRoot)
  return declared.some((source) => source === '.' || isWithin(path, source)) && !written.includes(path)
}

/** Puts the record, with its predictions, where a base run would have left it. */
async function keep({ record, file }: StoredRun, folder: string): Promise<StoredRun> {
  await mkdir(folder, { recursive: true })
  for (const { path } of record.predictions) {
    const source = resolveInside(dirname(file), path)
    const target = resolveInside(folder, path)
    // A path that leads elsewhere, or a file that is not there: the reader of the predictions refuses it.
    if (source === undefined || target === undefined) continue
    await copyFile(source, target).catch(() => undefined)
  }
  const kept = join(folder, recordFileName)
  await copyFile(file, kept)
  return { record, file: kept }
}
