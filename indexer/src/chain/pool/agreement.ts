import type { Log } from '../block.ts'
import { readLogs } from '../rpc.ts'
import type { Outcome } from './outcome.ts'

/** What a node said, and how it can be compared with what another one says. */
export interface Word<N, T> {
  readonly node: N
  readonly outcome: Outcome<T>
  /** Null: it is no answer. */
  readonly text: string | null
}

/** The answer that two nodes gave, with those who gave another; null as long as there is none. */
export function agreed<N, T>(words: readonly Word<N, T>[]): { outcome: Outcome<T>; outvoted: N[] } | null {
  const byText = Map.groupBy(
    words.filter(({ text }) => text !== null),
    ({ text }) => text,
  )
  for (const [first, ...others] of byText.values()) {
    if (first === undefined || others.length === 0) continue
    const outvoted = words.filter(({ text }) => text !== null && text !== first.text).map(({ node }) => node)
    return { outcome: first.outcome, outvoted }
  }
  return null
}

/** The same text for the same answer, however a node writes it. @param raw - as it came over the wire */
export function textOf(method: string, raw: unknown): string {
  return method === 'eth_getLogs' ? logsText(readLogs(raw)) : JSON.stringify(raw ?? null).toLowerCase()
}

/** What two nodes say alike of a contract that refused, whatever their words. */
export const revertedText = 'reverted'

function logsText(logs: readonly Log[]): string {
  const lines = logs.map(({ blockNumber, blockHash, logIndex, address, topics, data, transactionHash }) =>
    [blockNumber, blockHash, logIndex, transactionHash, address, ...topics, data].join(' '),
  )
  return [...new Set(lines)].sort().join('\n')
}
