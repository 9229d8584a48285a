import { constants } from 'node:fs'
import { copyFile, link, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { combineDigests, type Digest, digestOfBytes, digestOfFile } from '../../base/digest.ts'
import { isSystemError, ModelgateError } from '../../base/error.ts'
import { oneLine } from '../../base/escape.ts'
import { listFiles, portablePath, resolveInside } from '../../base/files.ts'
import { inLanes } from '../../base/lanes.ts'
import { isWithin } from '../../record/artifact.ts'
import type { RunRecord } from '../../record/run-record.ts'
import { digestWithParts, type FilePart, partBytes } from './parts.ts'

/** The model's own files in a bundle: copied, and held against what the run recorded. */

export type ModelSource = {
  /** Folder of modelgate.yaml. */
  root: string
  /** `model.path`: file or folder, relative to the root. */
  path: string
  record: RunRecord
}

export type CopyOptions = {
  /** Links instead of copies where the disk can: for folders that live no longer than the process. */
  link?: boolean
}

/** A file of the model, in the bundle. `name` is relative to `model/`. */
export type ModelFile = { name: string; bytes: number; digest: Digest; parts: FilePart[] }

export type CopiedModel = {
  files: ModelFile[]
  bytes: number
  /** Digest of the model as the run recorded it, or would have, where it recorded the folder around it. */
  content: Digest
}

/** Files that are copied beside one another: with many small ones most of the time is waiting. */
const atOnce = 16

/**
 * Copies the model into `target`. Its digests are those of the copies, so that a file which changes meanwhile is seen. Throws `bundle/no-model`,
 * `bundle/empty-model`, `bundle/link`, `bundle/file-name`, `bundle/not-recorded` and `bundle/changed`.
 */
export async function copyModel(source: ModelSource, target: string, options: CopyOptions = {}): Promise<CopiedModel> {
  const { root, path } = source
  const out = recordedOut(source)
  const place = resolveInside(root, path)
  const about = place === undefined ? undefined : await stat(place).catch(() => undefined)
  if (place === undefined || about === undefined || !(about.isFile() || about.isDirectory())) {
    throw failure(
      'no-model',
      'The model is not there.',
      path,
      'Run the pipeline first: the model is one of its `outs`.',
    )
  }
  const isFolder = about.isDirectory()
  const names = isFolder ? await listFiles(place, isUnrecorded) : [lastPart(path)]
  for (const name of names) requirePlainName(name, path)
  const copied = new Map<string, ModelFile>()
  const inside = await realpath(root)
  await inLanes(names, atOnce, async (name) => {
    const from = isFolder ? join(place, name) : place
    copied.set(name, await copyOne(from, join(target, name), name, inside, options))
  })
  const files = names.flatMap((name) => copied.get(name) ?? [])
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (bytes === 0)
    throw failure('empty-model', 'The model has no bytes.', path, 'See why the stage that writes it wrote nothing.')
  const content = isFolder ? combineDigests(digestsOf(files)) : (files[0]?.digest ?? digestOfBytes(''))
  const recorded = isSame(out.path, path) ? content : await digestAround(source, out.path, place, files, isFolder)
  if (recorded !== out.digest) {
    throw failure(
      'changed',
      `The model on disk is not the one that run ${source.record.id} recorded.`,
      path,
      'Run the pipeline again, or restore the files of that run: only what was measured is published.',
    )
  }
  return { files, bytes, content }
}

/** What `describeArtifact` leaves out of a folder's digest. */
function isUnrecorded(name: string): boolean {
  return name === '.git' || name === '__pycache__'
}

/** The out of a finished stage that is the model or holds it. */
function recordedOut({ path, record }: ModelSource): { path: string; digest: Digest } {
  const outs = record.stages.filter(({ status }) => status === 'succeeded').flatMap(({ outs }) => Object.values(outs))
  const [out] = outs.filter((out) => isWithin(path, out.path)).sort((a, b) => b.path.length - a.path.length)
  if (out !== undefined) return out
  throw failure(
    'not-recorded',
    `Run ${record.id} recorded no such model: it is none of the \`outs\` of its stages.`,
    path,
    'Name a file or folder that a stage lists under `outs`, and run the pipeline again.',
  )
}

/** The digest of the whole out that the model lies in, with the copies in the place of what they were copied from. */
async function digestAround(
  { root }: ModelSource,
  outPath: string,
  model: string,
  files: readonly ModelFile[],
  isFolder: boolean,
): Promise<Digest> {
  const out = resolve(root, outPath)
  const prefix = portablePath(out, model)
  const copied = new Map(files.map(({ name, digest }) => [isFolder ? `${prefix}/${name}` : prefix, digest]))
  const digests: Record<string, Digest> = {}
  const inside = await realpath(root)
  for (const name of await listFiles(out, isUnrecorded))
    digests[name] = copied.get(name) ?? (await digestOfFile(await realFile(join(out, name), name, inside)))
  return combineDigests(digests)
}

async function copyOne(
  from: string,
  to: string,
  name: string,
  inside: string,
  options: CopyOptions,
): Promise<ModelFile> {
  const real = await realFile(from, name, inside)
  await mkdir(dirname(to), { recursive: true })
  if (options.link !== true || !(await linked(real, to)))
    await copyFile(real, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  const bytes = (await stat(to)).size
  if (bytes > partBytes) return { name, bytes, ...(await digestWithParts(to)) }
  return { name, bytes, digest: await digestOfFile(to), parts: [] }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (isSystemError(error, 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EACCES')) return false
    throw error
  }
}

/** The regular file behind a name. A link may lead to a file of the project (data caches do that), but not out of it: what is published was declared. */
async function realFile(path: string, name: string, inside: string): Promise<string> {
  const about = await lstat(path)
  if (about.isFile()) return path
  const real = await realpath(path).catch(() => undefined)
  const target = real === undefined ? undefined : await stat(real)
  if (real !== undefined && target?.isFile() === true && resolveInside(inside, real) !== undefined) return real
  throw failure(
    'link',
    `The link "${oneLine(name)}" in the model leads to no file of the project.`,
    name,
    'Put the file itself there: a model is published with its bytes.',
  )
}

/** Names have to survive every channel, `sha256sum -c` and other file systems. */
function requirePlainName(name: string, path: string): void {
  const isPlain =
    !/[\\:\ufffd]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u.test(name) &&
    name.length <= 1000 &&
    name.split('/').every((part) => Buffer.byteLength(part) <= 255)
  if (isPlain) return
  throw failure(
    'file-name',
    `The model has a file whose name cannot be published: "${oneLine(name).slice(0, 200)}".`,
    path,
    'Rename it: no backslashes, colons or characters that do not show, and not too long.',
  )
}

function digestsOf(files: readonly ModelFile[]): Record<string, Digest> {
  return Object.fromEntries(files.map(({ name, digest }) => [name, digest]))
}

function lastPart(path: string): string {
  return portablePath('/', join('/', path)).split('/').at(-1) ?? path
}

function isSame(one: string, other: string): boolean {
  return isWithin(one, other) && isWithin(other, one)
}

function failure(name: string, message: string, file: string, help: string): ModelgateError {
  return new ModelgateError({ code: `bundle/${name}`, message, place: { file }, help })
}
