import { createHash, createPrivateKey, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { ModelgateError } from '../../base/error.ts'

/** Elliptic-curve keys as PEM. The hash follows the curve, as the specification of OpenSSF Model Signing has it. */

const curves: Record<string, { name: 'P-256' | 'P-384' | 'P-521'; hash: string }> = {
  prime256v1: { name: 'P-256', hash: 'sha256' },
  secp384r1: { name: 'P-384', hash: 'sha384' },
  secp521r1: { name: 'P-521', hash: 'sha512' },
}

export type Curve = 'P-256' | 'P-384' | 'P-521'

/** A private key and its curve. No message repeats any of the text. Throws `signature/key`. */
export function readPrivateKey(pem: string, passphrase?: string): { key: KeyObject; curve: Curve } {
  // Secrets that were pasted on one line.
  const text = pem.includes('\n') ? pem : pem.replaceAll('\\n', '\n')
  let key: KeyObject
  try {
    key = createPrivateKey({ key: text, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    // Without the cause: some of its messages quote what they could not read.
    throw keyError('The signing key is no private key in PEM form, or its passphrase is not right.')
  }
  return { key, curve: curveOf(key, 'signing key').name }
}

/** A public key. A private one is refused, for it should not lie where models are verified. Throws `signature/key`. */
export function readPublicKey(pem: string): KeyObject {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    throw keyError('This is a private key, but the public key is asked for.')
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch {
    throw keyError('The public key is no key in PEM form.')
  }
  curveOf(key, 'public key')
  return key
}

/** By which signatures name a public key: the SHA-256 of its PEM text, in hexadecimal. */
export function hintOf(key: KeyObject): string {
  const pem = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'pem' })
  return createHash('sha256').update(pem).digest('hex')
}

/** True when the signature, in DER form, is of these bytes and by this key. */
export function isSignedBy(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  return verify(curveOf(key, 'key').hash, bytes, { key, dsaEncoding: 'der' }, signature)
}

function curveOf(key: KeyObject, what: string): { name: Curve; hash: string } {
  const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (key.asymmetricKeyType === 'ec' && curve !== undefined) return curve
  throw keyError(`The ${what} is not on one of the curves P-256, P-384 and P-521.`)
}

function keyError(message: string): ModelgateError {
  return new ModelgateError({
    code: 'signature/key',
    message,
    help: 'Make one with `openssl ecparam -genkey -name prime256v1 -noout -out key.pem`, and its public half with `openssl ec -in key.pem -pubout`.',
  })
}
