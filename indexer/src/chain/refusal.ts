import { RpcError } from '../errors.ts'

/** The node understood a question and said no. Asking the same again will not help. */
export class RpcRefusal extends RpcError {
  /** The node's error code and data, for who knows what to make of them. */
  readonly answer: { readonly code: number; readonly message: string; readonly data: unknown }

  constructor(method: string, answer: RpcRefusal['answer']) {
    super(method, `it answered with error ${answer.code}, ${answer.message}`)
    this.answer = answer
  }
}

/** The node has too much to do: HTTP status 429. */
export class NodeBusyError extends RpcError {
  /** As it asked for; null if it did not say. */
  readonly retryAfterMs: number | null

  constructor(method: string, retryAfterMs: number | null) {
    super(method, 'HTTP status 429, too many requests')
    this.retryAfterMs = retryAfterMs
  }
}

const BUSY = /rate limit|too many requests|capacity|overloaded|temporar|try again|timed? ?out/i

/** Whether the same question may be answered a moment later. */
export function isTransient(error: RpcError): boolean {
  return !(error instanceof RpcRefusal) || error.answer.code === 429 || BUSY.test(error.answer.message)
}
