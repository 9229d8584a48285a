import { existsSync } from 'node:fs'
import { constants, copyFile, lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { digestOfWritten, shortDigest } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { fileIn, resolveInside } from '../base/files.ts'
import { readRecord, recordFileName, writeRecord } from '../record/store.ts'
import type { StoredRun } from '../report/judgement.ts'

/** Below the folder of a judgement: the runs that were compared and do not lie there anyway, each in a folder named by the digest of its record. */
const keptFolder = 'compared'

/** Where a run and the base that was measured beside it lie in the folder of a judgement. */
const beside = ['.', 'base']

const keptName = /^[0-9a-f]{12}$/

/** Keeps the runs of a judgement in its folder, with their predictions, in place of those of an earlier judgement. */
export async function keepRuns(folder: string, runs: readonly StoredRun[]): Promise<void> {
  const parent = fileIn(folder, keptFolder)
  const there = new Map((await runsIn(folder, beside)).map(({ record }) => [digestOfWritten(record), record]))
  const missing = new Map(
    runs.map((run) => [digestOfWritten(run.record), run] as const).filter(([digest]) => !there.has(digest)),
  )
  const names = new Set([...missing.keys()].map(shortDigest))
  // A link would lead to folders of somebody else.
  if ((await lstat(parent).catch(() => undefined))?.isDirectory() === false) await rm(parent)
  for (const [digest, run] of missing) await keepRun(fileIn(parent, shortDigest(digest)), run)
  for (const name of await keptNames(parent))
    if (!names.has(name)) await rm(fileIn(parent, name), { recursive: true, force: true })
}

async function keepRun(target: string, { record, file }: StoredRun): Promise<void> {
  // The very run that lies there, of an earlier judgement.
  if (resolveInside(target, recordFileName) === file) return
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  for (const { path } of [...record.predictions, ...record.dataChecks]) {
    const [from, to] = [resolveInside(dirname(file), path), resolveInside(target, path)]
    // Of a baseline only the predictions were fetched.
    if (from === undefined || to === undefined || !existsSync(from)) continue
    await mkdir(dirname(to), { recursive: true })
    await copyFile(from, to, constants.COPYFILE_FICLONE)
  }
  await writeRecord(target, record)
}

/** The runs that lie in the folder of a judgement, by the digests of their records. */
export type KeptRuns = {
  all: ReadonlyMap<string, StoredRun>
  /** The base that was measured beside the run. */
  base: StoredRun | undefined
  /** Those that are there only because they were compared. */
  compared: ReadonlyMap<string, StoredRun>
}

/** Reads them. What cannot be read is not there. */
export async function readKeptRuns(folder: string): Promise<KeptRuns> {
  const names = (await keptNames(fileIn(folder, keptFolder))).map((name) => `${keptFolder}/${name}`)
  const named = (runs: readonly StoredRun[]): Map<string, StoredRun> =>
    new Map(runs.map((run) => [digestOfWritten(run.record), run]))
  const compared = named(await runsIn(folder, names))
  const [base] = await runsIn(folder, ['base'])
  return { all: new Map([...compared, ...named(await runsIn(folder, beside))]), base, compared }
}

async function keptNames(parent: string): Promise<string[]> {
  return (await readdir(parent).catch(() => [])).filter((name) => keptName.test(name))
}

async function runsIn(folder: string, names: readonly string[]): Promise<StoredRun[]> {
  const runs: StoredRun[] = []
  for (const name of names) {
    const file = resolveInside(folder, name === '.' ? recordFileName : `${name}/${recordFileName}`)
    if (file === undefined || !existsSync(file)) continue
    try {
      runs.push(await readRecord(file))
    } catch (error) {
      if (!(error instanceof ModelgateError)) throw error
    }
  }
  return runs
}
