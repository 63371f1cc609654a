import type { Answer } from './question.ts'

/** A difference that has to be: graph-node is broken there, or we do better on purpose. */
export interface Accepted {
  /** Of entry and question, as in `numbers: filter/rows.big_gt`. */
  readonly where: RegExp
  /** Why it must differ. */
  readonly because: string
  /** Whether the two answers differ in that way and no other. */
  holds(answers: { readonly theirs: Answer; readonly ours: Answer }): boolean
}

const isRefusal = ({ status, body }: Answer) =>
  status >= 400 || (typeof body === 'object' && body !== null && 'errors' in body && !('data' in body && body.data))

/** All there is; parity fails on any other difference. */
export const acceptedDifferences: readonly Accepted[] = [
  {
    where: /./,
    because: 'graph-node panics and closes the connection; we refuse',
    holds: ({ theirs, ours }) => theirs.status === 0 && isRefusal(ours),
  },
]
