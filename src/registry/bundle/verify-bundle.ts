import type { KeyObject } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { digestOfBytes } from '../../base/digest.ts'
import { ModelgateError } from '../../base/error.ts'
import { fileIn, portablePath, readTextFile } from '../../base/files.ts'
import { findRepeatedKey } from '../../readers/json-keys.ts'
import { checkSignature, type SignatureCheck } from '../signature/check-signature.ts'
import { holdAgainst, isIgnored, type Problem } from '../signature/hold-against.ts'
import { signatureFileName } from '../signature/signer.ts'
import { checksumsFileName, readChecksums } from './checksums.ts'
import { type ModelManifest, manifestFileName, manifestSchema } from './manifest.ts'
import { Digests, type Entry, walk } from './walk.ts'

export type VerifyRequest = {
  /** Folder of a bundle, or any folder or file that was signed. */
  path: string
  /** The signature is required then, and has to be by this key. */
  key?: KeyObject
  /** Where the signature lies, if it is not `model.sig` in the folder. */
  signature?: string
}

export type Verification = {
  schema: 'modelgate/verification@1'
  holds: boolean
  /** `bundle`: it has a manifest of ours. `signed`: only a signature. */
  kind: 'bundle' | 'signed'
  /** Without the verdict where it does not hold. */
  model?: { name: string; version: string; digest: string; verdict?: string }
  /** How many files were read. */
  files: number
  signature: SignatureCheck
  /** The first ones first; empty when everything holds. */
  problems: Problem[]
}

/**
 * Reads every file of a bundle and holds it against manifest, checksums and signature. Without a key the signature shows only that the files are those that
 * somebody signed. Throws `verify/nothing` when there is nothing to verify by, and `files/…`.
 */
export async function verifyBundle(request: VerifyRequest): Promise<Verification> {
  const { path, key } = request
  const about = await lstat(path).catch(() => undefined)
  if (about === undefined || !(about.isFile() || about.isDirectory())) {
    throw new ModelgateError({
      code: 'verify/nothing',
      message: 'There is no such file or folder.',
      place: { file: path },
      help: 'Name the folder of a bundle.',
    })
  }
  const isFolder = about.isDirectory()
  const folder = isFolder ? path : dirname(path)
  const signaturePath = request.signature ?? (isFolder ? fileIn(path, signatureFileName) : `${path}.sig`)
  const outside = portablePath(resolve(folder), resolve(signaturePath))
  const { entries: all, empty }: Lying = isFolder
    ? await walk(path, (entry) => isIgnored(entry) || entry === outside)
    : { entries: [{ path: basename(path), kind: 'file' }], empty: [] }
  const digests = new Digests(folder)
  const hasManifest = isFolder && all.some((entry) => entry.path === manifestFileName && entry.kind === 'file')
  const { check, signed } = await checkSignature(signaturePath, key)
  if (!hasManifest && check.state === 'absent') {
    throw new ModelgateError({
      code: 'verify/nothing',
      message: `There is neither a ${manifestFileName} nor a signature to verify by.`,
      place: { file: path },
      help: 'Name the folder of a bundle, or a signature with --signature.',
    })
  }
  const bundle = hasManifest ? await readManifest(folder, digests) : undefined
  const problems: Problem[] =
    bundle === undefined ? [] : await holdAgainstManifest(bundle, folder, { entries: all, empty }, digests)
  if (key !== undefined && check.state === 'absent')
    problems.push({ problem: 'signature', message: `There is no signature at ${relative('', signaturePath)}.` })
  // One that the user names may be wherever he likes; one that came with the files may not lead out of them.
  if (request.signature === undefined && (await lstat(signaturePath).catch(() => undefined))?.isSymbolicLink() === true)
    problems.push({ file: relative(folder, signaturePath), problem: 'link', message: 'is a link' })
  if (check.state === 'invalid') problems.push({ problem: 'signature', message: check.explanation })
  if (bundle !== undefined && bundle.manifest?.signature !== undefined)
    problems.push(...claimed(bundle.manifest.signature, check))
  if (signed !== undefined) {
    const entries = all.filter((entry) => !isIgnored(entry.path, signed.ignored))
    // A file that was signed by itself is called `.`, or by its name.
    const named = isFolder
      ? entries
      : [{ path: signed.resources[0]?.name === '.' ? '.' : basename(path), kind: 'file' as const }]
    const found = await holdAgainst(signed, named, isFolder ? digests : new Digests(folder, basename(path)))
    const seen = new Set(problems.map(({ file }) => file))
    problems.push(...found.filter(({ file }) => file === undefined || !seen.has(file)))
  }
  const { manifest, digest } = bundle ?? {}
  const holds = problems.length === 0
  return {
    schema: 'modelgate/verification@1',
    holds,
    kind: hasManifest ? 'bundle' : 'signed',
    ...(manifest === undefined || digest === undefined
      ? {}
      : {
          model: {
            name: manifest.model,
            version: manifest.version,
            digest,
            ...(holds ? { verdict: manifest.verdict } : {}),
          },
        }),
    files: all.length + (check.state === 'absent' ? 0 : 1),
    signature: holds ? check : ofOtherFiles(check),
    problems,
  }
}

type Lying = { entries: Entry[]; empty: string[] }

/** A signature says nothing of files that are not the signed ones: what does not hold must not look verified in any field. */
function ofOtherFiles(check: SignatureCheck): SignatureCheck {
  if (check.state === 'invalid' || check.state === 'absent') return check
  const explanation = 'There is a signature, but the files are not as they were signed.'
  return { method: check.method, state: 'files-differ', explanation }
}

type ReadManifest = { manifest: ModelManifest | undefined; digest: string }

async function readManifest(folder: string, digests: Digests): Promise<ReadManifest> {
  const text = await readTextFile(join(folder, manifestFileName), { what: 'The manifest' })
  const digest = (await digests.of(manifestFileName)) ?? digestOfBytes(text)
  try {
    const { data } = manifestSchema.safeParse(JSON.parse(text))
    // Of what is said twice, readers take the first or the last.
    const once = findRepeatedKey(text) === undefined && data !== undefined && eachOnce(data)
    return { manifest: once ? data : undefined, digest }
  } catch {
    return { manifest: undefined, digest }
  }
}

function eachOnce({ files, documents }: ModelManifest): boolean {
  return new Set([...files, ...documents].map(({ path }) => path)).size === files.length + documents.length
}

/** Every file of the manifest as it says, the list of checksums in agreement with it, and nothing else. */
async function holdAgainstManifest(
  { manifest, digest }: ReadManifest,
  folder: string,
  { entries, empty }: Lying,
  digests: Digests,
): Promise<Problem[]> {
  if (manifest === undefined)
    return [{ file: manifestFileName, problem: 'damaged', message: 'is no manifest of a bundle' }]
  const listed = new Map(
    [...manifest.files, ...manifest.documents].map(({ path, sha256 }) => [path, `sha256:${sha256}`]),
  )
  const problems: Problem[] = []
  for (const { path, kind } of entries)
    if (kind !== 'file') problems.push({ file: path, problem: 'link', message: 'is a link or no regular file' })
  const regular = new Set(entries.filter(({ kind }) => kind === 'file').map(({ path }) => path))
  await digests.readAll([...regular])
  for (const [path, expected] of listed) {
    if (!regular.has(path))
      problems.push({ file: path, problem: 'missing', message: 'is in the manifest, but not there' })
    else if ((await digests.of(path)) !== expected)
      problems.push({ file: path, problem: 'changed', message: 'is not as the manifest has it' })
  }
  const ours = new Set([manifestFileName, checksumsFileName])
  for (const path of regular)
    if (!listed.has(path) && !ours.has(path))
      problems.push({ file: path, problem: 'extra', message: 'is not in the manifest' })
  // No list of files names them, so that they came later.
  for (const path of empty)
    problems.push({ file: path, problem: 'extra', message: 'is an empty folder, which no bundle has' })
  return [...problems, ...(await checkChecksums(new Map([...listed, [manifestFileName, digest]]), regular, folder))]
}

async function checkChecksums(
  listed: ReadonlyMap<string, string>,
  regular: ReadonlySet<string>,
  folder: string,
): Promise<Problem[]> {
  if (!regular.has(checksumsFileName))
    return [{ file: checksumsFileName, problem: 'missing', message: 'is not there, and belongs to every bundle' }]
  const sums = readChecksums(await readTextFile(join(folder, checksumsFileName), { what: 'The list of checksums' }))
  const agrees =
    sums !== undefined && sums.size === listed.size && [...listed].every(([path, digest]) => sums.get(path) === digest)
  return agrees ? [] : [{ file: checksumsFileName, problem: 'changed', message: 'does not agree with the manifest' }]
}

/** What the manifest says of the signature has to be true: else somebody took it away, or put another one there. */
function claimed(method: ModelManifest['signature'], check: SignatureCheck): Problem[] {
  if (method === 'none' || check.state === 'invalid') return []
  if (check.state === 'absent')
    return [
      {
        file: signatureFileName,
        problem: 'missing',
        message: 'is missing: the manifest says that the bundle is signed',
      },
    ]
  return check.method === method
    ? []
    : [{ file: signatureFileName, problem: 'changed', message: `is not by ${method}, as the manifest says` }]
}
