import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { digestOfBytes, digestOfFile } from '../../base/digest.ts'
import { isSystemError, ModelgateError } from '../../base/error.ts'
import { fileIn, makeFolder, resolveInside, writeFileAtomic } from '../../base/files.ts'
import { isObject, prettyJson } from '../../base/json.ts'
import type { ScanReport } from '../scan/file-scan.ts'
import { type Signer, signatureFileName } from '../signature/signer.ts'
import { statementOf } from '../signature/statement.ts'
import { bomOf } from './bom.ts'
import type { Bundle, BundleFile, BundleRole } from './bundle.ts'
import { cardOf, summaryOf } from './card.ts'
import { checksumsFileName, checksumsOf } from './checksums.ts'
import { type CopiedModel, copyModel } from './copy-model.ts'
import { evalResults } from './eval-results.ts'
import type { BundledModel, BundleFacts } from './facts.ts'
import { mediaTypeOf } from './file-kinds.ts'
import { lineageOf } from './lineage.ts'
import { byPath, manifestFileName, manifestOf } from './manifest.ts'
import { readOwnCard } from './own-card.ts'

export type BundleInput = {
  facts: BundleFacts
  /** Folder of modelgate.yaml, and `model.path` in it. */
  root: string
  path: string
  /** Folder of the record: the predictions lie there. */
  runFolder: string
  /** The comparison and the verdict, as the run left them. */
  evidence: { comparison: unknown; verdict: unknown }
  /** Says what the files of a folder are, and whether loading them is safe: the copies are scanned, not what they were copied from. */
  scan(folder: string): Promise<ScanReport>
  /** Card that people wrote, where there is one. */
  ownCard?: string
  signer?: Signer
  /** Folder to make. It must not be there, or be empty. */
  out: string
  /** Hard links instead of copies where that works: for bundles that are gone before the model is trained again. */
  link?: boolean
}

/**
 * Makes the folder of a bundle. It is there whole or not at all. Equal inputs give equal bytes: no time in them but the start of the run. Throws the
 * errors of `copyModel`, `bundle/unsafe`, `bundle/out` and `bundle/evidence`.
 */
export async function buildBundle(input: BundleInput): Promise<Bundle> {
  const { facts, out } = input
  await requireFree(out)
  const folder = `${out}.${randomBytes(6).toString('hex')}.part`
  try {
    await makeFolder(join(folder, 'model'), { what: 'The folder of the bundle', shown: out })
    const copied = await copyModel(
      { root: input.root, path: input.path, record: facts.record },
      join(folder, 'model'),
      input.link === true ? { link: true } : {},
    )
    const scan = await input.scan(join(folder, 'model'))
    requireSafe(scan)
    const bundle = await writeDocuments(input, folder, copied, scan)
    await rmdir(out).catch(() => undefined)
    await rename(folder, out)
    return { ...bundle, folder: out }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function writeDocuments(
  input: BundleInput,
  folder: string,
  copied: CopiedModel,
  scan: ScanReport,
): Promise<Bundle> {
  const { facts, signer } = input
  const { record, gate, model, version } = facts
  const signature: BundledModel['signature'] = signer?.method ?? 'none'
  const run = { id: record.id, ...(record.source === null ? {} : { commit: record.source.commit }) }
  const documents: Document[] = await copyPredictions(input, folder)
  const write = async (path: string, text: string): Promise<Document> => {
    await writeFileAtomic(fileIn(folder, path), text)
    const document = { path, bytes: Buffer.byteLength(text), digest: digestOfBytes(text) }
    documents.push(document)
    return document
  }
  const formats = new Map(scan.files.map(({ file, format }) => [file, format]))
  const bundled: BundledModel = {
    ...copied,
    scan,
    signature,
    ...(signer?.fingerprint === undefined ? {} : { keyFingerprint: signer.fingerprint }),
    files: copied.files.map(({ name, bytes, digest }) => ({
      path: `model/${name}`,
      bytes,
      digest,
      format: formats.get(name) ?? 'unknown',
    })),
  }
  await write('evidence/run.json', prettyJson(record))
  await write('evidence/comparison.json', prettyJson(input.evidence.comparison))
  await write('evidence/verdict.json', prettyJson(input.evidence.verdict))
  await write('metrics.json', sortedJson({ schema: 'modelgate/metrics@1', metrics: gate.metrics }))
  await write('gate.json', sortedJson({ schema: 'modelgate/gate@1', ...gate }))
  await write('lineage.json', sortedJson(lineageOf(facts, bundled)))
  await write('scan.json', sortedJson(scan))
  await write('bom.cdx.json', sortedJson(bomOf(facts, bundled)))
  await write('eval_results.yaml', evalResults(facts))
  await write('README.md', cardOf(facts, bundled, readOwnCard(input.ownCard)))

  const about = { model, version, task: facts.task, run, time: record.startedAt, verdict: gate.verdict, signature }
  const manifest = manifestOf({ ...about, copied, scan, documents })
  const { digest } = await write(manifestFileName, sortedJson(manifest))
  const modelFiles = bundled.files.map(({ path, bytes, digest }) => ({ path, bytes, digest }))
  await write(checksumsFileName, checksumsOf([...modelFiles, ...documents]))
  if (signer !== undefined) {
    const statement = statementOf(`${model}-${version}`, [...modelFiles, ...documents], signatureFileName)
    await write(signatureFileName, await signer.sign(statement))
  }
  const roles = new Map<string, BundleRole>(manifest.files.map(({ path, role }) => [path, role]))
  const files = [...modelFiles, ...documents]
    .map(
      (file): BundleFile => ({
        ...file,
        mediaType: mediaTypeOf(file.path),
        role: roles.get(file.path) ?? documentRole(file.path),
      }),
    )
    .sort(byPath)
  return {
    folder,
    model,
    version,
    digest,
    time: record.startedAt,
    ...(run.commit === undefined ? {} : { commit: run.commit }),
    summary: summaryOf(facts),
    files,
  }
}

type Document = Pick<BundleFile, 'path' | 'bytes' | 'digest'>

function documentRole(path: string): BundleRole {
  const roles: Record<string, BundleRole> = {
    'README.md': 'card',
    [manifestFileName]: 'manifest',
    [signatureFileName]: 'signature',
  }
  return roles[path] ?? 'evidence'
}

/** The predictions beside the record, at the same places, so that `evidence/` is a run that later ones are compared with. */
async function copyPredictions({ facts, runFolder }: BundleInput, folder: string): Promise<Document[]> {
  const evidence = join(folder, 'evidence')
  const documents: Document[] = []
  for (const { path, digest, bytes } of facts.record.predictions) {
    const [from, to] = [resolveInside(runFolder, path), resolveInside(evidence, path)]
    const about = from === undefined ? undefined : await stat(from).catch(() => undefined)
    if (from === undefined || to === undefined || about?.isFile() !== true) throw evidenceError(path, 'are not there')
    await mkdir(dirname(to), { recursive: true })
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    if ((await digestOfFile(to)) !== digest) throw evidenceError(path, 'are not those that the run recorded')
    documents.push({ path: `evidence/${path}`, bytes, digest })
  }
  return documents
}

function evidenceError(file: string, problem: string): ModelgateError {
  return new ModelgateError({
    code: 'bundle/evidence',
    message: `The predictions of the run ${problem}.`,
    place: { file },
    help: 'Keep the folder of the run whole: record, comparison, verdict and predictions belong together.',
  })
}

/** Throws unless loading the model runs nothing that nobody allowed. */
function requireSafe({ verdict, files }: ScanReport): void {
  if (verdict === 'safe') return
  const [finding] = files.flatMap(({ findings }) => findings).filter((found) => found.verdict === verdict)
  throw new ModelgateError({
    code: 'bundle/unsafe',
    kind: 'blocked',
    message: `The scan calls this model ${verdict}${finding === undefined ? '' : `: ${finding.message.replace(/\.$/, '')}`}.`,
    ...(finding === undefined ? {} : { place: { file: finding.file } }),
    help: finding?.help ?? 'See `modelgate scan` for what it found.',
  })
}

async function requireFree(out: string): Promise<void> {
  try {
    if ((await readdir(out)).length === 0) return
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return
    if (!isSystemError(error, 'ENOTDIR')) throw error
  }
  throw new ModelgateError({
    code: 'bundle/out',
    message: 'The place for the bundle is not empty.',
    place: { file: out },
    help: 'Name a folder that does not exist yet with --out.',
  })
}

/** With its keys in order. One object at a time: of a hundred thousand files, whole copies would take a GiB. */
function sortedJson(value: unknown): string {
  const inOrder = (_: string, part: unknown): unknown => {
    if (!isObject(part)) return part
    const keys = Object.keys(part).sort()
    return Object.fromEntries(keys.map((key) => [key, part[key]]))
  }
  return `${JSON.stringify(value, inOrder, 2)}\n`
}
