import { readFileSync } from 'node:fs'
import { type Abi, encodeFunctionData } from 'viem'
import { type Anvil, startAnvil } from '../../contracts/anvil.ts'
import type { Hex } from '../src/chain/block.ts'
import { createRpc, type Rpc } from '../src/chain/rpc.ts'

/** The contract of the subgraph `calls`, as solc made it. */
const target: { readonly abi: Abi; readonly bytecode: Hex } = JSON.parse(
  readFileSync(new URL('./subgraphs/calls/abis/Target.json', import.meta.url), 'utf8'),
)

/** The first of anvil's unlocked accounts. */
const sender = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
/** Where its first three contracts live. */
export const alpha = '0x5fbdb2315678afecb367f032d93f642f64180aa3'
export const beta = '0xe7f1725e7734ce288f8367e1bb143e90bb3f0512'
export const gamma = '0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0'
/** No contract: whatever it is called with succeeds and returns nothing. */
export const nobody = '0x00000000000000000000000000000000000000ee'

interface Sent {
  readonly to?: Hex
  readonly data?: Hex
  readonly value?: number
}

/** A chain on which contracts call each other in every way, the same on every run. */
export interface CallsChain {
  readonly url: string
  readonly rpc: Rpc
  mine(count: number): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export function call(to: Hex, functionName: string, args: readonly unknown[], value = 0): Sent {
  return { to, data: encodeFunctionData({ abi: target.abi, functionName, args }), value }
}

/** Block 5 and before: three contracts. Then what each block holds, from block 6 on. */
export const callsBlocks: readonly (readonly Sent[])[] = [
  [call(alpha, 'loud', [10n]), call(beta, 'quiet', [11n]), call(alpha, 'act', [12n, 'hi'], 5)],
  [call(alpha, 'outer', [beta, 20n]), call(alpha, 'quiet', [30n])],
  [call(alpha, 'refuse', [1n]), call(alpha, 'attempt', [40n]), { to: alpha, value: 7 }],
  [
    { to: beta, value: 8 },
    { to: beta, data: '0x010203' },
  ],
  [call(alpha, 'lend', [beta, 50n])],
  [{ to: alpha, data: '0xdeadbeef' }, call(beta, 'quiet', [60n]), { to: alpha, data: '0xdeadbeef' }],
  [{ to: nobody, data: call(alpha, 'quiet', [61n]).data?.slice(0, 30) as Hex }, call(nobody, 'quiet', [62n])],
  [
    call(beta, 'quiet', [70n]),
    call(gamma, 'loud', [71n]),
    call(alpha, 'make', [gamma]),
    call(gamma, 'quiet', [72n]),
    call(alpha, 'quiet', [73n]),
  ],
  [call(gamma, 'quiet', [80n]), call(gamma, 'loud', [81n]), call(alpha, 'quiet', [82n])],
  [call(alpha, 'quietThenRefuse', [85n])],
  [call(nobody, 'outer', [beta, 90n])],
  [call(alpha, 'repeat', [beta, 4n])],
  [],
]

export async function aCallsChain(): Promise<CallsChain> {
  const anvil: Anvil = await startAnvil({
    timestamp: 1_700_000_000,
    args: ['--no-mining', '--order', 'fifo', '--hardfork', 'cancun', '--chain-id', '31337'],
  })
  const rpc = createRpc(anvil.url)
  const mine = async (count: number) => {
    await rpc.request('anvil_mine', [`0x${count.toString(16)}`])
  }
  const send = async ({ to, data = '0x', value = 0 }: Sent) => {
    const place = to === undefined ? {} : { to }
    const gas = '0x200000'
    await rpc.request('eth_sendTransaction', [{ from: sender, ...place, data, value: `0x${value.toString(16)}`, gas }])
  }
  for (let i = 0; i < 3; i++) await send({ data: target.bytecode })
  await mine(5)
  for (const block of callsBlocks) {
    // One after the other: anvil gives out nonces as they come.
    for (const one of block) await send(one)
    await mine(1)
  }
  return { url: anvil.url, rpc, mine, [Symbol.asyncDispose]: () => anvil.stop() }
}
