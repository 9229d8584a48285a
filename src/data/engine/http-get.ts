import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { urlToHttpOptions } from 'node:url'
import { proxyFor } from '../../base/proxy.ts'

export type GetOptions = {
  /** Where the proxy is named. */
  env: NodeJS.ProcessEnv
  /** Milliseconds without a byte after which the connection is given up. */
  idleTimeout: number
}

/** A mirror may lead to a store, and the store to another one. */
const mostRedirects = 5

/**
 * Sends GET and follows redirects; the answer has any other status, and its body is not read yet. Goes through the proxy of the
 * environment. Plain node:http and not fetch: it never decodes a body, so the bytes are those that were hashed, it starts faster, and
 * Node's own fetch knows no proxy. Rejects with the system's error.
 */
export async function httpGet(url: URL, options: GetOptions, redirects = 0): Promise<IncomingMessage> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new Error(`${url.protocol} is no protocol of a registry`)
  const response = await answerOf(await getRequest(url, options), options.idleTimeout)
  const { statusCode = 0, headers } = response
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return response
  response.destroy()
  const next = new URL(headers.location, url)
  if (redirects >= mostRedirects) throw new Error('it redirects in a circle')
  if (url.protocol === 'https:' && next.protocol !== 'https:') throw new Error('it redirects to an unencrypted address')
  return await httpGet(next, options, redirects + 1)
}

async function getRequest(url: URL, { env, idleTimeout }: GetOptions): Promise<ClientRequest> {
  const secure = url.protocol === 'https:'
  const start = secure ? httpsRequest : httpRequest
  const proxy = proxyFor(url, env)
  const options: RequestOptions = { headers: { 'user-agent': 'modelgate', accept: '*/*' } }
  if (proxy === undefined) return start(url, { ...options, agent: false })
  const socket = await tunnel(url, proxy, idleTimeout)
  const host = bareHost(url)
  const createConnection = (): Socket =>
    secure ? tlsConnect({ socket, ...(isIP(host) === 0 ? { servername: host } : { host }) }) : socket
  return start(url, { ...options, createConnection })
}

/** A connection to the host of the URL that the proxy forwards without looking into it. */
async function tunnel(url: URL, proxy: string, idleTimeout: number): Promise<Socket> {
  const via = new URL(proxy.includes('://') ? proxy : `http://${proxy}`)
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  const target = `${url.hostname}:${port}`
  const { auth, ...address } = urlToHttpOptions(via)
  const headers: Record<string, string> = { host: target }
  if (typeof auth === 'string') headers['proxy-authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`
  const start = via.protocol === 'https:' ? httpsRequest : httpRequest
  const request = start({ ...address, method: 'CONNECT', path: target, headers, agent: false })
  return await new Promise((resolve, reject) => {
    giveUpWhenIdle(request, idleTimeout)
    request.once('error', reject)
    request.once('connect', ({ statusCode }, socket: Socket) => {
      socket.setTimeout(0)
      if (statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(new Error(`the proxy answered ${statusCode}`))
    })
    request.once('response', (response) => {
      response.destroy()
      reject(new Error(`the proxy answered ${response.statusCode}`))
    })
    request.end()
  })
}

async function answerOf(request: ClientRequest, idleTimeout: number): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    let response: IncomingMessage | undefined
    giveUpWhenIdle(request, idleTimeout, () => response)
    // Not once: an error while the body is read comes here too, and without a listener it would end the process.
    request.on('error', reject)
    request.once('response', (answer) => {
      response = answer
      resolve(answer)
    })
    request.end()
  })
}

/** Ends the body, once there is one: its reader then gets the reason, and not only that it was cut off. */
function giveUpWhenIdle(
  request: ClientRequest,
  idleTimeout: number,
  response?: () => IncomingMessage | undefined,
): void {
  request.setTimeout(idleTimeout, () => {
    const reason = new Error(`nothing came for ${idleTimeout / 1000} seconds`)
    ;(response?.() ?? request).destroy(reason)
  })
}

/** The host without the brackets of IPv6. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}
