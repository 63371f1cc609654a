import { encodeAbiParameters, numberToHex, parseAbi } from 'viem'
import { expect, it } from 'vitest'
import { aBlock, aHash, aLog, aLogOf, anAddress } from '../../test/block.ts'
import { anEventHandler, aSource, transferEvent } from '../../test/source.ts'
import type { Log } from '../chain/block.ts'
import { eventTopic } from '../deployment/abi.ts'
import type { BlockHandler } from '../deployment/deployment.ts'
import { AmbiguousHandlersError } from '../errors.ts'
import { streamFilter } from './filter.ts'
import { matchTriggers } from './match.ts'
import type { Trigger } from './trigger.ts'

function aTransfer(part: Partial<Log> = {}): Log {
  return aLogOf(transferEvent, { from: anAddress(1), to: anAddress(2), value: 5n }, part)
}

function names(triggers: readonly Trigger[]): string[] {
  return triggers.map(
    (trigger) =>
      `${trigger.source.definition.name}.${trigger.handler}${trigger.kind === 'log' ? ` ${trigger.log.logIndex}` : ''}`,
  )
}

const every: BlockHandler = { handler: 'every', filter: { kind: 'every' } }
const once: BlockHandler = { handler: 'once', filter: { kind: 'once' } }
const polling: BlockHandler = { handler: 'polling', filter: { kind: 'polling', every: 4 } }

it('hands a log to its handler with its parameters and transaction', () => {
  const block = aBlock({ logs: [aTransfer()] })
  const source = aSource()
  expect(matchTriggers(block, [source])).toEqual([
    {
      kind: 'log',
      source,
      handler: 'handleTransfer',
      block,
      log: block.logs[0],
      params: [
        { name: 'from', value: { kind: 'address', value: anAddress(1) } },
        { name: 'to', value: { kind: 'address', value: anAddress(2) } },
        { name: 'value', value: { kind: 'uint', value: 5n } },
      ],
      transaction: block.transactions.get(aHash(0xabc)),
      receipt: null,
    },
  ])
})

it('orders once handlers, then logs by transaction and index, then other block handlers, by source each', () => {
  const a = aSource({ name: 'A', startBlock: 3, blockHandlers: [polling] })
  const b = aSource({ name: 'B', startBlock: 7, blockHandlers: [once, polling] })
  const c = aSource({ name: 'C', address: null, blockHandlers: [] })
  const logs = [
    aTransfer({ transactionIndex: 1, logIndex: 2 }),
    aTransfer({ transactionIndex: 0, logIndex: 1 }),
    aTransfer({ transactionIndex: 0, logIndex: 0, address: anAddress(0x71) }),
  ]
  expect(names(matchTriggers(aBlock({ logs }), [a, b, c]))).toEqual([
    'B.once',
    'C.handleTransfer 0',
    'A.handleTransfer 1',
    'B.handleTransfer 1',
    'C.handleTransfer 1',
    'A.handleTransfer 2',
    'B.handleTransfer 2',
    'C.handleTransfer 2',
    'A.polling',
    'B.polling',
  ])
})

it('keeps data sources quiet before their start and after their end', () => {
  const sources = [
    aSource({ name: 'Ended', endBlock: 6, blockHandlers: [every] }),
    aSource({ name: 'Early', startBlock: 8, blockHandlers: [every] }),
    aSource({ name: 'Live', startBlock: 7, endBlock: 7, blockHandlers: [every] }),
  ]
  expect(names(matchTriggers(aBlock({ logs: [aTransfer()] }), sources))).toEqual([
    'Live.handleTransfer 0',
    'Live.every',
  ])
})

it('polls from the start block on', () => {
  const source = aSource({ startBlock: 30, blockHandlers: [once, polling] })
  const fired = [29, 30, 31, 34, 38].map((number) => names(matchTriggers(aBlock({ header: { number } }), [source])))
  expect(fired).toEqual([[], ['Token.once', 'Token.polling'], [], ['Token.polling'], ['Token.polling']])
})

it('filters by topics: any of a position, all positions', () => {
  const pad = (n: number) => aHash(n)
  const handler = anEventHandler({ topics: [[pad(1), pad(9)], [pad(2)], []] })
  const to = (address: number) => aLogOf(transferEvent, { from: anAddress(1), to: anAddress(address), value: 1n })
  const source = aSource({ eventHandlers: [handler] })
  expect(matchTriggers(aBlock({ logs: [to(2)] }), [source])).toHaveLength(1)
  expect(matchTriggers(aBlock({ logs: [to(3)] }), [source])).toHaveLength(0)
})

it('skips logs that only look like the event', () => {
  const good = aTransfer()
  const tooFewTopics = aLog({ topics: good.topics.slice(0, 2), data: good.data })
  const tooShort = aLog({ topics: good.topics, data: '0x' })
  const noTopics = aLog({ data: good.data })
  expect(matchTriggers(aBlock({ logs: [tooFewTopics, tooShort, noTopics] }), [aSource()])).toEqual([])
})

it('refuses to choose between two handlers of one data source', () => {
  const source = aSource({ eventHandlers: [anEventHandler(), anEventHandler({ handler: 'other' })] })
  expect(() => matchTriggers(aBlock({ logs: [aTransfer()] }), [source])).toThrow(AmbiguousHandlersError)
  expect(() => matchTriggers(aBlock({ logs: [aTransfer()] }), [source])).toThrow('Multiple handlers defined for event')
})

it("says in graph-node's words where two handlers of one data source were found", () => {
  const source = aSource({ eventHandlers: [anEventHandler(), anEventHandler({ handler: 'other' })] })
  const log = aTransfer()
  const block = aBlock({ logs: [log] })
  const { number, hash } = block.header
  const said = `failed to process trigger: block #${number} (${hash}), transaction ${log.transactionHash.slice(2)}: Multiple handlers defined for event \`Transfer(indexed address,indexed address,uint256)\`, only one is supported`
  expect(() => matchTriggers(block, [source])).toThrow(
    expect.objectContaining({ facts: expect.objectContaining({ chain: said }) }),
  )
})

it('asks only those handlers of one data source whose event a log can be', () => {
  const [inData] = parseAbi(['event Transfer(address from, address to, uint256 value)'])
  const asData = anEventHandler({ abi: inData, event: 'Transfer(address,address,uint256)', handler: 'asData' })
  const source = aSource({ eventHandlers: [asData, anEventHandler({ handler: 'asTopics' })] })
  expect(names(matchTriggers(aBlock({ logs: [aTransfer()] }), [source]))).toEqual(['Token.asTopics 0'])
  expect(matchTriggers(aBlock({ logs: [aTransfer()] }), [aSource({ eventHandlers: [asData, asData] })])).toEqual([])
})

it('delivers indexed text, bytes, arrays and structs as the hash that the topic is', () => {
  const [event] = parseAbi(['event E(string indexed a, uint256[2] indexed b, int8 indexed c, string d)'])
  const topics = [
    eventTopic('E(string,uint256[2],int8,string)'),
    aHash(1),
    aHash(2),
    numberToHex(-3, { signed: true, size: 32 }),
  ]
  const log = aLog({ topics, data: encodeAbiParameters([{ type: 'string' }], ['plain']) })
  const handler = anEventHandler({ abi: event, event: 'E(indexed string,indexed uint256[2],indexed int8,string)' })
  const [trigger] = matchTriggers(aBlock({ logs: [log] }), [aSource({ eventHandlers: [handler] })])
  expect(trigger?.kind === 'log' && trigger.params.map((param) => param.value)).toEqual([
    { kind: 'fixedBytes', value: log.topics[1] },
    { kind: 'fixedBytes', value: log.topics[2] },
    { kind: 'int', value: -3n },
    { kind: 'string', value: 'plain' },
  ])
})

it('reads anonymous events from topic 0 on', () => {
  const [named] = parseAbi(['event Anon(uint256 indexed a, uint256 b)'])
  const event = { ...named, anonymous: true }
  const topic0 = aHash(5)
  const log = aLog({ topics: [topic0], data: aHash(6) })
  const handler = anEventHandler({ abi: event, event: 'Anon(indexed uint256,uint256)', topic0 })
  const [trigger] = matchTriggers(aBlock({ logs: [log] }), [aSource({ eventHandlers: [handler] })])
  expect(trigger?.kind === 'log' && trigger.params).toEqual([
    { name: 'a', value: { kind: 'uint', value: 5n } },
    { name: 'b', value: { kind: 'uint', value: 6n } },
  ])
})

it('gives a receipt to all handlers of a log as soon as one asks for it', () => {
  const receipt = {
    transactionHash: aHash(0xabc),
    transactionIndex: 0,
    blockHash: aHash(7),
    blockNumber: 7,
    cumulativeGasUsed: 1n,
    gasUsed: 1n,
    contractAddress: null,
    logs: [],
    status: 1n,
    root: null,
    logsBloom: '0x',
  } as const
  const block = aBlock({ logs: [aTransfer()], receipts: new Map([[receipt.transactionHash, receipt]]) })
  const plain = aSource({ name: 'Plain' })
  const asking = aSource({ eventHandlers: [anEventHandler({ receipt: true })] })
  const receipts = (sources: Parameters<typeof matchTriggers>[1]) =>
    matchTriggers(block, sources).map((trigger) => trigger.kind === 'log' && trigger.receipt)
  expect(receipts([plain])).toEqual([null])
  expect(receipts([plain, asking])).toEqual([receipt, receipt])
})

it('makes up a transaction with nothing but the hash where the chain has none', () => {
  const [trigger] = matchTriggers(aBlock({ logs: [aTransfer()], transactions: new Map() }), [aSource()])
  expect(trigger?.kind === 'log' && trigger.transaction).toMatchObject({ hash: aHash(0xabc), to: null, value: 0n })
})

it('asks the stream for exactly what the data sources listen to', () => {
  const filter = streamFilter([
    aSource({
      startBlock: 5,
      endBlock: 9,
      eventHandlers: [anEventHandler(), anEventHandler({ topics: [[aHash(1)], [], []], receipt: true })],
    }),
    aSource({ address: null, eventHandlers: [anEventHandler({ topic0: aHash(1) })] }),
    aSource({ startBlock: 30, endBlock: 60, eventHandlers: [], blockHandlers: [once, polling] }),
  ])
  expect(filter.logs).toEqual([
    { address: anAddress(0x70), topics0: [anEventHandler().topic0], fromBlock: 5, toBlock: 9 },
    { topics0: [aHash(1)], fromBlock: 0 },
  ])
  expect([29, 30, 31, 34, 62].map((number) => filter.wantsBlock?.(number))).toEqual([false, true, false, true, false])
  expect(filter.wantsReceipts).toBe(true)
  expect([filter.wantsReceipt?.(aTransfer()), filter.wantsReceipt?.(aLog({ topics: [aHash(1)] }))]).toEqual([
    true,
    false,
  ])
  expect(streamFilter([aSource()])).toMatchObject({ wantsReceipts: false })
  expect(streamFilter([aSource()]).wantsBlock).toBeUndefined()
})
