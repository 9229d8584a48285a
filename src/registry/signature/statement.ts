import { createHash } from 'node:crypto'
import { byCodePoints } from '../../base/text-order.ts'

/** What OpenSSF Model Signing v1.0 signs: an in-toto statement with the digest of every file. */

export const statementType = 'https://in-toto.io/Statement/v1'
export const predicateType = 'https://model_signing/signature/v1.0'
export const payloadType = 'application/vnd.in-toto+json'

export type SignedFile = { path: string; digest: string }

/** Names that no signature covers, at the top of the folder only. */
export const ignoredNames = ['.git', '.gitattributes', '.github', '.gitignore'] as const

/**
 * The statement over these files, as bytes. Equal files give equal bytes. The subject's digest is that of the raw digests of the files one after the
 * other, in their order.
 */
export function statementOf(name: string, files: readonly SignedFile[], signatureName: string): Uint8Array {
  const resources = files
    .map(({ path, digest }) => ({ name: path, algorithm: 'sha256', digest: digest.replace(/^sha256:/, '') }))
    .sort((a, b) => byCodePoints(a.name, b.name))
  return Buffer.from(
    JSON.stringify({
      _type: statementType,
      subject: [{ name, digest: { sha256: rootDigest(resources) } }],
      predicateType,
      predicate: {
        serialization: {
          method: 'files',
          hash_type: 'sha256',
          allow_symlinks: false,
          ignore_paths: [...ignoredNames, signatureName].sort(),
        },
        resources,
      },
    }),
  )
}

/** Digest over the raw digests, in the order given, in hexadecimal. */
export function rootDigest(resources: readonly { digest: string }[]): string {
  const hash = createHash('sha256')
  for (const { digest } of resources) hash.update(Buffer.from(digest, 'hex'))
  return hash.digest('hex')
}
