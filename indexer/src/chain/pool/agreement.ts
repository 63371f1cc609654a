import { isRaw, type Log, parseCall } from '../block.ts'
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

/**
 * The same text for the same answer, however a node writes it.
 * @param raw - as it came over the wire
 * @param value - as it was read: what nobody reads, nodes need not have alike
 */
export function textOf(method: string, raw: unknown, value: unknown): string {
  if (method === 'eth_getLogs') return logsText(readLogs(raw))
  if (method.startsWith('trace_')) return linesText(callsOf(raw).map(plainText))
  return plainText(value).toLowerCase()
}

/** What two nodes say alike of a contract that refused, whatever their words. */
export const revertedText = 'reverted'

function logsText(logs: readonly Log[]): string {
  return linesText(
    logs.map(({ blockNumber, blockHash, logIndex, address, topics, data, transactionHash, transactionIndex }) =>
      [blockNumber, blockHash, logIndex, transactionHash, transactionIndex, address, ...topics, data].join(' '),
    ),
  )
}

function linesText(lines: readonly string[]): string {
  return [...new Set(lines)].sort().join('\n')
}

/** Of all that is traced, only calls matter. */
function callsOf(raw: unknown): readonly unknown[] {
  return Array.isArray(raw) ? raw.flatMap((one) => (isRaw(one) ? (parseCall(one) ?? []) : [])) : []
}

/** Nodes are free to leave these out of a block. */
const optional = ['totalDifficulty', 'size']

function plainText(value: unknown): string {
  const text = JSON.stringify(value ?? null, (key, part: unknown) => {
    if (optional.includes(key)) return undefined
    if (part instanceof Map) return [...part].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
    return typeof part === 'bigint' ? `${part}` : part
  })
  return text
}
