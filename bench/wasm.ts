/**
 * What a mapping costs: handlers per second of one core for an ERC-20 transfer (two entities loaded, changed and saved, one
 * made), with no chain and no database around it.
 *
 *     node bench/wasm.ts [--events 30000]
 */
import { parseArgs } from 'node:util'
import type { Block, Header, Hex } from '../indexer/src/chain/block.ts'
import { staticSources } from '../indexer/src/deployment/data-source.ts'
import { loadDeployment } from '../indexer/src/deployment/deployment.ts'
import { EntityCache } from '../indexer/src/entity/cache.ts'
import { matchTriggers } from '../indexer/src/trigger/match.ts'
import type { Trigger } from '../indexer/src/trigger/trigger.ts'
import { runHandler, runHandlerAfresh } from '../indexer/src/wasm/handler.ts'
import { compileModule } from '../indexer/src/wasm/module.ts'
import { buildSubgraph } from '../indexer/test/subgraph.ts'

const ACCOUNTS = 1000
const EVENTS_PER_BLOCK = 50

const { values } = parseArgs({ options: { events: { type: 'string', default: '30000' } } })
const deployment = await loadDeployment(await buildSubgraph('erc20'))
const sources = staticSources(deployment)
const [bytes] = deployment.modules.values()
if (!bytes) throw new Error('The ERC-20 subgraph has no module.')
const module = compileModule(bytes)
const triggers = transfers(Number(values.events)).flatMap((block) => matchTriggers(block, sources))

const rows = [
  measure('restored instance', triggers, mapping(runHandler)),
  measure('new instance for each', triggers.slice(0, 3000), mapping(runHandlerAfresh)),
  measure('plain JavaScript (the ceiling)', triggers, plainMapping()),
]
console.table(Object.fromEntries(rows))

/** In seconds of processor time, as other work may share the machine; best of three. */
function measure(name: string, work: readonly Trigger[], run: (trigger: Trigger) => void) {
  const rates = [1, 2, 3].map(() => {
    const before = process.cpuUsage()
    for (const trigger of work) run(trigger)
    const { user, system } = process.cpuUsage(before)
    return (work.length / (user + system)) * 1_000_000
  })
  const best = Math.max(...rates)
  return [name, { 'events/s': Math.round(best), 'µs/event': Number((1_000_000 / best).toFixed(2)) }] as const
}

/** The compiled mapping over the indexer's own entity cache, a block ended whenever the next begins. */
function mapping(call: typeof runHandler): (trigger: Trigger) => void {
  const store = new EntityCache(deployment.schema, { load: () => null, loadRelated: () => [] })
  const chain = { call: () => null, balance: () => 0n, hasCode: () => false }
  const host = { store, chain, templates: new Map() }
  let current = -1
  return (trigger) => {
    const { header } = trigger.block
    if (header.number !== current) {
      if (current >= 0) {
        store.endBlock()
        store.committed()
      }
      store.beginBlock(header)
      current = header.number
    }
    call(module, trigger, host)
  }
}

/** The same mapping, written down in JavaScript over plain maps. */
function plainMapping(): (trigger: Trigger) => void {
  const balances = new Map<string, bigint>()
  const transferEvents = new Map<string, object>()
  return (trigger) => {
    if (trigger.kind !== 'log') return
    const [from, to, value] = trigger.params.map((param) => param.value)
    if (from?.kind !== 'address' || to?.kind !== 'address' || value?.kind !== 'uint') return
    balances.set(from.value, (balances.get(from.value) ?? 0n) - value.value)
    balances.set(to.value, (balances.get(to.value) ?? 0n) + value.value)
    const { number, timestamp } = trigger.block.header
    const id = `${trigger.transaction.hash}${trigger.log.logIndex.toString(16).padStart(8, '0')}`
    transferEvents.set(id, { id, amount: value.value, block: number, timestamp, from: from.value, to: to.value })
  }
}

function transfers(count: number): Block[] {
  const [token] = sources
  if (!token?.address) throw new Error('The ERC-20 subgraph has no address.')
  const address = token.address
  return Array.from({ length: Math.ceil(count / EVENTS_PER_BLOCK) }, (_, index) => {
    const header = headerAt(index + 1)
    const logs = Array.from({ length: EVENTS_PER_BLOCK }, (_, logIndex) => ({
      address,
      topics: [
        '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef' as const,
        word((index * 7 + logIndex * 13) % ACCOUNTS),
        word((index * 11 + logIndex * 17 + 1) % ACCOUNTS),
      ],
      data: word(BigInt(index + 1) * 1_000_000_000_000_000_000n),
      blockHash: header.hash,
      blockNumber: header.number,
      transactionHash: word((index + 1) * 1000 + logIndex),
      transactionIndex: logIndex,
      logIndex,
    }))
    const transactions = new Map(
      logs.map(({ transactionHash, transactionIndex }) => [
        transactionHash,
        {
          hash: transactionHash,
          index: transactionIndex,
          from: `0x${'5e'.repeat(20)}` as const,
          to: address,
          value: 0n,
          gasLimit: 60_000n,
          gasPrice: 30_000_000_000n,
          input: `0xa9059cbb${'00'.repeat(64)}` as const,
          nonce: 7n,
        },
      ]),
    )
    return { header, logs, transactions, receipts: new Map() }
  })
}

function headerAt(number: number): Header {
  return {
    number,
    hash: word(number * 2 + 1),
    parentHash: word(number * 2 - 1),
    timestamp: 1_700_000_000 + number * 12,
    unclesHash: word(1),
    author: `0x${'aa'.repeat(20)}`,
    stateRoot: word(2),
    transactionsRoot: word(3),
    receiptsRoot: word(4),
    gasUsed: 12_345_678n,
    gasLimit: 30_000_000n,
    difficulty: 0n,
    totalDifficulty: 58_750_003_716_598_352_816_469n,
    size: 54_321n,
    baseFeePerGas: 12_000_000_000n,
  }
}

function word(value: number | bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}
