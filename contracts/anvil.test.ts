import { expect, it } from 'vitest'
import { startAnvil } from './anvil.ts'
import { connect } from './rpc.ts'

it('listens on a port of its own, from the genesis it was given', async () => {
  await using anvil = await startAnvil({ timestamp: 1_700_000_000 })
  const genesis = await connect(anvil.url)<{ timestamp: string }>('eth_getBlockByNumber', '0x0', false)
  expect(Number(genesis.timestamp)).toBe(1_700_000_000)
})

it('is gone once it was stopped', async () => {
  const anvil = await startAnvil()
  await anvil.stop()
  await anvil.stop()
  await expect(connect(anvil.url)('eth_chainId')).rejects.toThrow('The chain does not answer')
})

it('says why it did not start', async () => {
  await using anvil = await startAnvil()
  const port = Number(new URL(anvil.url).port)
  await expect(startAnvil({ port })).rejects.toThrow(/Address already in use/)
  await expect(startAnvil({ args: ['--nonsense'] })).rejects.toThrow(/--nonsense/)
})
