import {
  type Abi,
  type Address,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  numberToHex,
} from 'viem'
import { type Anvil, startAnvil } from '../../contracts/anvil.ts'
import { connect, type Rpc } from '../../contracts/rpc.ts'
import type { Contract } from './solidity.ts'

/** One transaction of a story: a call of a contract, by the role it has in its corpus entry. */
export interface Call {
  readonly to: Address
  readonly abi: Abi
  readonly fn: string
  readonly args?: readonly unknown[]
  /** In wei. */
  readonly value?: bigint
  /** Which of the chain's players sends it. */
  readonly from?: number
  /** Of this much only; a transaction that fails has a limit. */
  readonly gas?: bigint
  /** Sent instead of the encoded call. */
  readonly data?: Hex
}

/** The chain that both index. Stories are played on it block by block. */
export interface Chain {
  readonly rpcUrl: string
  readonly rpc: Rpc
  /** Accounts that stories send from; those of the example are not among them. */
  readonly players: readonly Address[]
  /** Where the next contract deployed will be. */
  deploy(contract: Contract, args?: readonly unknown[]): Promise<Address>
  send(call: Call): Promise<void>
  /** From now on a block is mined when we say so. The first one will be in the first minute of a day. */
  takeControl(): Promise<void>
  /** Closes a block that many seconds after the last one, with all that was sent. */
  mine(seconds?: number): Promise<void>
  head(): Promise<{ readonly number: number; readonly hash: Hex }>
  /** Null where there is no such block. */
  hashAt(number: number): Promise<Hex | null>
  /** Forgets all blocks since the call of `mark`, so that the next ones take their place. */
  mark(): Promise<() => Promise<void>>
  stop(): Promise<void>
}

const genesis = 1_700_000_000
/** The first accounts are the example's people. */
const firstPlayer = 20
const gas = 20_000_000n

export async function startChain(): Promise<Chain> {
  const anvil: Anvil = await startAnvil({
    timestamp: genesis,
    args: ['--order', 'fifo', '--accounts', '30', '--gas-limit', '1000000000', '--hardfork', 'cancun'],
  })
  const rpc = connect(anvil.url)
  const players = (await rpc<Address[]>('eth_accounts')).slice(firstPlayer)
  let time = 0
  let sent: Hex[] = []
  const nonces = new Map<Address, number>()

  const post = async (from: Address, transaction: object) => {
    const nonce = nonces.get(from) ?? Number(await rpc<Hex>('eth_getTransactionCount', from, 'pending'))
    nonces.set(from, nonce + 1)
    sent.push(await rpc<Hex>('eth_sendTransaction', { from, nonce: numberToHex(nonce), ...transaction }))
    return nonce
  }
  const playerAt = (index: number): Address => {
    const player = players[index]
    if (player === undefined) throw new Error(`the chain has no player ${index}`)
    return player
  }
  const head = async () => {
    const { number, hash, timestamp } = await rpc<{ number: Hex; hash: Hex; timestamp: Hex }>(
      'eth_getBlockByNumber',
      'latest',
      false,
    )
    return { number: Number(number), hash, timestamp: Number(timestamp) }
  }
  return {
    rpcUrl: anvil.url,
    rpc,
    players,
    head,
    deploy: async ({ abi, bytecode }, args = []) => {
      const from = playerAt(0)
      const nonce = await post(from, { data: encodeDeployData({ abi, bytecode, args }), gas: numberToHex(gas) })
      return getContractAddress({ from, nonce: BigInt(nonce) }).toLowerCase() as Address
    },
    send: async ({ to, abi, fn, args = [], value = 0n, from = 1, gas: limit = gas, data }) => {
      await post(playerAt(from), {
        to,
        data: data ?? encodeFunctionData({ abi, functionName: fn, args }),
        value: numberToHex(value),
        gas: numberToHex(limit),
      })
    },
    takeControl: async () => {
      await rpc('evm_setAutomine', false)
      time = Math.ceil((await head()).timestamp / 86_400) * 86_400
    },
    mine: async (seconds = 12) => {
      time += seconds
      await rpc('evm_setNextBlockTimestamp', time)
      await rpc('evm_mine')
      for (const hash of sent) {
        if ((await rpc('eth_getTransactionReceipt', hash)) === null) throw new Error(`${hash} was not mined`)
      }
      sent = []
    },
    hashAt: async (number) => {
      const block = await rpc<{ hash: Hex } | null>('eth_getBlockByNumber', numberToHex(number), false)
      return block?.hash ?? null
    },
    mark: async () => {
      const snapshot = await rpc('evm_snapshot')
      const then = { time, nonces: new Map(nonces) }
      return async () => {
        await rpc('evm_revert', snapshot)
        time = then.time
        for (const [player, nonce] of then.nonces) nonces.set(player, nonce)
      }
    },
    stop: () => anvil.stop(),
  }
}
