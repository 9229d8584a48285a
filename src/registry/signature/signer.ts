/** Somebody who signs bundles: with a key, or with the identity of a workflow. */
export type Signer = {
  method: 'key' | 'sigstore'
  /** SHA-256 of the public key's PEM text, in hexadecimal, where it is known before signing. */
  fingerprint?: string
  /** Signs these bytes, an in-toto statement, in a DSSE envelope. Gives a Sigstore bundle as JSON text. */
  sign(statement: Uint8Array): Promise<string>
}

export const signatureFileName = 'model.sig'
