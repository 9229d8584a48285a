import { createHash, generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { ModelgateError } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'
import { bundleType, preAuthenticationEncoding } from './envelope.ts'
import type { Signer } from './signer.ts'
import { payloadType } from './statement.ts'

/**
 * Signs with the identity of a workflow: a key that lives as long as the call, a certificate for it from Fulcio, and a witness of the time: the transparency
 * log Rekor, or a time-stamping authority. Our own, because the library for it is a third of everything else that is shipped, and quotes identity
 * tokens in its errors. What it makes is held against that library's verifier in the tests.
 */

export type SigstoreInstance = { fulcio: string; rekor?: string; timestamps?: string }

/** The public instance: what is signed there stands in a log that everybody can read. */
export const publicInstance: SigstoreInstance = {
  fulcio: 'https://fulcio.sigstore.dev',
  rekor: 'https://rekor.sigstore.dev',
}

export type SigstoreOptions = {
  instance: SigstoreInstance
  /** A fresh OpenID Connect token for the audience `sigstore`. */
  identity(): Promise<string>
  fetch?: typeof globalThis.fetch
}

const [timeoutMs, attempts] = [20_000, 3]

export function sigstoreSigner(options: SigstoreOptions): Signer {
  return { method: 'sigstore', sign: async (statement) => await signWithIdentity(statement, options) }
}

/** A Sigstore bundle (v0.3) around a DSSE envelope, as JSON text. Throws `signature/identity` and `signature/service`. */
export async function signWithIdentity(statement: Uint8Array, options: SigstoreOptions): Promise<string> {
  const { instance } = options
  const token = await options.identity()
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signed = (bytes: Uint8Array): string =>
    sign('sha256', bytes, { key: privateKey, dsaEncoding: 'der' }).toString('base64')
  const answer = await post(options, `${instance.fulcio}/api/v2/signingCert`, {
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: {
      publicKey: { algorithm: 'ECDSA', content: publicKey.export({ type: 'spki', format: 'pem' }) },
      // That the key is ours: a signature over the one whom the token is about.
      proofOfPossession: signed(Buffer.from(subjectOf(token))),
    },
  })
  const certificate = readCertificate(answer.toString('utf8'))
  const signature = signed(preAuthenticationEncoding(statement))
  const envelope = {
    payload: Buffer.from(statement).toString('base64'),
    payloadType,
    signatures: [{ sig: signature, keyid: '' }],
  }
  const tlogEntries = instance.rekor === undefined ? [] : [await log(options, instance.rekor, envelope, certificate)]
  const timestamps = instance.timestamps === undefined ? [] : [await timestamp(options, instance.timestamps, signature)]
  return `${JSON.stringify({
    mediaType: bundleType,
    verificationMaterial: {
      certificate: { rawBytes: certificate.raw.toString('base64') },
      tlogEntries,
      timestampVerificationData: { rfc3161Timestamps: timestamps },
    },
    dsseEnvelope: envelope,
  })}\n`
}

/** The claims of a token that came from the platform itself: read, not believed. */
export function claimsOf(token: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return z.record(z.string(), z.unknown()).parse(claims)
  } catch {
    // Without the cause, which may quote the token.
    throw identityError('The identity token of the job cannot be read.')
  }
}

function subjectOf(token: string): string {
  const { sub } = claimsOf(token)
  if (typeof sub === 'string' && sub !== '') return sub
  throw identityError('The identity token of the job says nothing of whom it is about.')
}

const certificateSchema = z.object({ chain: z.object({ certificates: z.array(z.string()).min(1) }) })
const fulcioSchema = z.union([
  z
    .object({ signedCertificateEmbeddedSct: certificateSchema })
    .transform((found) => found.signedCertificateEmbeddedSct),
  z
    .object({ signedCertificateDetachedSct: certificateSchema })
    .transform((found) => found.signedCertificateDetachedSct),
])

function readCertificate(text: string): X509Certificate {
  try {
    return new X509Certificate(fulcioSchema.parse(JSON.parse(text)).chain.certificates[0] ?? '')
  } catch {
    throw serviceError('Fulcio gave no certificate.')
  }
}

const entrySchema = z.record(
  z.string(),
  z.object({
    body: z.base64(),
    integratedTime: z.int(),
    logIndex: z.int(),
    logID: z.string(),
    verification: z.object({
      signedEntryTimestamp: z.base64().optional(),
      inclusionProof: z
        .object({
          logIndex: z.int(),
          treeSize: z.int(),
          rootHash: z.string(),
          hashes: z.array(z.string()),
          checkpoint: z.string(),
        })
        .optional(),
    }),
  }),
)

/** Writes the envelope into the log. Gives the entry as bundles hold it. */
async function log(
  options: SigstoreOptions,
  rekor: string,
  envelope: object,
  certificate: X509Certificate,
): Promise<object> {
  const answer = await post(options, `${rekor}/api/v1/log/entries`, {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      proposedContent: {
        envelope: JSON.stringify(envelope),
        verifiers: [Buffer.from(certificate.toString()).toString('base64')],
      },
    },
  })
  const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')
  try {
    const [entry, ...others] = Object.values(entrySchema.parse(JSON.parse(answer.toString('utf8'))))
    if (entry === undefined || others.length > 0) throw new Error('one entry is expected')
    const { kind, apiVersion } = JSON.parse(Buffer.from(entry.body, 'base64').toString('utf8'))
    const { signedEntryTimestamp, inclusionProof: proof } = entry.verification
    return {
      logIndex: String(entry.logIndex),
      logId: { keyId: base64(entry.logID) },
      kindVersion: { kind: String(kind), version: String(apiVersion) },
      integratedTime: String(entry.integratedTime),
      ...(signedEntryTimestamp === undefined ? {} : { inclusionPromise: { signedEntryTimestamp } }),
      ...(proof === undefined
        ? {}
        : {
            inclusionProof: {
              logIndex: String(proof.logIndex),
              rootHash: base64(proof.rootHash),
              treeSize: String(proof.treeSize),
              hashes: proof.hashes.map(base64),
              checkpoint: { envelope: proof.checkpoint },
            },
          }),
      canonicalizedBody: entry.body,
    }
  } catch {
    throw serviceError('Rekor gave no entry of its log.')
  }
}

async function timestamp(
  options: SigstoreOptions,
  authority: string,
  signature: string,
): Promise<{ signedTimestamp: string }> {
  const answer = await post(options, `${authority}/api/v1/timestamp`, {
    artifactHash: createHash('sha256').update(Buffer.from(signature, 'base64')).digest('base64'),
    hashAlgorithm: 'sha256',
    certificates: true,
  })
  return { signedTimestamp: answer.toString('base64') }
}

/** Each of these requests can be repeated: what a lost answer left behind, a certificate or an entry of the same content, is of no use to anybody. */
async function post({ fetch = globalThis.fetch }: SigstoreOptions, url: string, body: unknown): Promise<Buffer> {
  let problem = ''
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        headers: { 'content-type': 'application/json', accept: 'application/json, application/timestamp-reply' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      if (answer.ok) return bytes
      problem = `${answer.status} ${truncate(oneLine(bytes.subarray(0, 2000).toString('utf8')), 200)}`
      const entry = answer.headers.get('location')
      if (answer.status === 409 && entry !== null) return await getEntry(fetch, new URL(entry, url), url)
      if (answer.status < 500 && answer.status !== 429) break
    } catch (error) {
      problem = error instanceof Error ? oneLine(error.message) : 'no answer'
    }
    await new Promise((resolve) => setTimeout(resolve, 500 * attempt).unref())
  }
  throw serviceError(`${new URL(url).host} did not sign: ${problem}.`)
}

/** The log has the entry already: an earlier attempt came through, and its answer was lost. */
async function getEntry(fetch: typeof globalThis.fetch, entry: URL, url: string): Promise<Buffer> {
  if (entry.origin !== new URL(url).origin) throw serviceError(`${new URL(url).host} names an entry of another log.`)
  const answer = await fetch(entry, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
  if (!answer.ok) throw serviceError(`${entry.host} did not give its entry: ${answer.status}.`)
  return Buffer.from(await answer.arrayBuffer())
}

function identityError(message: string): ModelgateError {
  return new ModelgateError({
    code: 'signature/identity',
    message,
    help: 'Give the job `id-token: write` under `permissions:`, or sign with a key.',
  })
}

function serviceError(message: string): ModelgateError {
  return new ModelgateError({
    code: 'signature/service',
    kind: 'tool',
    message,
    help: 'Run the job again, or sign with a key.',
  })
}
