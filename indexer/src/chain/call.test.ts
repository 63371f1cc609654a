import { expect, it } from 'vitest'
import { anAddress } from '../../test/block.ts'
import { aChain, type TestChain } from '../../test/chain.ts'
import { aProxy } from '../../test/proxy.ts'
import { RpcError } from '../errors.ts'
import type { BlockPtr, Hex } from './block.ts'
import { isRevert, stateAt } from './call.ts'
import { createRpc } from './rpc.ts'

/** Contracts written as bare opcodes, put where they are needed. */
const codes = {
  /** Returns the first word of what it is called with. */
  echo: '0x60003560005260206000f3',
  /** REVERT(0, 0) */
  reverts: '0x60006000fd',
  /** INVALID */
  invalid: '0xfe',
  /** JUMPDEST, PUSH 0, JUMP: until the gas is gone. */
  endless: '0x5b600056',
  /** Returns the gas it had. */
  gas: '0x5a60005260206000f3',
}

async function aChainWithCodes() {
  const chain = await aChain()
  const names = Object.keys(codes) as (keyof typeof codes)[]
  const at = Object.fromEntries(names.map((name, i) => [name, anAddress(0x1000 + i)])) as Record<
    keyof typeof codes,
    Hex
  >
  for (const name of names) await chain.do('anvil_setCode', at[name], codes[name])
  await chain.mine(1)
  return { chain, at, head: await headOf(chain) }
}

async function headOf(chain: TestChain): Promise<BlockPtr> {
  const header = await chain.rpc.headerByNumber('latest')
  if (!header) throw new Error('no head')
  return header
}

const word: Hex = `0x${'07'.padStart(64, '0')}`

it('answers many questions about one block in one batch', async () => {
  const { chain, at, head } = await aChainWithCodes()
  await using _ = chain
  await using proxy = await aProxy(chain.url, () => null)
  const rich = anAddress(0x99)
  await chain.do('anvil_setBalance', rich, '0x5')
  await chain.mine(1)
  const block = await headOf(chain)
  const answers = await stateAt(createRpc(proxy.url), block, [
    { kind: 'call', to: at.echo, data: word },
    { kind: 'balance', address: rich },
    { kind: 'code', address: at.echo },
    { kind: 'code', address: rich },
    { kind: 'call', to: rich, data: word },
  ])
  expect(answers).toEqual([word, 5n, true, false, '0x'])
  expect(proxy.calls[0]?.params).toEqual([
    { to: at.echo, data: word, input: word, gas: '0x2faf080' },
    { blockHash: block.hash },
  ])
  expect(head.number).toBeLessThan(block.number)
})

it('answers null for every way in which a contract can fail', async () => {
  const { chain, at, head } = await aChainWithCodes()
  await using _ = chain
  const failing = [at.reverts, at.invalid, at.endless].map((to) => ({ kind: 'call', to, data: word }) as const)
  expect(await stateAt(chain.rpc, head, failing)).toEqual([null, null, null])
})

it('gives every call the same gas', async () => {
  const { chain, at, head } = await aChainWithCodes()
  await using _ = chain
  const [gas] = await stateAt(chain.rpc, head, [{ kind: 'call', to: at.gas, data: '0x' }])
  expect(Number(gas)).toBeGreaterThan(49_900_000)
  expect(Number(gas)).toBeLessThan(50_000_000)
})

it('asks by number where the node does not take a hash', async () => {
  const { chain, at, head } = await aChainWithCodes()
  await using _ = chain
  await using proxy = await aProxy(chain.url, ({ params: [, block] }) =>
    typeof block === 'object'
      ? { kind: 'refuse', code: -32602, message: 'invalid argument 1: json: cannot unmarshal' }
      : null,
  )
  const rpc = createRpc(proxy.url)
  const question = { kind: 'call', to: at.echo, data: word } as const
  expect(await stateAt(rpc, head, [question])).toEqual([word])
  expect(await stateAt(rpc, head, [question])).toEqual([word])
  expect(proxy.calls.filter(({ method }) => method === 'eth_call')).toHaveLength(3)
})

it('says so when the block is gone', async () => {
  const { chain, at, head } = await aChainWithCodes()
  await using _ = chain
  await chain.do('anvil_reorg', 1, [])
  const asked = stateAt(chain.rpc, head, [{ kind: 'call', to: at.echo, data: word }])
  await expect(asked).rejects.toMatchObject({ code: 'CHAIN_BLOCK_GONE' })
})

it('does not take a failing node for a failing contract', async () => {
  const { chain, at, head } = await aChainWithCodes()
  await using _ = chain
  await using proxy = await aProxy(chain.url, () => ({ kind: 'refuse', code: -32000, message: 'missing trie node' }))
  const rpc = createRpc(proxy.url, { attempts: 1 })
  await expect(stateAt(rpc, head, [{ kind: 'call', to: at.echo, data: word }])).rejects.toThrow(RpcError)
})

it.each([
  [{ code: 3, message: 'execution reverted: no', data: '0x08c379a0' }, true],
  [{ code: -32000, message: 'execution reverted', data: undefined }, true],
  [{ code: -32000, message: 'invalid opcode: opcode 0xfe not defined', data: undefined }, true],
  [{ code: -32000, message: 'out of gas', data: undefined }, true],
  [{ code: -32603, message: 'VM Exception while processing transaction: revert', data: undefined }, true],
  [{ code: -32015, message: 'VM execution error.', data: 'Reverted 0x' }, true],
  [{ code: -32015, message: 'Transaction failed', data: 'Bad instruction fd' }, true],
  [{ code: -32015, message: 'Transaction failed', data: 'Database error' }, false],
  [{ code: -32000, message: 'header not found', data: undefined }, false],
  [{ code: -32603, message: 'Internal error', data: undefined }, false],
])('tells a revert from a failure: %o', (answer, expected) => {
  expect(isRevert(answer)).toBe(expected)
})
