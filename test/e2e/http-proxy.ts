import { createServer, request as forward, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A proxy as companies have them: it knows names that this machine does not, and forwards requests and tunnels alike. */
export type HttpProxy = {
  url: string
  /** What went through: `CONNECT host:port` for tunnels, `GET http://host/path` for single requests. */
  passed: string[]
}

/** Starts a proxy that leads these host names to these ports of the machine. Anything else is answered with 502. */
export async function startProxy(names: Record<string, number>): Promise<HttpProxy> {
  const passed: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((request, response) => {
    passed.push(`${request.method} ${request.url}`)
    const target = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined
    const port = target === undefined ? undefined : names[target.hostname]
    if (target === undefined || port === undefined) {
      response.writeHead(502).end()
      return
    }
    const options = { host: '127.0.0.1', port, method: request.method, headers: request.headers }
    const outgoing = forward({ ...options, path: target.pathname + target.search }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    request.pipe(outgoing)
  })
  server.on('connect', (request, socket: Socket) => {
    passed.push(`CONNECT ${request.url}`)
    const port = names[(request.url ?? '').replace(/:\d+$/, '')]
    if (port === undefined) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
      return
    }
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      target.pipe(socket).pipe(target)
    })
    for (const end of [socket, target]) {
      sockets.add(end)
      end.on('error', () => {})
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, passed }
}
