/** What a registry asks for in `WWW-Authenticate`: a password, or a token that a realm gives out. */
export type Challenge = { scheme: 'basic' } | { scheme: 'bearer'; realm: string; service?: string }

/** Parameters of a challenge: `name="quoted"` or `name=token`. */
const parameter = /([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/gi

/** Reads the header; undefined for none, and for schemes that nobody uses for registries. Bearer wins where both are offered. */
export function readChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > 8192) return undefined
  const bearer = /\bbearer\s+(?=[a-z_]+\s*=)/i.exec(header)
  if (bearer === null) return /\bbasic\b/i.test(header) ? { scheme: 'basic' } : undefined
  const values = new Map<string, string>()
  for (const [, name = '', quoted, plain] of header.slice(bearer.index + bearer[0].length).matchAll(parameter)) {
    const key = name.toLowerCase()
    if (!values.has(key)) values.set(key, quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  }
  const [realm, service] = [values.get('realm'), values.get('service')]
  if (realm === undefined) return undefined
  return { scheme: 'bearer', realm, ...(service === undefined ? {} : { service }) }
}
