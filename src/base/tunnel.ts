import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { urlToHttpOptions } from 'node:url'
import { proxyFor } from './proxy.ts'

/**
 * Begins a request through the proxy that the environment prescribes, or straight without one. It is not sent before its `end`. Rejects with
 * the system's error when the proxy cannot be reached or refuses.
 */
export async function startRequest(
  url: URL,
  options: RequestOptions,
  env: NodeJS.ProcessEnv,
  idleTimeout: number,
): Promise<ClientRequest> {
  const secure = url.protocol === 'https:'
  const start = secure ? httpsRequest : httpRequest
  const proxy = proxyFor(url, env)
  if (proxy === undefined) return start(url, options)
  const socket = await tunnel(url, proxy, idleTimeout)
  const host = bareHost(url)
  const createConnection = (): Socket =>
    secure ? tlsConnect({ socket, ...(isIP(host) === 0 ? { servername: host } : { host }) }) : socket
  const { agent: _, ...others } = options
  return start(url, { ...others, createConnection })
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

/** Ends the request, or its answer once there is one: its reader then gets the reason, and not only that it was cut off. */
export function giveUpWhenIdle(
  request: ClientRequest,
  idleTimeout: number,
  answer?: () => { destroy(reason: Error): unknown } | undefined,
): void {
  request.setTimeout(idleTimeout, () => {
    const reason = new Error(`nothing came for ${idleTimeout / 1000} seconds`)
    ;(answer?.() ?? request).destroy(reason)
  })
}

/** The host without the brackets of IPv6. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}
