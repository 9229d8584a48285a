import { publicInstance, type SigstoreInstance } from '../registry/signature/sigstore-signer.ts'

/**
 * Where attestations are signed. Those of a public repository stand in the public log; those of others in none, for the log would tell everybody their names:
 * GitHub has an instance of its own for them. `serverUrl` is GITHUB_SERVER_URL.
 */
export function instanceFor(visibility: string | undefined, serverUrl: string): SigstoreInstance {
  if (visibility === 'public') return publicInstance
  const { hostname } = new URL(serverUrl)
  const host = hostname === 'github.com' ? 'githubapp.com' : hostname
  return { fulcio: `https://fulcio.${host}`, timestamps: `https://timestamp.${host}` }
}
