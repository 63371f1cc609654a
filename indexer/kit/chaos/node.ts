import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'
import type { ChaosChain } from './chain.ts'
import { aClock, type Clock } from './clock.ts'
import { Conversation, refuseAll, type Traffic } from './conversation.ts'
import { FaultBox } from './faults.ts'
import { serveSocket } from './socket.ts'

export interface NodeOptions {
  /** A free one by default. */
  readonly port?: number
  /** On what the dice of its faults depend. */
  readonly seed?: string
  readonly clock?: Clock
}

/** A node that misbehaves on demand. It answers HTTP and WebSocket at one port, which nobody but this machine reaches. */
export interface ChaosNode {
  readonly url: string
  readonly wsUrl: string
  readonly faults: FaultBox
  readonly traffic: Traffic
  /** Ends all connections. The chain stays. */
  close(): Promise<void>
}

/** @example const node = await serveNode(new GeneratedChain({ seed: '1' })); node.faults.set({ behind: 3 }) */
export async function serveNode(chain: ChaosChain, options: NodeOptions = {}): Promise<ChaosNode> {
  const { port = 0, seed = 'faults', clock = aClock() } = options
  const faults = new FaultBox(seed)
  const conversation = new Conversation(chain, faults)
  const server = createServer((request, response) => {
    answer(request, response, { faults, conversation, clock }).catch(() => response.destroy())
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => serveSocket(socket, { chain, faults, conversation }))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `http://${place}`,
    wsUrl: `ws://${place}`,
    faults,
    traffic: conversation,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Rooms {
  readonly faults: FaultBox
  readonly conversation: Conversation
  readonly clock: Clock
}

async function answer(request: IncomingMessage, response: ServerResponse, rooms: Rooms): Promise<void> {
  const { faults, conversation, clock } = rooms
  const body = await text(request)
  conversation.requests += 1
  const fault = faults.nextBreak()
  if (fault !== null) conversation.broken += 1
  if (faults.now.slowMs !== undefined) await clock.sleep(faults.now.slowMs)
  const send = (status: number, content: string) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(content)
  }
  switch (fault) {
    case 'stall':
      return
    case 'silentLogs':
      return body.includes('"eth_getLogs"') ? undefined : send(200, await conversation.answer(body))
    case 'busy':
      return send(429, '{"error":{"code":429,"message":"rate limited"}}')
    case 'gateway':
      return send(502, '<html>502 Bad Gateway</html>')
    case 'dropped':
      request.socket.destroy()
      return
    case 'malformed':
      return send(200, '{"jsonrpc":"2.0","result":<')
    case 'error':
      return send(200, refuseAll(body, -32000, 'internal error, try again'))
    case 'truncated': {
      const whole = await conversation.answer(body)
      return send(200, whole.slice(0, whole.length / 2))
    }
    case null:
      return send(200, await conversation.answer(body))
  }
}
