import type { WebSocket } from 'ws'
import type { ChaosChain } from './chain.ts'
import { type Conversation, parse, refuseAll } from './conversation.ts'
import type { FaultBox } from './faults.ts'

export interface SocketRooms {
  readonly chain: ChaosChain
  readonly faults: FaultBox
  readonly conversation: Conversation
}

/** A WebSocket that answers calls, and tells new heads to whoever subscribes to them. */
export function serveSocket(socket: WebSocket, { chain, faults, conversation }: SocketRooms): void {
  const subscriptions = new Map<string, () => void>()
  const send = (text: string) => {
    if (socket.readyState === socket.OPEN) socket.send(text)
  }
  const subscribe = (): string => {
    const subscription = `0x${(subscriptions.size + 1).toString(16)}`
    const tell = (result: unknown) =>
      send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } }))
    let last: unknown
    const end = chain.onHead((header) => {
      const { silentSocket, confusedSocket } = faults.now
      if (silentSocket === true) return
      tell(header)
      if (confusedSocket === true) for (const again of [last ?? header, header]) tell(again)
      last = header
    })
    subscriptions.set(subscription, end)
    return subscription
  }
  const unsubscribe = (subscription: string): boolean => {
    subscriptions.get(subscription)?.()
    return subscriptions.delete(subscription)
  }

  socket.on('message', async (data) => {
    const body = data.toString()
    conversation.requests += 1
    const fault = faults.nextBreak()
    if (fault !== null) conversation.broken += 1
    if (fault === 'stall') return
    if (fault === 'dropped' || fault === 'gateway') return socket.terminate()
    if (fault === 'error' || fault === 'busy') return send(refuseAll(body, -32000, 'internal error, try again'))
    const asked = parse(body)
    const [first] = Array.isArray(asked) ? [] : (asked.params ?? [])
    if (!Array.isArray(asked) && asked.method === 'eth_subscribe' && first === 'newHeads') {
      return send(JSON.stringify({ jsonrpc: '2.0', id: asked.id, result: subscribe() }))
    }
    if (!Array.isArray(asked) && asked.method === 'eth_unsubscribe') {
      return send(JSON.stringify({ jsonrpc: '2.0', id: asked.id, result: unsubscribe(String(first)) }))
    }
    const answer = await conversation.answer(body)
    send(fault === null ? answer : answer.slice(0, answer.length / 2))
  })
  socket.on('close', () => {
    for (const end of subscriptions.values()) end()
  })
}
