import { type Anvil, type AnvilOptions, startAnvil } from '../../contracts/anvil.ts'
import type { Hex } from '../src/chain/block.ts'
import { createRpc, type Rpc } from '../src/chain/rpc.ts'
import { aHash } from './block.ts'

/** A real anvil with one contract on it, which logs whatever topic it is called with. */
export interface TestChain {
  readonly url: string
  readonly rpc: Rpc
  /** Deployed in block 1. */
  readonly logger: Hex
  /** Sends one transaction for each topic and mines them into one block. */
  emit(...topics: readonly number[]): Promise<void>
  mine(count: number): Promise<void>
  /** Any other method of the node. */
  do(method: string, ...params: readonly unknown[]): Promise<unknown>
  [Symbol.asyncDispose](): Promise<void>
}

/** The first of anvil's unlocked accounts. */
const sender = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

/** PUSH 0, CALLDATALOAD, PUSH 0, PUSH 0, LOG1, STOP: behind a constructor that returns just that. */
const loggerCode = '0x6860003560006000a10060005260096017f3'

export async function aChain(options: AnvilOptions = {}): Promise<TestChain> {
  const anvil: Anvil = await startAnvil({
    ...options,
    args: ['--no-mining', '--order', 'fifo', ...(options.args ?? [])],
  })
  const rpc = createRpc(anvil.url)
  const call = (method: string, ...params: readonly unknown[]) => rpc.request(method, params, { attempts: 1 })
  const mine = async (count: number) => {
    await call('anvil_mine', `0x${count.toString(16)}`)
  }
  const creation = await call('eth_sendTransaction', { from: sender, data: loggerCode, gas: '0x30d40' })
  await mine(1)
  const receipt = await rpc.receipt(creation as Hex)
  if (!receipt?.contractAddress) throw new Error('the logger was not deployed')
  const logger = receipt.contractAddress
  return {
    url: anvil.url,
    rpc,
    logger,
    mine,
    do: call,
    emit: async (...topics) => {
      // One after the other: anvil gives out nonces as they come.
      for (const topic of topics) {
        await call('eth_sendTransaction', { from: sender, to: logger, data: aHash(topic), gas: '0x186a0' })
      }
      await mine(1)
    },
    [Symbol.asyncDispose]: () => anvil.stop(),
  }
}
