import { readTextFile } from '../base/files.ts'
import type { Signer } from '../registry/signature/signer.ts'

/** Variable with the signing key itself, as PEM: for secrets. */
export const keyVariable = 'MODELGATE_SIGNING_KEY'
/** Variable with its passphrase, if it has one. */
export const passphraseVariable = 'MODELGATE_SIGNING_KEY_PASSPHRASE'

/** Signs with the key in a file, or else with that in the environment; undefined without any. Throws `signature/key` or `files/…`. */
export async function keySignerOf(env: NodeJS.ProcessEnv, keyFile?: string): Promise<Signer | undefined> {
  const pem = keyFile === undefined ? env[keyVariable] : await readTextFile(keyFile, { what: 'The signing key' })
  if (pem === undefined || pem.trim() === '') return undefined
  const { keySigner } = await import('../registry/signature/key-signer.ts')
  const passphrase = env[passphraseVariable]
  return keySigner(pem, passphrase === '' ? undefined : passphrase)
}
