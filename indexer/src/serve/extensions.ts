import type { Answer } from '../query/answer.ts'
import type { Question } from '../query/request.ts'
import { ClientError } from './question.ts'

/**
 * What Heddle adds to graph-node's dialect at its query door. Both are headers of the request, so that without them an answer is
 * graph-node's to the letter, and no schema shows anything that graph-node's does not have:
 *
 *     Heddle-Extensions: chain     the answer also tells of which state it is, as `extensions.chain`, and `extensions.verified`: how far
 *                                  the index was compared with the chain
 *     Heddle-At: safe | final      fields without a `block` of their own are answered at that state, not at the latest
 */
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** @throws {@link ClientError} if `Heddle-At` names no such state */
export function stateAsked(headers: Headers): Pick<Question, 'at'> {
  const at = headers['heddle-at']
  if (at === undefined || at === 'latest') return {}
  if (at === 'safe' || at === 'final') return { at }
  throw new ClientError('Heddle-At must be latest, safe or final')
}

/**
 * The body, with extensions if they were asked for.
 * @param verified - how the index stands against its chain, where that is known
 */
export function extended(headers: Headers, answer: Answer, verified?: object): string {
  const { body } = answer
  if (headers['heddle-extensions'] !== 'chain') return body
  const own = `"extensions":${JSON.stringify({ chain: chainOf(answer), ...(verified && { verified }) })}`
  return body === '{}' ? `{${own}}` : `${body.slice(0, -1)},${own}}`
}

/** Of which state an answer is: the newest indexed block, and the numbers of those up to which the chain is settled. */
function chainOf({ indexed, settled }: Answer): object {
  const { final, safe } = settled
  return {
    indexed: indexed && { number: indexed.number, hash: indexed.hash, timestamp: indexed.timestamp },
    safe,
    final,
  }
}
