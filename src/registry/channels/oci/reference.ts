import { ModelgateError } from '../../../base/error.ts'
import { isLoopback } from '../../../base/proxy.ts'
import { isOciRepository } from '../../../config/model.ts'

/** A repository of a registry. */
export type OciRepository = {
  /** As the user wrote it: `ghcr.io/acme/churn`. */
  text: string
  /** Host and port as in logins: `ghcr.io`, `localhost:5000`. */
  registry: string
  /** `acme/churn`. */
  path: string
  /** Where its API is: `https://ghcr.io`. */
  base: URL
}

/**
 * Reads `ghcr.io/acme/churn`. Unencrypted HTTP is for this machine, or where `plainHttp` asks for it. Throws `channel/bad-repository`.
 */
export function parseRepository(text: string, plainHttp = false): OciRepository {
  const slash = text.indexOf('/')
  const registry = text.slice(0, Math.max(0, slash))
  const path = text.slice(slash + 1)
  if (!isOciRepository(text)) {
    throw new ModelgateError({
      code: 'channel/bad-repository',
      message: `${JSON.stringify(text)} is no repository of an OCI registry.`,
      help: 'Write host and name in lower case, without a tag and without `https://`: `ghcr.io/acme/churn`.',
    })
  }
  // What everybody calls docker.io answers elsewhere.
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry
  const secure = new URL(`https://${host}`)
  const base = plainHttp || isLoopback(secure) ? new URL(`http://${host}`) : secure
  return { text, registry, path, base }
}

/** The tag of a version. `+` may stand in versions but not in tags; `_` stands in for it, as in other tools. */
export function tagOf(version: string): string {
  return version.replaceAll('+', '_')
}
