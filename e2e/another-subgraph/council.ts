/** The council's contract on a chain: compiled, deployed, and lived in for a while. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Abi, type Address, decodeFunctionResult, encodeFunctionData, type Hex, keccak256, toHex } from 'viem'
import { connect, type Rpc } from '../../contracts/rpc.ts'
import { until } from '../until.ts'

export interface Compiled {
  readonly abi: Abi
  readonly bytecode: Hex
}

interface Solc {
  compile(input: string): string
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts: Readonly<
    Record<string, Record<string, { abi: Abi; evm: { readonly bytecode: { readonly object: string } } }>>
  >
}

/** @throws with what the compiler says, if it refuses */
export async function compileCouncil(): Promise<Compiled> {
  const solc: Solc = createRequire(join(import.meta.dirname, '../../contracts/package.json'))('solc')
  const content = await readFile(join(import.meta.dirname, 'contracts/Council.sol'), 'utf8')
  const output: SolcOutput = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: { 'Council.sol': { content } },
        settings: { evmVersion: 'cancun', outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
      }),
    ),
  )
  const compiled = output.contracts?.['Council.sol']?.Council
  if (compiled === undefined) {
    throw new Error(output.errors?.map(({ formattedMessage }) => formattedMessage).join('\n') ?? 'solc said nothing')
  }
  return { abi: compiled.abi, bytecode: `0x${compiled.evm.bytecode.object}` }
}

/** What each choice is to the contract. */
export const choice = { against: 0, for: 1, abstain: 2 } as const

export interface Council {
  readonly address: Address
  /** Ada, Ben, Cleo and Dora: accounts of the node, which signs for them. */
  readonly people: readonly [Address, Address, Address, Address]
  /** Sends a transaction and waits for its block. @returns the block's number */
  send(from: Address, functionName: string, args?: readonly unknown[]): Promise<number>
  tallyOf(proposal: number): Promise<readonly bigint[]>
}

export async function deployCouncil(rpcUrl: string, { abi, bytecode }: Compiled): Promise<Council> {
  const rpc = connect(rpcUrl)
  const [ada = '0x', ben = '0x', cleo = '0x', dora = '0x'] = await rpc<Address[]>('eth_accounts')
  const { contractAddress: address } = await transact(rpc, { from: ada, data: bytecode })
  return {
    address,
    people: [ada, ben, cleo, dora],
    send: async (from, functionName, args = []) => {
      const receipt = await transact(rpc, { from, to: address, data: encodeFunctionData({ abi, functionName, args }) })
      return Number(receipt.blockNumber)
    },
    tallyOf: async (proposal) => {
      const data = encodeFunctionData({ abi, functionName: 'tallyOf', args: [BigInt(proposal)] })
      const answer = await rpc<Hex>('eth_call', { to: address, data }, 'latest')
      return decodeFunctionResult({ abi, functionName: 'tallyOf', data: answer }) as readonly bigint[]
    },
  }
}

/** The hash under which a text is proposed. */
export function topicOf(text: string): Hex {
  return keccak256(toHex(text))
}

interface Receipt {
  readonly status: Hex
  readonly blockNumber: Hex
  readonly contractAddress: Address
}

async function transact(rpc: Rpc, transaction: object): Promise<Receipt> {
  const hash = await rpc<Hex>('eth_sendTransaction', { ...transaction, gas: '0x300000' })
  const receipt = await until(
    `${hash} is in a block`,
    () => rpc<Receipt | null>('eth_getTransactionReceipt', hash),
    (found) => found !== null,
    10_000,
  )
  if (receipt?.status !== '0x1') throw new Error(`the transaction ${hash} failed`)
  return receipt
}
