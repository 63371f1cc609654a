import {
  type Abi,
  decodeEventLog,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionResult,
  type Hex,
  hexToBigInt,
  parseAbi,
  toFunctionSelector,
} from 'viem'
import {
  type BlockPlace,
  type CanonicalLog,
  type ChaosChain,
  type DraftLog,
  hashOf,
  NodeError,
} from '../../indexer/kit/chaos/index.ts'

/** The contract that the subgraph follows, and the tokens that it speaks of. */
export const ledgerAbi = parseAbi([
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event MetadataUpdated(address indexed token, string uri)',
  'function symbol() view returns (string)',
  'function name() view returns (string)',
  'function transfer(address from, address to, uint256 value)',
  'function update(address token, string uri)',
  'function all(bytes[] calls)',
])
export const ledger: Hex = '0x1000000000000000000000000000000000000001'

/** One that speaks plainly, one whose symbol is no data at all, one that has a NUL in its name. */
export const tokens = {
  plain: '0x2000000000000000000000000000000000000001',
  mute: '0x2000000000000000000000000000000000000002',
  odd: '0x2000000000000000000000000000000000000003',
} as const satisfies Record<string, Hex>

const largest = 2n ** 256n - 1n
/** As some chains number the logs they add themselves. */
const syntheticLogIndex = 0xffff_ffe2

/**
 * Two transfers in each block but every seventh, among ten accounts; an update of a token every 25 blocks; every fiftieth block the
 * largest value there is; every twentieth a log index near 2^32.
 */
export function ledgerLogs({ seed, number, branch }: BlockPlace): readonly DraftLog[] {
  if (number % 7 === 0) return []
  const dice = hexToBigInt(hashOf(seed, number, branch))
  const first = transfer(dice % 10n, (dice >> 8n) % 10n, number % 50 === 0 ? largest : (dice >> 16n) % 2n ** 96n)
  const second = transfer((dice >> 120n) % 10n, (dice >> 128n) % 10n, (dice >> 136n) % 1000n)
  const token = Object.values(tokens)[number % 3] ?? tokens.plain
  return [
    first,
    number % 20 === 0 ? { ...second, logIndex: syntheticLogIndex } : second,
    ...(number % 25 === 0 ? [updated(token, `ipfs://${number}/${branch}`)] : []),
  ]
}

function transfer(from: bigint, to: bigint, value: bigint): DraftLog {
  const args = { from: account(from), to: account(to) }
  const topics = encodeEventTopics({ abi: ledgerAbi, eventName: 'Transfer', args }) as Hex[]
  return { address: ledger, topics, data: encodeAbiParameters([{ type: 'uint256' }], [value]) }
}

/** The event of a token that changed. */
export function updated(token: Hex, uri: string): DraftLog {
  const topics = encodeEventTopics({ abi: ledgerAbi, eventName: 'MetadataUpdated', args: { token } }) as Hex[]
  return { address: ledger, topics, data: encodeAbiParameters([{ type: 'string' }], [uri]) }
}

function account(number: bigint): Hex {
  return `0x3${number.toString().padStart(39, '0')}`
}

/** What the tokens answer. */
export function ledgerCall(to: Hex, input: Hex): Hex {
  const functionName = (['symbol', 'name'] as const).find((name) => input === toFunctionSelector(`${name}()`))
  if (functionName === undefined) throw new NodeError(3, 'execution reverted')
  const say = (result: string) => encodeFunctionResult({ abi: ledgerAbi as Abi, functionName, result })
  if (to === tokens.mute) return functionName === 'symbol' ? '0x' : say('Mute')
  if (to === tokens.odd) return say(functionName === 'symbol' ? 'ODD' : 'O\0dd')
  return say(functionName === 'symbol' ? 'PLN' : 'Plain')
}

/** What an index of the ledger holds, in an order of its own. */
export interface Holdings {
  readonly transfers: readonly string[]
  readonly accounts: readonly string[]
  readonly updates: readonly string[]
  readonly tokens: readonly string[]
}

/** What it has to hold for the canonical chain, worked out without an indexer. */
export async function expectedHoldings(chain: ChaosChain, until = chain.head): Promise<Holdings> {
  const events = (await chain.logs())
    .filter(({ blockNumber }) => blockNumber <= until)
    .map((log) => ({ ...decoded(log), blockNumber: log.blockNumber, logIndex: log.logIndex }))
  const balances = new Map<string, { balance: bigint; transfers: number }>()
  const move = (id: string, value: bigint) => {
    const { balance, transfers } = balances.get(id) ?? { balance: 0n, transfers: 0 }
    balances.set(id, { balance: balance + value, transfers: transfers + 1 })
  }
  const transfers = events.flatMap(({ transfer, blockNumber, logIndex }) => {
    if (transfer === undefined) return []
    move(transfer.from, -transfer.value)
    move(transfer.to, transfer.value)
    return [line(blockNumber, logIndex, transfer.from, transfer.to, transfer.value)]
  })
  const updates = events.flatMap(({ update, blockNumber }) =>
    update === undefined ? [] : [line(blockNumber, update.token, update.uri)],
  )
  const spoken = [...new Set(events.flatMap(({ update }) => (update === undefined ? [] : [update.token])))]
  return {
    transfers: transfers.sort(),
    accounts: [...balances].map(([id, { balance, transfers }]) => line(id, balance, transfers)).sort(),
    updates: updates.sort(),
    tokens: spoken.map((id) => line(id, ...(spokenOf[id] ?? []))).sort(),
  }
}

/** What one holds and the other does not, by kind; null if they are equal. Long lists are cut. */
export function differences(held: Holdings, expected: Holdings): object | null {
  const kinds = (Object.keys(expected) as (keyof Holdings)[]).flatMap((kind) => {
    const [has, wants] = [new Set(held[kind]), new Set(expected[kind])]
    const doubled = held[kind].length - has.size
    const [missing, foreign] = [[...wants].filter((one) => !has.has(one)), [...has].filter((one) => !wants.has(one))]
    if (doubled + missing.length + foreign.length === 0) return []
    return [[kind, { doubled, missing: missing.slice(0, 5), foreign: foreign.slice(0, 5), of: wants.size }]]
  })
  return kinds.length === 0 ? null : Object.fromEntries(kinds)
}

/** As graph-node keeps texts: without the NUL that Postgres refuses. */
const spokenOf: Readonly<Record<string, readonly (string | null)[]>> = {
  [tokens.plain]: ['PLN', 'Plain'],
  [tokens.mute]: [null, 'Mute'],
  [tokens.odd]: ['ODD', 'Odd'],
}

export function line(...parts: readonly (string | number | bigint | null)[]): string {
  return parts.map(String).join(' ')
}

/** What a log of the ledger says: one of the two. */
export function decoded({ topics, data }: Pick<CanonicalLog, 'topics' | 'data'>) {
  const event = decodeEventLog({ abi: ledgerAbi, topics: topics as [Hex, ...Hex[]], data })
  if (event.eventName === 'MetadataUpdated') {
    const { token, uri } = event.args
    return { update: { token: lower(token), uri } }
  }
  const { from, to, value } = event.args
  return { transfer: { from: lower(from), to: lower(to), value } }
}

function lower(address: Hex): Hex {
  return `0x${address.slice(2).toLowerCase()}`
}
