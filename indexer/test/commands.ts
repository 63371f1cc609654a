import { encodeAbiParameters } from 'viem'
import { startAnvil } from '../../contracts/anvil.ts'
import type { Hex } from '../src/chain/block.ts'
import { createRpc, type Rpc } from '../src/chain/rpc.ts'
import { eventTopic } from '../src/deployment/abi.ts'

/** A real anvil with a contract that logs `Did(what, number)`, which is what mappings of `subgraphs/files` obey. */
export interface CommandChain extends AsyncDisposable {
  readonly rpc: Rpc
  /** One block, with one transaction for each command; a number goes with it where one is given. */
  block(...commands: readonly (string | readonly [what: string, number: bigint])[]): Promise<void>
  /** Any other method of the node. */
  do(method: string, ...params: readonly unknown[]): Promise<unknown>
}

/** The first of anvil's unlocked accounts; its first contract is the one in the manifest. */
const sender = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

/** Copies what follows the first word to memory, and logs it with the first word as its topic; behind a constructor. */
const echo = '0x7160203603806020600037600035906000a1006000526012600ef3'

/** The contract is deployed in block 1. */
export async function commandChain(): Promise<CommandChain> {
  const anvil = await startAnvil({ args: ['--no-mining', '--order', 'fifo'] })
  const rpc = createRpc(anvil.url)
  const call = (method: string, ...params: readonly unknown[]) => rpc.request(method, params, { attempts: 1 })
  const creation = await call('eth_sendTransaction', { from: sender, data: echo, gas: '0x30d40' })
  await call('anvil_mine', '0x1')
  const contract = (await rpc.receipt(creation as Hex))?.contractAddress
  return {
    rpc,
    do: call,
    block: async (...commands) => {
      // One after the other: anvil gives out nonces as they come.
      for (const command of commands) {
        const [what, number] = typeof command === 'string' ? [command, 0n] : command
        const values = encodeAbiParameters([{ type: 'string' }, { type: 'int256' }], [what, number])
        const data = `${eventTopic('Did(string,int256)')}${values.slice(2)}`
        await call('eth_sendTransaction', { from: sender, to: contract, data, gas: '0xf4240' })
      }
      await call('anvil_mine', '0x1')
    },
    [Symbol.asyncDispose]: () => anvil.stop(),
  }
}
