import { type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { ModelgateError } from '../../base/error.ts'
import { readTextFile } from '../../base/files.ts'
import { type Envelope, preAuthenticationEncoding, readEnvelope } from './envelope.ts'
import { hintOf, isSignedBy } from './keys.ts'
import { readStatement, type SignedContent } from './read-statement.ts'

export type SignatureCheck = {
  method: 'none' | 'key' | 'certificate' | 'sigstore'
  /**
   * `verified`: by the key that was given. `not-checked`: nobody said by whom it has to be. Both only where the files are the signed ones too;
   * `files-differ`: where they are not, by whomever it is.
   */
  state: 'verified' | 'not-checked' | 'files-differ' | 'invalid' | 'absent'
  /** One sentence. */
  explanation: string
}

/** Checks a signature, and reads what was signed; the latter also where nobody can tell who signed. Reads no other file. */
export async function checkSignature(
  path: string,
  key: KeyObject | undefined,
): Promise<{ check: SignatureCheck; signed?: SignedContent }> {
  if (!existsSync(path)) return { check: { method: 'none', state: 'absent', explanation: 'There is no signature.' } }
  let method: SignatureCheck['method'] = 'none'
  try {
    // Also a folder, a pipe or other bytes in its place are an answer: somebody spoilt the signature.
    const envelope = readEnvelope(await readTextFile(path, { what: 'The signature' }), path)
    method = envelope.material.method
    const check = checkEnvelope(envelope, key)
    if (check.state === 'invalid') return { check }
    return { check, signed: readStatement(envelope.statement, path) }
  } catch (error) {
    if (!(error instanceof ModelgateError)) throw error
    return { check: { method, state: 'invalid', explanation: error.message } }
  }
}

function checkEnvelope({ statement, signature, material }: Envelope, key: KeyObject | undefined): SignatureCheck {
  const { method } = material
  const invalid = (explanation: string): SignatureCheck => ({ method, state: 'invalid', explanation })
  const bytes = preAuthenticationEncoding(statement)
  if (key !== undefined) {
    if (material.method === 'key' && material.hint !== undefined && material.hint !== hintOf(key))
      return invalid('The signature was made with another key.')
    return isSignedBy(key, bytes, signature)
      ? { method, state: 'verified', explanation: `Signed by the key ${hintOf(key).slice(0, 12)}.` }
      : invalid('The signature is not by this key, or not of this list of files.')
  }
  if (material.method === 'key')
    return { method, state: 'not-checked', explanation: 'Signed by a key: give the public key with --key to check it.' }
  const signer = signerOf(material.certificate)
  if (signer === undefined) return invalid('The certificate of the signature cannot be read.')
  if (!isSignedBy(signer.key, bytes, signature)) return invalid('The signature is not by the key of its certificate.')
  return {
    method,
    state: 'not-checked',
    explanation: `Signed by a certificate for ${signer.name}: whether that certificate is genuine was not checked.`,
  }
}

function signerOf(der: Uint8Array): { key: KeyObject; name: string } | undefined {
  try {
    const { publicKey, subjectAltName, subject } = new X509Certificate(der)
    return { key: publicKey, name: subjectAltName ?? subject }
  } catch {
    return undefined
  }
}
