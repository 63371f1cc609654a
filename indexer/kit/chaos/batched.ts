import { NodeError } from './chain.ts'

/** Asks a node one thing. @throws {@link NodeError} what it refuses; TypeError if it cannot be reached */
export type Ask = (method: string, ...params: readonly unknown[]) => Promise<unknown>

interface Waiting {
  readonly call: object
  answer(result: unknown): void
  fail(error: unknown): void
}

type Answer = { readonly result: unknown; readonly error?: { code: number; message: string; data?: unknown } }

/** What is asked at one moment goes to the node as one request, in the order in which it was asked. */
export function batched(url: string): Ask {
  let waiting: Waiting[] = []
  const send = async () => {
    const sent = waiting
    waiting = []
    try {
      const body = JSON.stringify(sent.map(({ call }) => call))
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      const answers = (await response.json()) as readonly Answer[]
      for (const [i, { answer, fail }] of sent.entries()) {
        const { result, error } = answers[i] ?? { result: null, error: { code: -32603, message: 'no answer' } }
        if (error === undefined) answer(result)
        else fail(new NodeError(error.code, error.message, error.data))
      }
    } catch (error) {
      for (const { fail } of sent) fail(error)
    }
  }
  return (method, ...params) =>
    new Promise((answer, fail) => {
      const call = { jsonrpc: '2.0', id: waiting.length, method, params }
      if (waiting.push({ call, answer, fail }) === 1) setImmediate(send)
    })
}
