/**
 * The proxy that the environment prescribes for a URL; undefined when the connection is direct. Same rules as GitHub's
 * toolkit, so that all of modelgate goes the same way, and the toolkit's network stack is loaded only where it has to be.
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): string | undefined {
  const proxy =
    url.protocol === 'https:' ? env.https_proxy || env.HTTPS_PROXY || '' : env.http_proxy || env.HTTP_PROXY || ''
  return proxy === '' || isBypassed(url, env.no_proxy || env.NO_PROXY || '') ? undefined : proxy
}

/** True for an address on this machine, which nobody else can listen in on. */
export function isLoopback(url: URL): boolean {
  return /^(?:(?:[\w-]+\.)*localhost|\[::1\]|127(?:\.\d{1,3}){3})$/i.test(url.hostname)
}

function isBypassed(url: URL, noProxy: string): boolean {
  const host = url.hostname.toLowerCase()
  if (host === 'localhost' || host === '[::1]' || host.startsWith('127.')) return true
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  const names = [host, `${host}:${port}`]
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || names.some((name) => name === entry || name.endsWith(`.${bare(entry)}`)))
}

function bare(entry: string): string {
  return entry.replace(/^\./, '')
}
