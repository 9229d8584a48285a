import { passedOn } from '../record/repository.ts'
import type { Remote } from './remote.ts'

/** How git reaches the network here: proxies, certificates and ssh, as the user set them up. */
const network = [
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
  ...['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE'],
  ...['GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSH_VARIANT', 'APPDATA', 'LOCALAPPDATA', 'ProgramData'],
]

/** What git is to do in a repository of ours, whatever the user's configuration says. */
const ours: readonly (readonly [string, string])[] = [
  ['core.hooksPath', process.platform === 'win32' ? 'NUL' : '/dev/null'],
  ['core.askPass', ''],
  // A ref that is listed by its prefix needs the second version of the protocol; so do single objects.
  ['protocol.version', '2'],
  // Otherwise the server leaves out what it believes to be here because the commit is.
  ['fetch.negotiationAlgorithm', 'noop'],
  // A damaged object that somebody pushed must not keep everybody from reading the others; readers look at each.
  ['fetch.fsckObjects', 'false'],
  ['transfer.fsckObjects', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['fetch.prune', 'false'],
  ['fetch.pruneTags', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['push.gpgSign', 'false'],
  ['push.followTags', 'false'],
  // The faster way to see what the server has takes files that moved for new, which are not here to be sent.
  ['pack.useSparse', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['http.lowSpeedLimit', '200'],
  ['http.lowSpeedTime', '30'],
]

/** The name of the server in the repository of ours. Git takes no filters from a server that it knows by a path only. */
export const serverName = 'state'

/**
 * The environment of git for a repository of ours. Tokens stand in it and nowhere else: the arguments of a process can be read by everybody
 * on the machine. With a token the user's own configuration does not count, because a proxy or another address in it would get the token.
 */
export function gitSettings(folder: string, remote: Remote): Record<string, string> {
  const kept = [...passedOn, ...network].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const config = [...remote.config, ...ours, [`remote.${serverName}.url`, remote.address] as const]
  if (remote.authorization !== undefined) {
    config.push([`http.${remote.address}.extraheader`, ''])
    config.push([`http.${remote.address}.extraheader`, `authorization: ${remote.authorization}`])
    config.push(['http.followRedirects', 'false'], ['credential.helper', ''])
  }
  const secretive =
    remote.authorization === undefined ? {} : { GIT_CONFIG_GLOBAL: process.platform === 'win32' ? 'NUL' : '/dev/null' }
  return {
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
    ...Object.fromEntries(kept),
    ...secretive,
    GIT_DIR: folder,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  }
}

const settled = 'git -c core.hooksPath=/dev/null -c gc.auto=0 -c maintenance.auto=false'

/**
 * For a repository on this machine, whose side of the talk is ours as well: no hook of the user's runs and nothing is tidied up, and single
 * objects may be asked for.
 */
export function otherSide(remote: Remote, service: 'upload-pack' | 'receive-pack'): string[] {
  if (!remote.local) return []
  const more = service === 'upload-pack' ? ' -c uploadpack.allowFilter=true -c uploadpack.allowAnySHA1InWant=true' : ''
  return [`--${service}=${settled}${more}${service === 'receive-pack' ? ' -c receive.autogc=false' : ''} ${service}`]
}
