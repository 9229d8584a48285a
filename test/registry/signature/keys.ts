import { generateKeyPairSync } from 'node:crypto'

/** A fresh pair of keys as PEM. */
export function keyPair(namedCurve: string): { privateKey: string; publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}
