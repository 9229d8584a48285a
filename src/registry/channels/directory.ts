import { createHash } from 'node:crypto'
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { digestOfFile, shortDigest } from '../../base/digest.ts'
import { isSystemError, ModelgateError } from '../../base/error.ts'
import { makeFolder, portablePath } from '../../base/files.ts'
import { inLanes } from '../../base/lanes.ts'
import { formatBytes } from '../../base/number-text.ts'
import type { Bundle, BundleFile } from '../bundle/bundle.ts'
import { changedFile, checkNames, isFixed, openBundleFile } from './bundle-file.ts'
import type { Channel, ChannelProgress, Location } from './channel.ts'
import { damaged, denied, noRoom, otherContent, shortReason } from './channel-error.ts'

/** Ends the names of files that are not whole yet. */
const partial = '.part'

const pieceBytes = 1 << 20
/** Files under way at once: with many small ones most of the time is waiting for the disk. */
const lanes = 8

/**
 * A folder, such as a file share: `<folder>/<model>/<version>`. Files are put into a hidden folder beside it, which one rename turns into the
 * version. A later run takes over the files that are whole.
 */
export class DirectoryChannel implements Channel {
  readonly kind = 'directory'
  readonly name: string
  private readonly folder: string

  /** `folder`: absolute path. `shown`: the path in the words of the user. */
  constructor(folder: string, shown = folder) {
    this.folder = folder
    this.name = `folder ${shown}`
  }

  async check(bundle: Bundle): Promise<void> {
    checkNames(bundle)
    const probe = join(this.folder, bundle.model, `.probe-${process.pid}`)
    await this.told(async () => {
      await makeFolder(dirname(probe), { what: 'The folder to publish to' })
      await (await open(probe, 'w')).close()
      await rm(probe)
    })
    // Before the number is taken: what somebody else put there, or half of it, is replaced by nobody.
    if (await this.isVisible(bundle)) await this.checkSame(bundle)
  }

  async upload(bundle: Bundle, { onBytes, signal }: ChannelProgress): Promise<void> {
    const visible = await this.isVisible(bundle)
    if (visible) await this.checkSame(bundle)
    // Not one for each file: making room for a hundred thousand takes longer than copying them.
    const pieces = Array.from({ length: lanes }, () => Buffer.allocUnsafeSlow(pieceBytes))
    await inLanes(bundle.files, lanes, async (file, lane) => {
      signal.throwIfAborted()
      const piece = pieces[lane] ?? Buffer.allocUnsafeSlow(pieceBytes)
      if (visible || (await this.holds(bundle, file))) onBytes(file, file.bytes)
      else await this.told(() => this.copy(bundle, file, piece, { onBytes, signal }))
    })
    if (!visible) await this.told(() => removeExtras(this.staging(bundle), bundle))
  }

  async verify(bundle: Bundle): Promise<void> {
    const visible = await this.isVisible(bundle)
    const folder = visible ? this.target(bundle) : this.staging(bundle)
    const problem = await differenceOf(folder, bundle, visible ? isFixed : () => true)
    if (problem !== undefined) throw damaged(this.name, problem)
  }

  async has(version: Pick<Bundle, 'model' | 'version'>): Promise<boolean> {
    return await this.isVisible(version)
  }

  async reveal(bundle: Bundle): Promise<Location> {
    const target = this.target(bundle)
    let moved = false
    if (!(await this.isVisible(bundle))) {
      await this.told(async () => {
        await syncFolders(this.staging(bundle), bundle)
        moved = await moveNew(this.staging(bundle), target)
        await syncFolder(dirname(target))
      })
    }
    // Somebody else was quicker: their version must be this one.
    if (!moved) await this.checkSame(bundle)
    return { location: target, digest: bundle.digest }
  }

  private target(bundle: Pick<Bundle, 'model' | 'version'>): string {
    return join(this.folder, bundle.model, bundle.version)
  }

  /** Of its own for each content, so that a version tried before with other content leaves nothing in it. */
  private staging(bundle: Bundle): string {
    return join(this.folder, bundle.model, `.staging-${bundle.version}-${shortDigest(bundle.digest)}`)
  }

  /** Throws when the share does not say it: what cannot be looked at is neither there nor gone. */
  private async isVisible(bundle: Pick<Bundle, 'model' | 'version'>): Promise<boolean> {
    return await this.told(async () => {
      try {
        await lstat(this.target(bundle))
        return true
      } catch (error) {
        if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false
        throw error
      }
    })
  }

  private async checkSame(bundle: Bundle): Promise<void> {
    const difference = (await this.isVisible(bundle))
      ? await differenceOf(this.target(bundle), bundle, isFixed)
      : 'missing'
    if (difference !== undefined)
      throw otherContent(this.name, `Version ${bundle.version} of ${bundle.model}`, difference)
  }

  private async holds(bundle: Bundle, file: BundleFile): Promise<boolean> {
    return (await problemOf(this.staging(bundle), file)) === undefined
  }

  private async copy(
    bundle: Bundle,
    file: BundleFile,
    piece: Buffer,
    { onBytes, signal }: ChannelProgress,
  ): Promise<void> {
    const to = join(this.staging(bundle), file.path)
    // Not a name that another publisher of the same version has: each writes its own, and whole files replace one another.
    const temporary = `${to}.${process.pid}${partial}`
    await mkdir(dirname(to), { recursive: true })
    const source = await openBundleFile(bundle, file)
    try {
      const digest = await copyBytes(source, temporary, file.bytes, piece, signal, (sent) => onBytes(file, sent))
      if (digest !== file.digest) throw changedFile(file)
      await rename(temporary, to)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    } finally {
      await source.close()
    }
    onBytes(file, file.bytes)
  }

  /** What the system refuses, as an error for the user. */
  private async told<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (thrown) {
      const unmade = thrown instanceof ModelgateError && thrown.code === 'files/unwritable'
      const error = unmade ? thrown.cause : thrown
      if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS'))
        throw denied(this.name, shortReason(error), 'Give the user that publishes the right to write there.')
      if (isSystemError(error, 'EEXIST', 'ENOTDIR'))
        throw denied(
          this.name,
          'there is a file where a folder is to be',
          'Name a folder, or a place where one can be made.',
        )
      if (unmade || isSystemError(error, 'ENOENT', 'ELOOP'))
        throw denied(this.name, shortReason(error), 'Name a folder, or a place where one can be made.')
      if (isSystemError(error, 'ENOSPC', 'EDQUOT', 'EFBIG')) throw noRoom(this.name, shortReason(error))
      throw error
    }
  }
}

/** Copies by way of `piece`, and syncs; the digest of what was written. */
async function copyBytes(
  source: FileHandle,
  path: string,
  bytes: number,
  piece: Buffer,
  signal: AbortSignal,
  onSent: (sent: number) => void,
): Promise<string> {
  const hash = createHash('sha256')
  const target = await open(path, 'w')
  try {
    // One byte more than there should be: a file that grows is not the same file.
    for (let at = 0; at <= bytes; ) {
      signal.throwIfAborted()
      const { bytesRead } = await source.read(piece, 0, piece.length, at)
      if (bytesRead === 0) break
      const part = piece.subarray(0, bytesRead)
      hash.update(part)
      await target.writeFile(part)
      at += bytesRead
      onSent(Math.min(at, bytes))
    }
    await target.sync()
  } finally {
    await target.close()
  }
  return `sha256:${hash.digest('hex')}`
}

/** Renames a folder; false when there is one of that name, or somebody moved this one. It replaces nothing but an empty folder. */
async function moveNew(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (isSystemError(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM')) return false
    throw error
  }
}

/** How the folder differs from the bundle: one sentence; undefined when it holds the bundle and nothing else. `counts`: files whose bytes count. */
async function differenceOf(
  folder: string,
  bundle: Bundle,
  counts: (file: BundleFile) => boolean,
): Promise<string | undefined> {
  const problems = new Map<string, string>()
  await inLanes(bundle.files.filter(counts), lanes, async (file) => {
    const problem = await problemOf(folder, file)
    if (problem !== undefined) problems.set(file.path, problem)
  })
  for (const { path } of bundle.files) {
    const problem = problems.get(path)
    if (problem !== undefined) return problem
  }
  const [extra] = await extrasOf(folder, bundle)
  return extra === undefined ? undefined : `${extra} does not belong to it`
}

/** What lies there beside the files of the bundle and the folders that these are in. */
async function extrasOf(folder: string, bundle: Bundle): Promise<string[]> {
  const files = new Set(bundle.files.map(({ path }) => path))
  const folders = new Set(bundle.files.flatMap(({ path }) => parentsOf(path)))
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.flatMap((entry) => {
    const path = portablePath(folder, join(entry.parentPath, entry.name))
    return (entry.isDirectory() ? folders : files).has(path) ? [] : [path]
  })
}

/** What a run left that died while it wrote. */
async function removeExtras(folder: string, bundle: Bundle): Promise<void> {
  for (const path of await extrasOf(folder, bundle)) await rm(join(folder, path), { recursive: true, force: true })
}

async function problemOf(folder: string, file: BundleFile): Promise<string | undefined> {
  const path = join(folder, file.path)
  const about = await lstat(path).catch(() => undefined)
  if (about === undefined) return `${file.path} is not there`
  if (!about.isFile()) return `${file.path} is no regular file`
  if (about.size !== file.bytes)
    return `${file.path} has ${formatBytes(about.size)} in place of ${formatBytes(file.bytes)}`
  return (await digestOfFile(path)) === file.digest ? undefined : `${file.path} has another digest`
}

/** Names of files are durable only when their folders are. */
async function syncFolders(root: string, bundle: Bundle): Promise<void> {
  const folders = new Set(bundle.files.flatMap(({ path }) => parentsOf(path)))
  for (const folder of [...folders].sort().reverse()) await syncFolder(join(root, folder))
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))]
}

async function syncFolder(folder: string): Promise<void> {
  // Windows, and some shares, know no such thing.
  const handle = await open(folder, 'r').catch(() => undefined)
  await handle?.sync().catch(() => {})
  await handle?.close()
}
