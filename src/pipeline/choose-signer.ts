import { readTextFile } from '../base/files.ts'
import { identityToken, mayIdentify } from '../github/identity-token.ts'
import type { Signer } from '../registry/signature/signer.ts'

/** Variable with the signing key itself, as PEM: for secrets. */
export const keyVariable = 'MODELGATE_SIGNING_KEY'
/** Variable with its passphrase, if it has one. */
export const passphraseVariable = 'MODELGATE_SIGNING_KEY_PASSPHRASE'

export type SignerRequest = {
  env: NodeJS.ProcessEnv
  /** File with a private key. */
  keyFile?: string
  /** Of the repository that a workflow runs in, from the event; absent on a laptop. */
  visibility?: string
  fetch?: typeof globalThis.fetch
  mask?(secret: string): void
}

/**
 * Who signs: the key in a file, or that in the environment, or the identity of the workflow where it may ask for one. The last only in public repositories,
 * because it stands in a log that everybody can read. Undefined without any. Throws `signature/key` or `files/…`.
 */
export async function chooseSigner(request: SignerRequest): Promise<Signer | undefined> {
  const { env } = request
  const byKey = await keySignerOf(env, request.keyFile)
  if (byKey !== undefined) return byKey
  if (request.visibility !== 'public' || !mayIdentify(env)) return undefined
  const { publicInstance, sigstoreSigner } = await import('../registry/signature/sigstore-signer.ts')
  const options = {
    ...(request.fetch === undefined ? {} : { fetch: request.fetch }),
    ...(request.mask === undefined ? {} : { mask: request.mask }),
  }
  return sigstoreSigner({
    instance: publicInstance,
    identity: async () => await identityToken(env, 'sigstore', options),
    ...(request.fetch === undefined ? {} : { fetch: request.fetch }),
  })
}

/** Signs with the key in a file, or else with that in the environment; undefined without any. Throws `signature/key` or `files/…`. */
export async function keySignerOf(env: NodeJS.ProcessEnv, keyFile?: string): Promise<Signer | undefined> {
  const pem = keyFile === undefined ? env[keyVariable] : await readTextFile(keyFile, { what: 'The signing key' })
  if (pem === undefined || pem.trim() === '') return undefined
  const { keySigner } = await import('../registry/signature/key-signer.ts')
  const passphrase = env[passphraseVariable]
  return keySigner(pem, passphrase === '' ? undefined : passphrase)
}
