import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { proxyFor } from '../../src/base/proxy.ts'
import { createClient } from '../../src/github/client.ts'
import { upsertComment } from '../../src/github/comment.ts'
import { Loopback } from './loopback.ts'

describe('the proxy of a URL', () => {
  const proxy = 'http://proxy.corp:3128'

  test.each([
    ['none set', 'https://api.github.com', {}, undefined],
    ['HTTPS_PROXY', 'https://api.github.com', { HTTPS_PROXY: proxy }, proxy],
    ['https_proxy wins', 'https://api.github.com', { https_proxy: proxy, HTTPS_PROXY: 'http://other' }, proxy],
    ['HTTP_PROXY is not for https', 'https://api.github.com', { HTTP_PROXY: proxy }, undefined],
    ['HTTP_PROXY', 'http://ghe.corp/api/v3', { HTTP_PROXY: proxy }, proxy],
    ['empty', 'https://api.github.com', { HTTPS_PROXY: '' }, undefined],
    ['NO_PROXY: host', 'https://api.github.com', { HTTPS_PROXY: proxy, NO_PROXY: 'a, API.github.com' }, undefined],
    ['NO_PROXY: domain', 'https://api.github.com', { HTTPS_PROXY: proxy, no_proxy: 'github.com' }, undefined],
    [
      'NO_PROXY: domain with a dot',
      'https://api.github.com',
      { HTTPS_PROXY: proxy, no_proxy: '.github.com' },
      undefined,
    ],
    ['NO_PROXY: port', 'https://api.github.com', { HTTPS_PROXY: proxy, NO_PROXY: 'api.github.com:443' }, undefined],
    ['NO_PROXY: other port', 'https://api.github.com', { HTTPS_PROXY: proxy, NO_PROXY: 'api.github.com:80' }, proxy],
    ['NO_PROXY: *', 'https://api.github.com', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, undefined],
    ['NO_PROXY: end of a name only', 'https://api.github.com', { HTTPS_PROXY: proxy, NO_PROXY: 'hub.com' }, proxy],
    ['own machine', 'http://127.0.0.1:80', { HTTP_PROXY: proxy }, undefined],
  ])('%s', (_, url, env, expected) => {
    expect(proxyFor(new URL(url), env)).toBe(expected)
  })
})

// One file and one process: the toolkit reads the environment once, when it is loaded.
describe('a real proxy', () => {
  const apiUrl = 'http://api.github.test'
  const tunnels: string[] = []
  const sockets = new Set<Socket>()
  const before = { ...process.env }
  let github: Loopback
  let proxy: Server

  beforeAll(async () => {
    github = await Loopback.start()
    proxy = createServer()
    // Leads every name to the loopback GitHub: no name server knows api.github.test.
    proxy.on('connect', (request, socket: Socket) => {
      tunnels.push(request.url ?? '')
      const target = connect(github.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
        target.pipe(socket).pipe(target)
      })
      sockets.add(socket).add(target)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    process.env.HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    process.env.GITHUB_API_URL = apiUrl
    for (const name of ['http_proxy', 'no_proxy', 'NO_PROXY', 'GITHUB_EVENT_PATH']) delete process.env[name]
  })

  afterAll(async () => {
    process.env = before
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => proxy.close(resolve))
    await github.close()
  })

  test('is used', async () => {
    const client = await createClient({ token: 'good-token', apiUrl, retryPause: 5 })
    const request = { owner: 'octo', repo: 'income', issue: 7, key: 'income', body: 'pass' }
    expect((await upsertComment(client, request)).action).toBe('created')
    expect(new Set(tunnels)).toEqual(new Set(['api.github.test:80']))
    expect(github.requests.map(({ headers }) => headers.host)).toEqual(['api.github.test', 'api.github.test'])
  })

  test('is not used for the own machine', async () => {
    tunnels.length = 0
    const client = await createClient({ token: 'good-token', apiUrl: github.url })
    await client.rest.issues.listComments({ owner: 'octo', repo: 'income', issue_number: 7 })
    expect(tunnels).toEqual([])
  })
})
