import type { ClientRequest, IncomingMessage } from 'node:http'
import { giveUpWhenIdle, startRequest } from '../../base/tunnel.ts'

export type GetOptions = {
  /** Where the proxy is named. */
  env: NodeJS.ProcessEnv
  /** Milliseconds without a byte after which the connection is given up. */
  idleTimeout: number
}

/** A mirror may lead to a store, and the store to another one. */
const mostRedirects = 5

const headers = { 'user-agent': 'modelgate', accept: '*/*' }

/**
 * Sends GET and follows redirects; the answer has any other status, and its body is not read yet. Goes through the proxy of the
 * environment. Plain node:http and not fetch: it never decodes a body, so the bytes are those that were hashed, it starts faster, and
 * Node's own fetch knows no proxy. Rejects with the system's error.
 */
export async function httpGet(url: URL, options: GetOptions, redirects = 0): Promise<IncomingMessage> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new Error(`${url.protocol} is no protocol of a registry`)
  const request = await startRequest(url, { headers, agent: false }, options.env, options.idleTimeout)
  const response = await answerOf(request, options.idleTimeout)
  const { statusCode = 0, headers: answered } = response
  if (![301, 302, 303, 307, 308].includes(statusCode) || answered.location === undefined) return response
  response.destroy()
  const next = new URL(answered.location, url)
  if (redirects >= mostRedirects) throw new Error('it redirects in a circle')
  if (url.protocol === 'https:' && next.protocol !== 'https:') throw new Error('it redirects to an unencrypted address')
  return await httpGet(next, options, redirects + 1)
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
