import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ModelgateError } from '../base/error.ts'
import { formatBytes } from '../base/number-text.ts'
import { unexpectedAnswer } from './api-error.ts'
import { type Client, fetchFor } from './client.ts'
import type { RepositoryName, StoredArtifact } from './stored-artifact.ts'

/** A download that stands still for so long is given up. */
const downloadTimeout = 300_000

/**
 * Downloads the zip of an artifact into a file. The bytes must be those whose digest GitHub counted at the upload; without such a digest there
 * is nothing to check them against, and they are refused. Rejects with Octokit's error, or with `github/artifact-expired`,
 * `github/artifact-too-large`, `github/artifact-digest`, `github/artifact-download` or `github/unexpected-answer`.
 */
export async function downloadArtifact(
  client: Client,
  where: RepositoryName,
  artifact: StoredArtifact,
  { file, maxBytes }: { file: string; maxBytes: number },
): Promise<void> {
  if (artifact.expired) throw expired(artifact)
  if (artifact.bytes > maxBytes) throw tooLarge(artifact.bytes, maxBytes)
  const { digest } = artifact
  if (digest === undefined) throw withoutDigest(artifact)
  const seen = await stream(await addressOf(client, where, artifact), file, maxBytes)
  if (seen !== digest) {
    throw new ModelgateError({
      code: 'github/artifact-digest',
      kind: 'tool',
      message: `The artifact ${artifact.id} arrived with digest ${seen.slice(0, 19)}…, but GitHub counted ${digest.slice(0, 19)}… when it was uploaded.`,
      help: 'It was cut off or changed on the way: run the job again.',
    })
  }
}

/** Where the bytes lie: another host, which must not see the token. */
async function addressOf(client: Client, where: RepositoryName, artifact: StoredArtifact): Promise<URL> {
  try {
    const response = await client.rest.actions.downloadArtifact({
      ...where,
      artifact_id: artifact.id,
      archive_format: 'zip',
      request: { redirect: 'manual' },
    })
    return new URL(response.headers.location ?? '')
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 410) throw expired(artifact)
    if (error instanceof TypeError) throw unexpectedAnswer('download an artifact')
    throw error
  }
}

async function stream(address: URL, file: string, maxBytes: number): Promise<string> {
  const failed = (problem: string, cause?: unknown): ModelgateError =>
    new ModelgateError({
      code: 'github/artifact-download',
      kind: 'tool',
      message: `The artifact could not be downloaded: ${problem}.`,
      help: 'Run the job again.',
      ...(cause === undefined ? {} : { cause }),
    })
  try {
    const fetch = await fetchFor(address.href)
    const response = await fetch(address, { signal: AbortSignal.timeout(downloadTimeout) })
    if (!response.ok || response.body === null) throw failed(`its store answered ${response.status}`)
    const hash = createHash('sha256')
    let bytes = 0
    const counting = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length
        hash.update(chunk)
        done(bytes > maxBytes ? tooLarge(bytes, maxBytes) : null, chunk)
      },
    })
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
    await pipeline(body, counting, createWriteStream(file, { flags: 'wx' }))
    return `sha256:${hash.digest('hex')}`
  } catch (error) {
    // The address has a signature that opens the artifact to anybody: it stays out of every message.
    throw error instanceof ModelgateError ? error : failed('the connection broke off', error)
  }
}

function expired({ id, expiresAt }: StoredArtifact): ModelgateError {
  return new ModelgateError({
    code: 'github/artifact-expired',
    message: `The artifact ${id} has expired${expiresAt === undefined ? '' : ` on ${expiresAt.slice(0, 10)}`}.`,
    help: 'Run its workflow again, or raise the retention of artifacts under Settings, Actions, General.',
  })
}

function tooLarge(bytes: number, maxBytes: number): ModelgateError {
  return new ModelgateError({
    code: 'github/artifact-too-large',
    message: `The artifact has ${formatBytes(bytes)}, and at most ${formatBytes(maxBytes)} are taken.`,
    help: 'Keep only record, predictions and report in it.',
  })
}

function withoutDigest({ id }: StoredArtifact): ModelgateError {
  return new ModelgateError({
    code: 'github/artifact-digest',
    message: `GitHub names no digest for the artifact ${id}, so it cannot be checked.`,
    help: 'Upload it with a current version of the action.',
  })
}
