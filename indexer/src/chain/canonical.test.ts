import { expect, it } from 'vitest'
import { RpcError } from '../errors.ts'
import type { Header, Hex } from './block.ts'
import { blockLookup, canonicalBlock } from './canonical.ts'

const hashOf = (number: number, branch: string): Hex => `0x${branch}${number.toString(16).padStart(63, '0')}`

const header = (number: number, branch: string): Header =>
  ({ number, hash: hashOf(number, branch), parentHash: hashOf(number - 1, branch), timestamp: 12 * number }) as Header

const node = {
  headerByHash: async (hash: Hex, _?: unknown) =>
    [header(5, 'a'), header(5, 'b')].find((one) => one.hash === hash) ?? null,
  headerByNumber: async (number: number | 'latest') => header(Number(number), 'a'),
}

it('knows a block of the chain by its hash, and none of a branch that was left', async () => {
  expect(await canonicalBlock(node, hashOf(5, 'a'))).toEqual({
    number: 5,
    hash: hashOf(5, 'a'),
    parentHash: hashOf(4, 'a'),
    timestamp: 60,
  })
  expect(await canonicalBlock(node, hashOf(5, 'b'))).toBeNull()
  expect(await canonicalBlock(node, hashOf(6, 'a'))).toBeNull()
  expect(await canonicalBlock(node, '0x12')).toBeNull()
})

it('knows none while the node is away', async () => {
  const away = { ...node, headerByHash: () => Promise.reject(new RpcError('eth_getBlockByHash', 'nobody there')) }
  expect(await canonicalBlock(away, hashOf(5, 'a'))).toBeNull()
})

it('asks the node only so often for what strangers name', async () => {
  let asked = 0
  const counted = { ...node, headerByHash: (hash: Hex) => node.headerByHash(hash, asked++) }
  const lookup = blockLookup(counted, { perSecond: 5, goodForMs: 60_000 })
  const known = [lookup(hashOf(5, 'a')), lookup(hashOf(5, 'a'))]
  expect((await Promise.all(known)).map((block) => block?.number)).toEqual([5, 5])
  expect(asked).toBe(1)
  const strange = await Promise.all(Array.from({ length: 1_000 }, (_, i) => lookup(hashOf(i, 'c'))))
  expect(strange.every((block) => block === null)).toBe(true)
  expect(asked).toBeLessThan(50)
  expect(await lookup(hashOf(5, 'a'))).toMatchObject({ number: 5 })
})
