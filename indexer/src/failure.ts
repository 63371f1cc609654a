import type { IndexerError } from './errors.ts'
import type { Failure } from './store/store.ts'

/** An error that ends a deployment, as the store keeps it and the status door tells it. */
export function failureOf(error: IndexerError): Failure {
  const facts = error.facts as Partial<FailureFacts>
  const { handler = null, reason = error.message, chain = reason, isDeterministic = false } = facts
  // graph-node names the handler only where any indexer would stop.
  return { message: chain, handler: isDeterministic ? handler : null, isDeterministic }
}

/** What errors that end a deployment say of themselves, where they can. */
interface FailureFacts {
  readonly handler: string
  readonly reason: string
  readonly chain: string
  readonly isDeterministic: boolean
}
