/** Asks a chain's node one thing; resolves to the `result`. Rejects with {@link RpcError} when the node refuses. */
export type Rpc = <Result = unknown>(method: string, ...params: readonly unknown[]) => Promise<Result>

/** The node answered, and the answer is an error. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number

  constructor(method: string, code: number, message: string) {
    super(`${method}: ${message}`)
    this.code = code
  }

  /** The node does not know the method at all, or keeps it from us: as opposed to having tried and failed. */
  get isUnknownMethod(): boolean {
    return (
      this.code === -32601 ||
      this.code === -32004 ||
      /not (found|supported|available)|unknown method/i.test(this.message)
    )
  }
}

type Answer<Result> = { readonly result?: Result; readonly error?: { readonly code: number; readonly message: string } }

const TIMEOUT_MS = 30_000

/**
 * @param url - of a JSON-RPC endpoint over HTTP
 * @example const head = await connect('http://127.0.0.1:8545')<Hex>('eth_blockNumber')
 */
export function connect(url: string): Rpc {
  let id = 0
  return async <Result>(method: string, ...params: readonly unknown[]): Promise<Result> => {
    id += 1
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params })
    const answer = await post<Result>(url, body)
    if (answer.error) throw new RpcError(method, answer.error.code, answer.error.message)
    return answer.result as Result
  }
}

async function post<Result>(url: string, body: string): Promise<Answer<Result>> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return (await response.json()) as Answer<Result>
  } catch (cause) {
    throw new Error('The chain does not answer. Is its node running, and is the address right?', { cause })
  }
}
