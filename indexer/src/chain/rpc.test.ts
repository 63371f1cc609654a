import { expect, it } from 'vitest'
import { aChain } from '../../test/chain.ts'
import { aProxy } from '../../test/proxy.ts'
import { RpcError } from '../errors.ts'
import { createRpc, RpcRefusal } from './rpc.ts'

it('sends what is asked in the same moment as one batch', async () => {
  await using chain = await aChain()
  let requests = 0
  await using proxy = await aProxy(chain.url, ({ id }) => {
    if (id === proxy.calls[0]?.id) requests++
    return null
  })
  const rpc = createRpc(proxy.url)
  const headers = await Promise.all([0, 1, 7].map((number) => rpc.headerByNumber(number)))
  expect(headers.map((header) => header?.number)).toEqual([0, 1, undefined])
  expect({ requests, calls: proxy.calls.length }).toEqual({ requests: 1, calls: 3 })
})

it('tells a refusal from a failure', async () => {
  await using chain = await aChain()
  await using proxy = await aProxy(chain.url, ({ method }) =>
    method === 'eth_call'
      ? { kind: 'refuse', code: 3, message: 'execution reverted', data: '0x12' }
      : { kind: 'status', status: 500 },
  )
  const rpc = createRpc(proxy.url, { attempts: 2 })
  await expect(rpc.request('eth_call', [])).rejects.toMatchObject({
    answer: { code: 3, message: 'execution reverted', data: '0x12' },
  })
  await expect(rpc.chainId()).rejects.not.toBeInstanceOf(RpcRefusal)
  expect(proxy.calls.map((call) => call.method)).toEqual(['eth_call', 'eth_chainId', 'eth_chainId'])
})

it('asks again when the node says that it is busy', async () => {
  await using chain = await aChain()
  let refusals = 2
  await using proxy = await aProxy(chain.url, () =>
    refusals-- > 0
      ? { kind: 'refuse', code: -32005, message: 'daily request count exceeded, request rate limited, rate limit' }
      : null,
  )
  expect(await createRpc(proxy.url).chainId()).toBe(31_337)
})

it('gives up on an answer that does not come', async () => {
  await using chain = await aChain()
  await using proxy = await aProxy(chain.url, () => ({ kind: 'hang' }))
  const rpc = createRpc(proxy.url, { attempts: 1, timeoutMs: 50 })
  await expect(rpc.chainId()).rejects.toThrow('it took too long')
})

it('keeps the address of the node, and the key in it, out of its errors', async () => {
  const proxy = await aProxy('http://127.0.0.1:9', () => null)
  await proxy[Symbol.asyncDispose]()
  for (const host of [proxy.url, proxy.url.replace('127.0.0.1', 'localhost')]) {
    const rpc = createRpc(`${host}/v2/secret-key`, { attempts: 1 })
    const error = await rpc.chainId().catch((caught: unknown) => caught)
    if (!(error instanceof RpcError)) throw error
    expect(error.message).toContain('ECONNREFUSED')
    expect(JSON.stringify([error.message, error.facts, error.stack, error.cause ?? null])).not.toContain('secret')
  }
})

it('refuses an answer that makes no sense', async () => {
  await using chain = await aChain()
  await using proxy = await aProxy(chain.url, () => null)
  const rpc = createRpc(proxy.url)
  expect(await rpc.headerByNumber(999)).toBe(null)
  await expect(rpc.logs({ topics0: [], fromBlock: 0, toBlock: 0 })).resolves.toEqual([])
})

it('knows a chain on this machine, and its genesis', async () => {
  await using chain = await aChain()
  expect(await chain.rpc.isLocal()).toBe(true)
  expect(await chain.rpc.genesis()).toMatchObject({ number: 0, hash: expect.stringMatching(/^0x[0-9a-f]{64}$/) })
})
