import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aCallsChain, alpha, beta, type CallsChain, gamma } from '../../test/calls-chain.ts'
import { aProxy, type Fault, type RpcCall } from '../../test/proxy.ts'
import { BlockGoneError, NoTracesError, RpcError } from '../errors.ts'
import type { Call } from './block.ts'
import { createRpc, type Rpc } from './rpc.ts'
import type { StreamFilter } from './step.ts'
import { blockCalls, checkTraces, rangeCalls } from './trace.ts'

let chain: CallsChain
beforeAll(async () => {
  chain = await aCallsChain()
})
afterAll(() => chain[Symbol.asyncDispose]())

const quiet = '0xde948799'
const filter: StreamFilter = {
  logs: [],
  wantsReceipts: false,
  calls: [
    { address: alpha, selectors: [quiet], fromBlock: 7 },
    { address: beta, fromBlock: 0, toBlock: 11 },
  ],
}

function places(calls: readonly Call[]): string[] {
  const names = new Map<string, string>([
    [alpha, 'alpha'],
    [beta, 'beta'],
    [gamma, 'gamma'],
  ])
  return calls.map(
    ({ blockNumber, transactionIndex, to, depth, isUndone }) =>
      `${blockNumber}.${transactionIndex} ${names.get(to)} at depth ${depth}${isUndone ? ', undone' : ''}`,
  )
}

const wanted = [
  '6.1 beta at depth 0',
  '7.0 beta at depth 1',
  '7.0 alpha at depth 1',
  '7.1 alpha at depth 0',
  '8.1 alpha at depth 2',
  '10.0 beta at depth 1',
  '11.1 beta at depth 0',
  '13.4 alpha at depth 0',
  '14.2 alpha at depth 0',
  '15.0 alpha at depth 1, undone',
]

const unknownMethod = (method: string): Fault => ({
  kind: 'refuse',
  code: -32601,
  message: `Method ${method} not found`,
})

async function behind(fault: (call: RpcCall) => Fault | null, ask: (rpc: Rpc) => Promise<void>): Promise<string[]> {
  await using proxy = await aProxy(chain.url, fault)
  await ask(createRpc(proxy.url))
  return proxy.calls.map(({ method }) => method)
}

describe('the calls of a range', () => {
  it('are those that someone listens to, but for failed ones, mere payments and creations', async () => {
    expect(places(await rangeCalls(chain.rpc, filter, 0, 18, {}))).toEqual(wanted)
  })

  it('are asked for in steps, and only as far as someone listens', async () => {
    const asked = await behind(
      () => null,
      async (rpc) => {
        await rangeCalls(rpc, filter, 0, 120, {})
        await rangeCalls(rpc, { ...filter, calls: [{ address: beta, fromBlock: 0, toBlock: 9 }] }, 10, 18, {})
      },
    )
    expect(asked.filter((method) => method === 'trace_filter')).toHaveLength(3)
  })

  it('come block by block from a node that has no trace_filter', async () => {
    const asked = await behind(
      ({ method }) => (method === 'trace_filter' ? unknownMethod(method) : null),
      async (rpc) => {
        expect(places(await rangeCalls(rpc, filter, 6, 18, {}))).toEqual(wanted)
        await rangeCalls(rpc, filter, 6, 7, {})
      },
    )
    expect(asked.filter((method) => method === 'trace_filter')).toHaveLength(1)
  })
})

it('refuses a node without traces, and says what to do', async () => {
  await behind(
    ({ method }) => (method.startsWith('trace_') ? unknownMethod(method) : null),
    async (rpc) => {
      await expect(checkTraces(rpc)).rejects.toThrow(NoTracesError)
      await expect(rangeCalls(rpc, filter, 0, 18, {})).rejects.toMatchObject({
        code: 'CHAIN_NO_TRACES',
        message: expect.stringContaining('Point --rpc at a node'),
      })
    },
  )
  await expect(checkTraces(chain.rpc)).resolves.toBeUndefined()
})

describe('the calls of one block', () => {
  it('are of that very block', async () => {
    const header = await chain.rpc.headerByNumber(7)
    if (!header) throw new Error('no block 7')
    expect(places(await blockCalls(chain.rpc, filter, header, {}))).toEqual(wanted.slice(1, 4))
    await expect(blockCalls(chain.rpc, filter, { ...header, hash: `0x${'00'.repeat(32)}` }, {})).rejects.toThrow(
      BlockGoneError,
    )
  })

  it('are asked for again where the node has not traced it yet', async () => {
    const [used, empty] = await Promise.all([7, 18].map((number) => chain.rpc.headerByNumber(number)))
    if (!used || !empty) throw new Error('no such blocks')
    const late: Rpc = { ...chain.rpc, request: async () => [] }
    await expect(blockCalls(late, filter, used, {})).rejects.toThrow(RpcError)
    expect(await blockCalls(late, filter, empty, {})).toEqual([])
  })
})
