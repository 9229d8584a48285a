import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the front has it before it goes on to the registry. */
export type Seen = { method: string; path: string; headers: IncomingMessage['headers']; bytes: number }

/**
 * What the front does with a request: `undefined` lets it through, `cut` closes the connection after so many bytes of its body, an answer
 * is given in place of the registry's.
 */
export type Trick =
  | undefined
  | { cut: number }
  | { status: number; headers?: Record<string, string>; body?: string }
  | { change: (answer: { status: number; headers: Record<string, string>; body: Buffer }) => void }

export type Front = {
  host: string
  /** Everything that arrived, in order. */
  seen: Seen[]
  /** Bytes of bodies of PATCH and PUT to blobs that arrived. */
  received(): number
  close(): Promise<void>
}

/**
 * A server in front of a registry, as a load balancer is: it takes in a whole request before it passes it on, so that the registry never sees half
 * of one. Counts what arrives and plays tricks.
 */
export async function startFront(upstream: string, trick: (seen: Seen) => Trick = () => undefined): Promise<Front> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const one: Seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, bytes: 0 }
    seen.push(one)
    const act = trick(one)
    const body: Buffer[] = []
    for await (const piece of request as AsyncIterable<Buffer>) {
      one.bytes += piece.length
      body.push(piece)
      if (act !== undefined && 'cut' in act && one.bytes >= act.cut) return void request.socket.destroy()
    }
    if (act !== undefined && 'cut' in act) return void request.socket.destroy()
    if (act !== undefined && 'status' in act) return void response.writeHead(act.status, act.headers).end(act.body)
    const answer = await passOn(one, Buffer.concat(body))
    act?.change(answer)
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }
  async function passOn(one: Seen, body: Buffer) {
    // The Host stays, so that the addresses that the registry gives out lead here again.
    const [host = '', port = ''] = upstream.split(':')
    const request = httpRequest({ host, port, method: one.method, path: one.path, headers: one.headers })
    request.end(body)
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    const pieces: Buffer[] = []
    for await (const piece of answer as AsyncIterable<Buffer>) pieces.push(piece)
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers as Record<string, string>,
      body: Buffer.concat(pieces),
    }
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    received: () => seen.filter(({ path }) => path.includes('/blobs/')).reduce((sum, { bytes }) => sum + bytes, 0),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
