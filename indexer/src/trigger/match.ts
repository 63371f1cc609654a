import type { Block, Call, Hex, Log, Transaction } from '../chain/block.ts'
import { isLive } from '../deployment/data-source.ts'
import type { BlockHandler, DataSource, EventHandler } from '../deployment/deployment.ts'
import { AmbiguousHandlersError } from '../errors.ts'
import { arrivalTriggers } from './arrival.ts'
import { readyCalls } from './declared.ts'
import { decodeLog, decodeParams } from './decode.ts'
import type { BlockTrigger, CallTrigger, LogTrigger, Trigger } from './trigger.ts'

/**
 * Finds every trigger of a block in the order handlers must see them: `once` block handlers; then, transaction by transaction,
 * its logs and after them its calls, outer before inner; then the block handlers with the filter `call`, for each call; then
 * the other block handlers; then the entities of other deployments. What several data sources want goes to them in their order. The order is part of the result: two
 * indexers have to agree on it.
 * @param block - with its logs and calls; those that no one listens to do no harm
 * @param sources - static ones first, then those grown from templates, oldest first
 * @returns one trigger per handler that fires; logs and calls that the ABI cannot read are left out
 * @throws {@link AmbiguousHandlersError} if two handlers of one data source match a log
 * @see graphprotocol/graph-node chain/ethereum/src/trigger.rs, `impl Ord for EthereumTrigger`
 */
export function matchTriggers(block: Block, sources: readonly DataSource[]): Trigger[] {
  const index = indexOf(sources)
  return [
    ...blockTriggers(block, index, ({ kind }) => kind === 'once'),
    ...byTransaction(logTriggers(block, index), callTriggers(block, index)),
    ...calledTriggers(block, index),
    ...blockTriggers(block, index, ({ kind }) => kind === 'every' || kind === 'polling'),
    ...arrivalTriggers(block, sources),
  ]
}

/** Whether a block handler fires at a block, whatever is in it, its data source being live. */
export function firesAt({ filter }: BlockHandler, { startBlock }: DataSource, at: number): boolean {
  if (filter.kind === 'every') return true
  if (filter.kind === 'call') return false
  return filter.kind === 'once' ? at === startBlock : (at - startBlock) % filter.every === 0
}

// ── blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

function blockTriggers(
  block: Block,
  { withBlockHandlers }: Index,
  isMeant: (filter: BlockHandler['filter']) => boolean,
): BlockTrigger[] {
  if (withBlockHandlers.length === 0) return []
  const at = block.header.number
  return withBlockHandlers
    .filter((source) => isLive(source, at))
    .flatMap((source) =>
      source.definition.blockHandlers
        .filter((handler) => isMeant(handler.filter) && firesAt(handler, source, at))
        .map(({ handler }) => ({ kind: 'block', source, handler, block })),
    )
}

// ── logs ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function logTriggers(block: Block, index: Index): LogTrigger[] {
  return sorted(block.logs).flatMap((log) => {
    const matches = listeners(log, index)
      .filter(({ source }) => isLive(source, block.header.number))
      .flatMap(({ source, handlers }) => {
        const one = theOne(handlers, log, source, block)
        return one ? [{ source, ...one }] : []
      })
    if (matches.length === 0) return []
    const transaction = block.transactions.get(log.transactionHash) ?? dummyTransaction(log)
    // A receipt that was fetched for one handler is there for the others, too.
    const wantsReceipt = matches.some(({ handler }) => handler.receipt)
    const receipt = (wantsReceipt && block.receipts.get(log.transactionHash)) || null
    return matches.map(({ source, handler, params }): LogTrigger => {
      const calls = handler.calls.length > 0 ? { calls: readyCalls(handler.calls, log, params) } : {}
      return { kind: 'log', source, handler: handler.handler, block, log, params, transaction, receipt, ...calls }
    })
  })
}

function sorted(logs: readonly Log[]): readonly Log[] {
  const isSorted = logs.every((log, i) => i === 0 || byPlace(logs[i - 1] ?? log, log) <= 0)
  return isSorted ? logs : logs.toSorted(byPlace)
}

function byPlace(a: Log, b: Log): number {
  return a.transactionIndex - b.transactionIndex || a.logIndex - b.logIndex
}

/** The handler whose event the log is; those whose event it cannot be do not count. */
function theOne(handlers: readonly EventHandler[], log: Log, source: DataSource, { header: { number, hash } }: Block) {
  const [first, ...others] = handlers
    .filter((handler) => hasTopics(handler, log))
    .flatMap((handler) => {
      const params = decodeLog(handler.abi, log)
      return params ? [{ handler, params }] : []
    })
  if (!first) return null
  if (others.length > 0) {
    const place = `block #${number} (${hash}), transaction ${log.transactionHash.slice(2)}`
    throw new AmbiguousHandlersError(source.definition.name, first.handler.event, place)
  }
  return first
}

function hasTopics({ topics }: EventHandler, log: Log): boolean {
  return topics.every((accepted, i) => accepted.length === 0 || accepted.includes(log.topics[i + 1] ?? '0x'))
}

/** Some chains have logs of no transaction; a handler then sees one with nothing but the hash. */
function dummyTransaction({ transactionHash, transactionIndex }: Log | Call): Transaction {
  return {
    hash: transactionHash,
    index: transactionIndex,
    from: '0x0000000000000000000000000000000000000000',
    to: null,
    value: 0n,
    gasLimit: 0n,
    gasPrice: 0n,
    input: '0x',
    nonce: 0n,
  }
}

// ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function callTriggers(block: Block, { withCallHandlers }: Index): CallTrigger[] {
  const { calls = [], header } = block
  if (calls.length === 0) return []
  const listening = liveAt(withCallHandlers, header.number)
  const heard = calls.filter(
    (call) => !call.isUndone && (listening.get(call.to) ?? []).some((one) => handles(one, call)),
  )
  return withoutRepeats(heard).flatMap((call) => {
    const transaction = block.transactions.get(call.transactionHash) ?? dummyTransaction(call)
    return (listening.get(call.to) ?? []).flatMap((source): CallTrigger[] => {
      const found = source.definition.callHandlers.find(({ selector }) => selector === selectorOf(call))
      const inputs = found && decodeParams(found.abi.inputs, `0x${call.input.slice(SELECTOR_LENGTH)}`)
      const outputs = found && decodeParams(found.abi.outputs, call.output)
      if (!found || !inputs || !outputs) return []
      return [{ kind: 'call', source, handler: found.handler, block, call, transaction, inputs, outputs }]
    })
  })
}

/** The block handlers with the filter `call` fire anew for each call, unless the one before it was to the same contract. */
function calledTriggers(block: Block, { withCallFilter }: Index): BlockTrigger[] {
  const { calls = [], header } = block
  if (calls.length === 0) return []
  const listening = liveAt(withCallFilter, header.number)
  const heard = calls.filter((call) => listening.has(call.to))
  const turns = heard.filter((call, i) => call.to !== heard[i - 1]?.to)
  return turns.flatMap((call) =>
    (listening.get(call.to) ?? []).flatMap((source) =>
      source.definition.blockHandlers
        .filter(({ filter }) => filter.kind === 'call')
        .map(({ handler }): BlockTrigger => ({ kind: 'block', source, handler, block })),
    ),
  )
}

/** graph-node takes calls that are alike in everything, and follow each other, for one. */
function withoutRepeats(calls: readonly Call[]): Call[] {
  return calls.filter((call, i) => {
    const before = calls[i - 1]
    return before === undefined || CALL_FIELDS.some((field) => call[field] !== before[field])
  })
}

const CALL_FIELDS = ['transactionHash', 'from', 'to', 'input', 'output', 'value', 'gasUsed'] as const

/** `0x` and four bytes. */
const SELECTOR_LENGTH = 10

function selectorOf({ input }: Call): string {
  return input.slice(0, SELECTOR_LENGTH)
}

function handles({ definition }: DataSource, call: Call): boolean {
  return definition.callHandlers.some(({ selector }) => selector === selectorOf(call))
}

function liveAt(sources: readonly DataSource[], at: number): Map<Hex, DataSource[]> {
  return Map.groupBy(
    sources.filter((source) => isLive(source, at)),
    ({ address }) => address ?? '0x',
  )
}

/** Of each transaction its logs, then its calls. Both lists are in the order of transactions already. */
function byTransaction(logs: readonly LogTrigger[], calls: readonly CallTrigger[]): readonly Trigger[] {
  if (calls.length === 0) return logs
  const placed = [
    ...logs.map((trigger) => ({ place: trigger.log.transactionIndex, trigger })),
    ...calls.map((trigger) => ({ place: trigger.call.transactionIndex, trigger })),
  ]
  // Sorting is stable, so logs stay before calls.
  return placed.sort((a, b) => a.place - b.place).map(({ trigger }) => trigger)
}

// ── who listens to what ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Index {
  readonly byAddress: ReadonlyMap<Hex, readonly Listener[]>
  readonly anywhere: readonly Listener[]
  readonly withBlockHandlers: readonly DataSource[]
  readonly withCallHandlers: readonly DataSource[]
  /** Of the block handlers, with the filter `call`. */
  readonly withCallFilter: readonly DataSource[]
}

interface Listener {
  /** Its place among the data sources. */
  readonly order: number
  readonly source: DataSource
  readonly byTopic: ReadonlyMap<Hex, readonly EventHandler[]>
}

interface Heard {
  readonly source: DataSource
  readonly handlers: readonly EventHandler[]
}

/** The list of data sources changes rarely, and may hold thousands. */
const indexes = new WeakMap<readonly DataSource[], Index>()
const topicMaps = new WeakMap<readonly EventHandler[], ReadonlyMap<Hex, readonly EventHandler[]>>()

function indexOf(sources: readonly DataSource[]): Index {
  const known = indexes.get(sources)
  if (known) return known
  const listeners = sources.map((source, order) => ({ order, source, byTopic: topicsOf(source) }))
  const [anywhere, addressed] = [listeners.filter(isAnywhere), listeners.filter((one) => !isAnywhere(one))]
  const index = {
    byAddress: Map.groupBy(addressed, ({ source }) => source.address ?? '0x'),
    anywhere,
    withBlockHandlers: sources.filter((source) => source.definition.blockHandlers.length > 0),
    withCallHandlers: sources.filter((source) => source.definition.callHandlers.length > 0),
    withCallFilter: sources.filter(({ definition }) =>
      definition.blockHandlers.some(({ filter }) => filter.kind === 'call'),
    ),
  }
  indexes.set(sources, index)
  return index
}

function isAnywhere({ source }: Listener): boolean {
  return source.address === undefined
}

function topicsOf({ definition: { eventHandlers } }: DataSource): ReadonlyMap<Hex, readonly EventHandler[]> {
  const known = topicMaps.get(eventHandlers)
  if (known) return known
  const byTopic = Map.groupBy(eventHandlers, (handler) => handler.topic0)
  topicMaps.set(eventHandlers, byTopic)
  return byTopic
}

/** The data sources that have a handler for a log's address and first topic, in their order. */
function listeners(log: Log, { byAddress, anywhere }: Index): Heard[] {
  const [topic0] = log.topics
  if (topic0 === undefined) return []
  const here = byAddress.get(log.address) ?? []
  const all = anywhere.length === 0 ? here : [...here, ...anywhere].sort((a, b) => a.order - b.order)
  const heard: Heard[] = []
  for (const { source, byTopic } of all) {
    const handlers = byTopic.get(topic0)
    if (handlers) heard.push({ source, handlers })
  }
  return heard
}
