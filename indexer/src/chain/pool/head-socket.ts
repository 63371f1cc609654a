import type { WebSocket } from 'ws'
import { isRaw } from '../block.ts'

export interface HeadSocketOptions {
  /** Told of each head as it comes: again, or out of order, if that is how the node tells it. */
  readonly onHead: (head: { readonly number: number; readonly hash: string }) => void
  readonly onChange?: (state: SocketState, why: string | null) => void
  /** How long it may say nothing while the node has new heads. */
  readonly silenceMs?: number
  /** Before the second attempt; twice as long before each further one. */
  readonly pauseMs?: number
}

export type SocketState = 'connecting' | 'open' | 'closed'

const LONGEST_PAUSE_MS = 30_000

/**
 * Listens to a node's new heads by `eth_subscribe`. It only tells that there is something to look at, so nothing is lost while it is
 * away: whoever asks the node all the same says so, and a socket that has missed heads is opened anew.
 */
export class HeadSocket {
  readonly #url: string
  readonly #options: HeadSocketOptions
  #socket: WebSocket | null = null
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  /** The newest head that it told, or that the node had when it was opened. */
  #heard: number | null = null
  /** Since when the node has had a head that the socket did not tell. */
  #missingSince: number | null = null
  #isClosed = false
  state: SocketState = 'connecting'

  constructor(url: string, options: HeadSocketOptions) {
    this.#url = url
    this.#options = options
    void this.#open()
  }

  /** The node has this head, as was found out without the socket. */
  saw(number: number): void {
    if (this.state === 'open') this.#heard ??= number
    if (this.state !== 'open' || this.#heard === null || number <= this.#heard) {
      this.#missingSince = null
      return
    }
    this.#missingSince ??= performance.now()
    const { silenceMs = 5_000 } = this.#options
    if (performance.now() - this.#missingSince < silenceMs) return
    this.#drop('it says nothing, though there are new heads')
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#socket?.removeAllListeners()
    // A socket that is still being opened says so as an error.
    this.#socket?.on('error', () => undefined)
    this.#socket?.terminate()
  }

  async #open(): Promise<void> {
    this.#missingSince = null
    this.#heard = null
    // Few nodes are listened to, and every thread has a pool.
    const { WebSocket } = await import('ws')
    if (this.#isClosed) return
    const socket = new WebSocket(this.#url, { handshakeTimeout: 10_000, maxPayload: 4 * 2 ** 20 })
    this.#socket = socket
    socket.on('open', () => {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] }))
    })
    socket.on('message', (data) => this.#hear(data.toString()))
    // 'close' follows.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#drop('it was closed'))
  }

  #hear(text: string): void {
    const message = readMessage(text)
    if (message === null) return
    if (message.id === 1) {
      if (message.error) this.#drop('it takes no subscriptions')
      else this.#opened()
      return
    }
    const head = isRaw(message.params) ? message.params.result : null
    if (!isRaw(head) || typeof head.number !== 'string' || typeof head.hash !== 'string') return
    const number = Number(head.number)
    this.#heard = Math.max(this.#heard ?? number, number)
    this.#missingSince = null
    this.#options.onHead({ number, hash: head.hash.toLowerCase() })
  }

  #opened(): void {
    this.#failures = 0
    this.#become('open', null)
  }

  #drop(why: string): void {
    if (this.#isClosed) return
    this.#socket?.removeAllListeners()
    this.#socket?.on('error', () => undefined)
    this.#socket?.terminate()
    this.#socket = null
    this.#become('closed', why)
    const { pauseMs = 1_000 } = this.#options
    const ceiling = Math.min(pauseMs * 2 ** this.#failures++, LONGEST_PAUSE_MS)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#open(), ceiling * (0.5 + Math.random() / 2))
    this.#timer.unref()
  }

  #become(state: SocketState, why: string | null): void {
    if (this.state === state) return
    this.state = state
    this.#options.onChange?.(state, why)
  }
}

function readMessage(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const message: unknown = JSON.parse(text)
    return isRaw(message) ? message : null
  } catch {
    return null
  }
}
