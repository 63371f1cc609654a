import { once } from 'node:events'
import { type Hex, numberToHex } from 'viem'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { startAnvil } from '../../../contracts/anvil.ts'
import {
  type BlockPlace,
  type ChaosChain,
  evmArgs,
  evmChain,
  GeneratedChain,
  hashOf,
  roll,
  serveNode,
} from './index.ts'

const token: Hex = '0x00000000000000000000000000000000000000aa'
const topic = hashOf('Said')

/** Two logs in each block, of which the second differs from branch to branch. */
const logsOf = ({ number, branch }: BlockPlace) => [
  { address: token, topics: [topic], data: hashOf(number) },
  { address: token, topics: [topic, hashOf('branch', branch)], data: hashOf(number, branch) },
]

const aChain = (blocks = 10) => new GeneratedChain({ seed: 'test', blocks, logsOf })

async function aNode(chain: ChaosChain = aChain()) {
  const node = await serveNode(chain)
  onTestFinished(() => node.close())
  return node
}

async function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

async function ask(url: string, method: string, ...params: unknown[]) {
  const response = await post(url, { jsonrpc: '2.0', id: 1, method, params })
  return (await response.json()) as { result?: never; error?: { code: number; message: string } }
}

describe('a generated chain', () => {
  it('is the same for the same seed, and another for another', async () => {
    const hashes = async (seed: string) => {
      const chain = new GeneratedChain({ seed, blocks: 5, logsOf })
      await chain.reorg({ depth: 2 })
      return [await chain.hashAt(5), (await chain.logs()).length]
    }

    expect(await hashes('one')).toEqual(await hashes('one'))
    expect(await hashes('one')).not.toEqual(await hashes('two'))
  })

  it.each([
    ['other', 10, true],
    ['same', 10, false],
    ['none', 7, true],
  ] as const)('replaces three blocks, their logs %s', async (logs, blocksWithLogs, differs) => {
    const chain = aChain()
    const [before, hash] = [await chain.logs(), await chain.hashAt(8)]

    await chain.reorg({ depth: 3, logs })

    const after = await chain.logs()
    expect(chain.head).toBe(10)
    expect(await chain.hashAt(7)).toBe(before.findLast(({ blockNumber }) => blockNumber === 7)?.blockHash)
    expect(await chain.hashAt(8)).not.toBe(hash)
    expect(after).toHaveLength(2 * blocksWithLogs)
    expect(after.map(({ data }) => data).join() !== before.map(({ data }) => data).join()).toBe(differs)
  })

  it('becomes shorter where fewer blocks come than go', async () => {
    const chain = aChain()
    const gone = await chain.hashAt(9)

    await chain.reorg({ depth: 6, blocks: 3 })

    expect(chain.head).toBe(7)
    expect(await chain.answer('eth_getBlockByNumber', ['0x9', false])).toBeNull()
    expect(await chain.answer('eth_getBlockByHash', [gone, false])).toMatchObject({ number: '0x9' })
  })

  it('gives logs by range and block, address and topics, and receipts of what is canonical', async () => {
    const chain = aChain()
    const logs = (query: object) => chain.answer('eth_getLogs', [query]) as Promise<{ transactionHash: Hex }[]>
    const inTwo = await logs({ fromBlock: '0x2', toBlock: '0x2' })

    expect(await logs({ fromBlock: '0x1', toBlock: 'latest' })).toHaveLength(20)
    expect(await logs({ blockHash: await chain.hashAt(2), topics: [topic, null] })).toEqual([inTwo[1]])
    expect(await logs({ fromBlock: '0x0', toBlock: 'latest', address: [hashOf('x').slice(0, 42)] })).toEqual([])
    const [receipt] = await Promise.all(
      inTwo.map(({ transactionHash }) => chain.answer('eth_getTransactionReceipt', [transactionHash])),
    )
    expect(receipt).toMatchObject({ blockNumber: '0x2', logs: [inTwo[0]] })
    await chain.reorg({ depth: 10 })
    expect(await chain.answer('eth_getTransactionReceipt', [inTwo[0]?.transactionHash])).toBeNull()
  })
})

describe('a chain with an EVM behind it', () => {
  /** PUSH 0, CALLDATALOAD, PUSH 0, PUSH 0, LOG1, STOP: behind a constructor that returns just that. */
  const loggerCode = '0x6860003560006000a10060005260096017f3'
  const logger = '0x5fbdb2315678afecb367f032d93f642f64180aa3'
  const transactionsOf = ({ seed, number, branch }: BlockPlace) =>
    number === 1 ? [{ data: loggerCode } as const] : [{ to: logger, data: hashOf(seed, number, branch) } as const]

  async function anEvm(seed = 'one') {
    const anvil = await startAnvil({ timestamp: 1_700_000_000, args: evmArgs })
    onTestFinished(() => anvil.stop())
    return evmChain({ url: anvil.url, seed, blocks: 8, transactionsOf })
  }
  const said = async (chain: ChaosChain) => (await chain.logs()).map(({ topics }) => topics[0])
  const hashes = (chain: ChaosChain) => Promise.all([1, 5, 6, 8].map((number) => chain.hashAt(number)))

  it('is reorganised in the same ways', async () => {
    const chain = await anEvm()
    const before = await said(chain)
    const hash = await chain.hashAt(6)

    await chain.reorg({ depth: 3, logs: 'same' })
    const same = await said(chain)
    const otherHash = await chain.hashAt(6)
    await chain.reorg({ depth: 3, logs: 'other' })
    const other = await said(chain)
    await chain.reorg({ depth: 4, blocks: 2, logs: 'none' })

    expect(before).toEqual([2, 3, 4, 5, 6, 7, 8].map((number) => hashOf('one', number, 0)))
    expect(same).toEqual(before)
    expect(otherHash).not.toBe(hash)
    expect(other).toEqual([...before.slice(0, 4), ...[6, 7, 8].map((number) => hashOf('one', number, 2))])
    expect(chain.head).toBe(6)
    expect(await said(chain)).toEqual(before.slice(0, 3))
    expect(await chain.answer('eth_getBlockByHash', [hash, false])).toMatchObject({ number: '0x6' })
    await expect(chain.answer('eth_getLogs', [{ blockHash: hash }])).rejects.toThrow('unknown block')
  })

  it('is the same for the same seed, reorgs included, and another for another', async () => {
    const chains = await Promise.all(['one', 'one', 'two'].map(anEvm))
    for (const chain of chains) await chain.reorg({ depth: 2, blocks: 3 })
    const [first, again, other] = await Promise.all(chains.map(hashes))

    expect(again).toEqual(first)
    expect(other?.some((hash, i) => hash === first?.[i])).toBe(false)
  })

  it('shows nobody the middle of a reorg, and tells its blocks to who listens', async () => {
    const chain = await anEvm()
    const told: unknown[] = []
    chain.onHead(({ number }) => told.push(number))
    const seen = new Set<unknown>()
    let isChanging = true
    const asking = (async () => {
      while (isChanging) {
        const latest = (await chain.answer('eth_getBlockByNumber', ['latest', false])) as { number: Hex }
        seen.add(latest.number).add(numberToHex(chain.head))
      }
    })()

    for (let i = 0; i < 5; i++) await chain.reorg({ depth: 5 })
    isChanging = false
    await asking

    expect([...seen]).toEqual(['0x8'])
    expect(told.slice(0, 6)).toEqual(['0x4', '0x5', '0x6', '0x7', '0x8', '0x4'])
  })
})

describe('a node', () => {
  it.each([
    ['busy', 429, '{"error":{"code":429,"message":"rate limited"}}'],
    ['gateway', 502, '<html>502 Bad Gateway</html>'],
    ['error', 200, '{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"internal error, try again"}}'],
    ['malformed', 200, '{"jsonrpc":"2.0","result":<'],
    ['truncated', 200, '{"jsonrpc":"2.0","i'],
    ['dropped', undefined, undefined],
  ] as const)('breaks as told: %s', async (kind, status, text) => {
    const node = await aNode()
    const body = { jsonrpc: '2.0', id: 7, method: 'eth_blockNumber' }

    node.faults.set({ broken: { share: 1, kinds: [kind] } })
    const answer = await post(node.url, body).catch(() => null)

    expect([answer?.status, await answer?.text()]).toEqual([status, text])
    node.faults.clear()
    expect(await (await post(node.url, body)).json()).toEqual({ jsonrpc: '2.0', id: 7, result: '0xa' })
    expect(node.traffic).toMatchObject({ requests: 2, broken: 1 })
  })

  it('leaves without an answer only what it is to leave', async () => {
    const node = await aNode()
    node.faults.set({ broken: { share: 1, kinds: ['silentLogs'] } })
    const logs = post(node.url, { id: 1, method: 'eth_getLogs', params: [{}] }).catch(() => 'cut off')

    expect(await ask(node.url, 'eth_blockNumber')).toMatchObject({ result: '0xa' })
    await node.close()
    expect(await logs).toBe('cut off')
  })

  it('breaks the share of requests that the dice say, the same for the same seed', async () => {
    const rolls = Array.from({ length: 1000 }, (_, i) => roll('faults', i) < 0.125)

    expect(rolls.filter(Boolean).length).toBeGreaterThan(90)
    expect(rolls.filter(Boolean).length).toBeLessThan(160)
  })

  it('lags, and then knows nothing of newer blocks', async () => {
    const chain = aChain()
    const node = await aNode(chain)

    node.faults.set({ behind: 3 })

    expect(await ask(node.url, 'eth_blockNumber')).toMatchObject({ result: '0x7' })
    expect(await ask(node.url, 'eth_getBlockByNumber', 'latest', false)).toMatchObject({ result: { number: '0x7' } })
    expect(await ask(node.url, 'eth_getBlockByNumber', '0x8', false)).toMatchObject({ result: null })
    expect(await ask(node.url, 'eth_getBlockByHash', await chain.hashAt(9), false)).toMatchObject({ result: null })
    expect((await ask(node.url, 'eth_getLogs', { fromBlock: '0x1', toBlock: 'latest' })).result).toHaveLength(14)
  })

  it.each([
    [{ maxRange: 4 }, 'block range is too wide, maximum allowed is 4 blocks'],
    [{ maxLogs: 5 }, 'query returned more than 5 results'],
    [{ maxBytes: 500 }, 'Response is too big'],
  ])('refuses what goes beyond %o', async (faults, message) => {
    const node = await aNode()
    node.faults.set(faults)

    expect(await ask(node.url, 'eth_getLogs', { fromBlock: '0x1', toBlock: '0x9' })).toMatchObject({
      error: { message },
    })
    expect(node.traffic.ranges).toEqual([9])
  })

  it('tells of logs what is not so', async () => {
    const node = await aNode()
    const logs = async (faults: object): Promise<{ data: Hex }[]> => {
      node.faults.set(faults)
      return (await ask(node.url, 'eth_getLogs', { fromBlock: '0x1', toBlock: 'latest' })).result ?? []
    }
    const honest = await logs({})

    expect(await logs({ lies: 'omits' })).toEqual(honest.filter((_, i) => i % 2 === 1))
    const altered = await logs({ lies: 'alters' })
    expect(altered.map((log, i) => [log.data.length, log.data === honest[i]?.data])).toEqual(
      honest.map(({ data }) => [data.length, false]),
    )
    expect(await logs({ duplicates: true })).toHaveLength(40)
    const shuffled = await logs({ shuffles: true })
    expect(shuffled).not.toEqual(honest)
    expect(new Set(shuffled.map((log) => JSON.stringify(log)))).toEqual(
      new Set(honest.map((log) => JSON.stringify(log))),
    )
  })

  it('has thrown old state away', async () => {
    const node = await aNode()
    node.faults.set({ prunedBelow: 5 })

    expect(await ask(node.url, 'eth_call', { to: token }, '0x4')).toMatchObject({ error: { code: -32000 } })
    expect(await ask(node.url, 'eth_call', { to: token }, '0x5')).toMatchObject({ result: '0x' })
  })

  it('notes what it was asked that the chain does not have', async () => {
    const node = await aNode()

    expect(await ask(node.url, 'debug_something')).toMatchObject({ error: { code: -32601 } })
    expect([...node.traffic.unknown]).toEqual(['debug_something'])
  })

  it('tells new heads to who subscribes, unless its sockets are silent', async () => {
    const chain = aChain()
    const node = await aNode(chain)
    const socket = new WebSocket(node.wsUrl)
    const heard: string[] = []
    socket.on('message', (data) => {
      const { params, result } = JSON.parse(data.toString())
      heard.push(params?.result.number ?? result)
    })
    const send = (method: string, ...params: unknown[]) => {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
      return expect.poll(() => heard.length)
    }
    await once(socket, 'open')

    await send('eth_subscribe', 'newHeads').toBe(1)
    await chain.mine()
    node.faults.set({ silentSocket: true })
    await chain.mine()
    await send('eth_blockNumber').toBe(3)
    node.faults.set({ confusedSocket: true })
    await chain.mine()
    await send('eth_blockNumber').toBe(7)
    socket.close()

    expect(heard).toEqual(['0x1', '0xb', '0xc', '0xd', '0xb', '0xd', '0xd'])
  })
})
