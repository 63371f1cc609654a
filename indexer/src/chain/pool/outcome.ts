import type { NodesDisagreeError, RpcError } from '../../errors.ts'

/** How a question to one node ended. */
export type Outcome<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** The contract said no, which is what was asked: no other node knows better. */
  | { readonly kind: 'reverted'; readonly error: RpcError }
  /** It has no such block or transaction, which another one may have. */
  | { readonly kind: 'nothing'; readonly value: T | null }
  /** It answered from another branch than the one that whoever asks stands on. */
  | { readonly kind: 'astray' }
  | { readonly kind: 'refused'; readonly error: RpcError }
  | { readonly kind: 'failed'; readonly error: RpcError | NodesDisagreeError }

/** Whether nobody else needs to be asked. */
export function settles<T>({ kind }: Outcome<T>): boolean {
  return kind === 'answer' || kind === 'reverted'
}
