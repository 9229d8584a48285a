import { z } from 'zod'
import { ModelgateError } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'
import { findRepeatedKey } from '../../readers/json-keys.ts'
import { payloadType } from './statement.ts'

/** `model.sig`: a Sigstore bundle (v0.3) around a DSSE envelope around an in-toto statement. */

export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** No list of files needs more. */
const mostBytes = 256 * 1024 * 1024

const base64 = z.base64()

const certificate = z.object({ rawBytes: base64 })

// What other tools write beside these fields is theirs.
const bundleSchema = z.object({
  mediaType: z.string().regex(/^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.3)?\+json(?:;version=0\.[123])?$/),
  verificationMaterial: z.object({
    publicKey: z.object({ hint: z.string().nullish() }).optional(),
    x509CertificateChain: z.object({ certificates: z.array(certificate).min(1).max(20) }).optional(),
    certificate: certificate.optional(),
    tlogEntries: z.array(z.unknown()).nullish(),
  }),
  dsseEnvelope: z.object({
    payload: base64,
    payloadType: z.literal(payloadType),
    // `keyid` is absent, empty or null, depending on who wrote it: nothing depends on it.
    signatures: z.tuple([z.object({ sig: base64, keyid: z.string().nullish() })]),
  }),
})

export type Envelope = {
  statement: Uint8Array
  signature: Uint8Array
  /** What it was signed with; `certificate` is DER. */
  material: { method: 'key'; hint?: string } | { method: 'certificate' | 'sigstore'; certificate: Uint8Array }
}

/** The bytes that a DSSE signature is over: type and payload, each behind its length. */
export function preAuthenticationEncoding(payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload])
}

/** The text of `model.sig` for a signature by a key. */
export function keyBundle(statement: Uint8Array, signature: Uint8Array, hint: string): string {
  return `${JSON.stringify({
    mediaType: bundleType,
    verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
    dsseEnvelope: {
      payload: Buffer.from(statement).toString('base64'),
      payloadType,
      signatures: [{ sig: Buffer.from(signature).toString('base64'), keyid: '' }],
    },
  })}\n`
}

/** Takes `model.sig` apart, without believing any of it. Throws `signature/damaged`. */
export function readEnvelope(text: string, file: string): Envelope {
  const damaged = (problem: string): ModelgateError =>
    new ModelgateError({
      code: 'signature/damaged',
      message: `The signature is no Sigstore bundle with an in-toto statement: ${problem}.`,
      place: { file },
      help: 'Get it again from where the model was published.',
    })
  if (text.length > mostBytes) throw damaged('it is larger than 256 MiB')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw damaged('it is not valid JSON')
  }
  // Of what is said twice, some readers take the first and some the last.
  if (findRepeatedKey(text) !== undefined) throw damaged('it has a key twice')
  const parsed = bundleSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw damaged(truncate(oneLine(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'}`), 200))
  }
  const { dsseEnvelope, verificationMaterial } = parsed.data
  const { publicKey, x509CertificateChain, certificate: leaf } = verificationMaterial
  const bytes = (encoded: string): Uint8Array => Buffer.from(encoded, 'base64')
  const chain = x509CertificateChain?.certificates[0]
  const signed = leaf ?? chain
  const isLogged = (verificationMaterial.tlogEntries ?? []).length > 0
  const common = { statement: bytes(dsseEnvelope.payload), signature: bytes(dsseEnvelope.signatures[0].sig) }
  if (signed !== undefined)
    return {
      ...common,
      material: {
        method: isLogged || leaf !== undefined ? 'sigstore' : 'certificate',
        certificate: bytes(signed.rawBytes),
      },
    }
  if (publicKey === undefined) throw damaged('it names neither a key nor a certificate')
  const hint = publicKey.hint ?? ''
  return { ...common, material: { method: 'key', ...(hint === '' ? {} : { hint }) } }
}
