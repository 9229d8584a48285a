import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { combineDigests, type Digest, digestOfFile } from '../base/digest.ts'
import { listFiles, portablePath } from '../base/files.ts'
import { isWithin } from './artifact.ts'
import { isDependencyFile } from './environment.ts'
import type { Factors } from './run-record.ts'

/** What the pipeline declares, as far as it decides which files are code. All paths relative to `root`. */
export type CodeDeclaration = {
  root: string
  /** Files and folders that stages name as `deps`; undefined when a stage names none, and so may read anything. */
  deps: readonly string[] | undefined
  /** Data sets, parameter file, outputs and modelgate.yaml: a change in them is not a change of code. */
  notCode: readonly string[]
  /** Every file under version control, for the case without `deps`. */
  versioned: () => Promise<string[]>
}

const skipped = new Set(['.git', '.modelgate', 'node_modules', '__pycache__', '.venv', 'venv'])

/** The digest of every code file. Missing ones are left out: the stage that needs them says so itself. */
export async function describeCode(declaration: CodeDeclaration): Promise<Factors['code']> {
  const { root, deps, notCode, versioned } = declaration
  const candidates =
    deps === undefined ? await versioned() : (await Promise.all(deps.map((path) => expand(root, path)))).flat()
  const names = [...new Set(candidates)]
    .filter((name) => !notCode.some((path) => isWithin(name, path)) && !isDependencyFile(basename(name)))
    .filter((name) => !name.split('/').some((part) => skipped.has(part)))
    .sort()
  const files: Record<string, Digest> = {}
  for (const name of names) {
    const path = join(root, name)
    const about = await stat(path).catch(() => undefined)
    if (about?.isFile() === true) files[name] = await digestOfFile(path)
  }
  return { digest: combineDigests(files), files }
}

async function expand(root: string, path: string): Promise<string[]> {
  const absolute = join(root, path)
  const about = await stat(absolute).catch(() => undefined)
  if (about === undefined || !about.isDirectory()) return [portablePath(root, absolute)]
  const names = await listFiles(absolute, (name) => skipped.has(name))
  return names.map((name) => portablePath(root, join(absolute, name)))
}
