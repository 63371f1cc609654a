import type { Block } from './block.ts'

/** Of an object with its fields, short strings and hashes; what is long is counted. */
const plainBytes = 500

/** About how many bytes of memory blocks take, from what is long or many in them: the data of logs, calls and transactions. */
export function weightOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + weightOfBlock(block), 0)
}

/** About how many bytes of memory a block takes. */
export function weightOfBlock({ logs, calls, transactions, receipts }: Block): number {
  let bytes = plainBytes
  for (const { data } of logs) bytes += plainBytes + data.length
  for (const { input, output } of calls ?? []) bytes += plainBytes + input.length + output.length
  for (const { input } of transactions.values()) bytes += plainBytes + input.length
  for (const { logs: own } of receipts.values())
    bytes += plainBytes + own.reduce((sum, { data }) => sum + plainBytes + data.length, 0)
  return bytes
}
