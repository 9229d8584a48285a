import { keyBundle, preAuthenticationEncoding } from './envelope.ts'
import { hintOf, readPrivateKey } from './keys.ts'
import type { Signer } from './signer.ts'

/**
 * Signs with a private key (PEM, on P-256, P-384 or P-521). By RFC 6979, so that signing the same bytes again gives the same signature: a publication that
 * died is taken up again without becoming another one. Throws `signature/key`.
 */
export function keySigner(pem: string, passphrase?: string): Signer {
  const { key, curve } = readPrivateKey(pem, passphrase)
  const hint = hintOf(key)
  return {
    method: 'key',
    fingerprint: hint,
    sign: async (statement) => {
      const { p256, p384, p521 } = await import('@noble/curves/nist.js')
      const { sign } = { 'P-256': p256, 'P-384': p384, 'P-521': p521 }[curve]
      const secret = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
      try {
        const options = { prehash: true, lowS: false, format: 'der' } as const
        return keyBundle(statement, sign(preAuthenticationEncoding(statement), secret, options), hint)
      } finally {
        secret.fill(0)
      }
    },
  }
}
