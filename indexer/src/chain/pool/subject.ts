import { isRaw } from '../block.ts'

/** What a call is about, as far as it decides whom to ask. */
export interface Subject {
  /** A node without this block cannot answer; null: any may, or who can is seen from the answer. */
  readonly block: number | null
  /** Whether it is the newest block that is asked for. */
  readonly isHead: boolean
  /** Whether it is a block of which only the nodes know the number: the newest, the newest safe or final one. */
  readonly isTagged: boolean
  /** How many blocks of logs; null: none, or those of one block by its hash. */
  readonly blocks: number | null
  /** By number, so that nodes on different branches answer differently. */
  readonly isByNumber: boolean
  /** Whether null means: it is not there. */
  readonly isLookup: boolean
  /** Whether what is stored depends on the answer. */
  readonly decides: boolean
}

const LOOKUPS = ['eth_getBlockByNumber', 'eth_getBlockByHash', 'eth_getTransactionReceipt']
/** All that handlers see, and what leads to it. */
const DECISIVE = [
  'eth_getLogs',
  'eth_getBlockByNumber',
  'eth_getBlockByHash',
  'eth_getBlockReceipts',
  'eth_getTransactionReceipt',
  'eth_call',
  'eth_getBalance',
  'eth_getCode',
  'trace_filter',
  'trace_block',
]

export function subjectOf(method: string, params: readonly unknown[]): Subject {
  const range = method === 'eth_getLogs' ? rangeOf(params[0]) : null
  const tag = method === 'eth_getBlockByNumber' ? params[0] : params.at(-1)
  const isByNumber = method === 'eth_getBlockByNumber'
  return {
    block: range?.to ?? numberOf(tag),
    isHead: isByNumber && tag === 'latest',
    isTagged: isByNumber && numberOf(tag) === null,
    blocks: range && range.to - range.from + 1,
    isByNumber,
    isLookup: LOOKUPS.includes(method),
    decides: DECISIVE.includes(method),
  }
}

function rangeOf(query: unknown): { from: number; to: number } | null {
  if (!isRaw(query)) return null
  const [from, to] = [numberOf(query.fromBlock), numberOf(query.toBlock)]
  return from === null || to === null ? null : { from, to }
}

/** Not a hash, which is longer than any number of a block. */
function numberOf(tag: unknown): number | null {
  return typeof tag === 'string' && /^0x[0-9a-f]{1,13}$/i.test(tag) ? Number(tag) : null
}
