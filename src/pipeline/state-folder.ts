import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { makeFolder, writeFileAtomic } from '../base/files.ts'

/** Where modelgate keeps the runs of a project. The folder ignores itself, so that git never shows it. */
const stateFolder = '.modelgate'

/** Makes the folder, before anything runs. Throws `run/state-folder` when something else stands in its place. */
export async function prepareStateFolder(root: string): Promise<string> {
  const state = join(root, stateFolder)
  const there = await lstat(state).catch(() => undefined)
  if (there !== undefined && !there.isDirectory()) {
    throw new ModelgateError({
      code: 'run/state-folder',
      message: `${stateFolder} is not a folder, so the run cannot be recorded there.`,
      place: { file: stateFolder },
      help: `Remove it: ${stateFolder} belongs to modelgate and not into version control.`,
    })
  }
  await mkdir(state, { recursive: true })
  const ignore = join(state, '.gitignore')
  if (!existsSync(ignore)) await writeFile(ignore, '*\n')
  return state
}

const outHelp = 'Name another folder with --out (or the input `out`).'

/**
 * Tries, before anything runs, whether the files of a run can be written to a folder; what was made for that is taken away again.
 * Throws `run/out` when something that is no folder stands there, and `files/unwritable`.
 */
export async function requireFolder(folder: string): Promise<void> {
  const there = await lstat(folder).catch(() => undefined)
  if (there !== undefined && !there.isDirectory()) {
    throw new ModelgateError({
      code: 'run/out',
      message: 'The place for the files of this run is not a folder.',
      place: { file: folder },
      help: outHelp,
    })
  }
  const role = { what: 'The folder for the files of this run', help: outHelp, shown: folder }
  const made = await makeFolder(folder, role)
  const trial = join(folder, `.trial-${randomBytes(6).toString('hex')}`)
  try {
    await writeFileAtomic(trial, '', role)
  } finally {
    await rm(made ?? trial, { recursive: true, force: true })
  }
}

/** `.modelgate/runs/<id>`, the default place of a run. */
export function runFolder(root: string, id: string): string {
  return join(root, stateFolder, 'runs', id)
}

/** Remembers the record of the newest run, wherever it lies. */
export async function rememberLatestRun(root: string, recordFile: string): Promise<void> {
  await writeFileAtomic(join(await prepareStateFolder(root), 'latest'), `${recordFile}\n`)
}

/** The record of the newest run in a project; undefined when there was none. */
export async function latestRun(root: string): Promise<string | undefined> {
  const text = await readFile(join(root, stateFolder, 'latest'), 'utf8').catch(() => '')
  return text.trim() === '' ? undefined : text.trim()
}
