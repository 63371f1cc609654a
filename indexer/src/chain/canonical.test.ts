import { expect, it } from 'vitest'
import { RpcError } from '../errors.ts'
import type { Header, Hex } from './block.ts'
import { canonicalBlock } from './canonical.ts'

const hashOf = (number: number, branch: string): Hex => `0x${branch}${number.toString(16).padStart(63, '0')}`

const header = (number: number, branch: string): Header =>
  ({ number, hash: hashOf(number, branch), parentHash: hashOf(number - 1, branch), timestamp: 12 * number }) as Header

const node = {
  headerByHash: async (hash: Hex) => [header(5, 'a'), header(5, 'b')].find((one) => one.hash === hash) ?? null,
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
