import { answerWith } from './answers.ts'
import { type ChaosChain, NodeError } from './chain.ts'
import type { FaultBox } from './faults.ts'

/** What a node has been asked so far. */
export interface Traffic {
  /** HTTP requests and WebSocket messages; a batch is one. */
  readonly requests: number
  readonly broken: number
  /** Calls by method. */
  readonly calls: ReadonlyMap<string, number>
  /** Methods that the chain does not have. A test that fails after one of these may itself be at fault. */
  readonly unknown: ReadonlySet<string>
  /** How many blocks each question for logs was about, in the order they came. */
  readonly ranges: readonly number[]
}

export interface Call {
  readonly id?: unknown
  readonly method: string
  readonly params?: readonly unknown[]
}

/** JSON-RPC as text in and text out, and an account of it. */
export class Conversation implements Traffic {
  requests = 0
  broken = 0
  readonly calls = new Map<string, number>()
  readonly unknown = new Set<string>()
  readonly ranges: number[] = []
  readonly #chain: ChaosChain
  readonly #faults: FaultBox

  constructor(chain: ChaosChain, faults: FaultBox) {
    this.#chain = chain
    this.#faults = faults
  }

  /** @param body - one call, or a batch of them */
  async answer(body: string): Promise<string> {
    const asked = parse(body)
    const { maxBatch = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = this.#faults.now
    if (Array.isArray(asked) && asked.length > maxBatch) {
      return JSON.stringify(refused(null, -32600, `batch too large: at most ${maxBatch} calls`))
    }
    const answer = Array.isArray(asked)
      ? await Promise.all(asked.map((call) => this.#reply(call)))
      : await this.#reply(asked)
    const text = JSON.stringify(answer)
    return text.length <= maxBytes ? text : refuseAll(body, -32008, 'Response is too big')
  }

  async #reply(call: Call): Promise<object> {
    this.#count(call)
    try {
      const result = await answerWith(this.#chain, this.#faults, call.method, call.params ?? [])
      return { jsonrpc: '2.0', id: call.id, result }
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      if (error.code === -32601) this.unknown.add(call.method)
      return refused(call.id, error.code, error.message, error.data)
    }
  }

  #count({ method, params = [] }: Call): void {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1)
    if (method !== 'eth_getLogs') return
    const { fromBlock, toBlock } = params[0] as { fromBlock?: string; toBlock?: string }
    if (fromBlock !== undefined) this.ranges.push(Number(toBlock) - Number(fromBlock) + 1)
  }
}

export function parse(body: string): Call | Call[] {
  return JSON.parse(body)
}

/** The answer to a request of which no call succeeds. */
export function refuseAll(body: string, code: number, message: string): string {
  const asked = parse(body)
  const refuse = ({ id }: Call) => refused(id, code, message)
  return JSON.stringify(Array.isArray(asked) ? asked.map(refuse) : refuse(asked))
}

function refused(id: unknown, code: number, message: string, data?: unknown): object {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } }
}
