import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/files.ts'

/** Where modelgate keeps the runs of a project. The folder ignores itself, so that git never shows it. */
const stateFolder = '.modelgate'

async function prepareStateFolder(root: string): Promise<string> {
  const state = join(root, stateFolder)
  await mkdir(state, { recursive: true })
  const ignore = join(state, '.gitignore')
  if (!existsSync(ignore)) await writeFile(ignore, '*\n')
  return state
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
