import type { Address, Hex } from 'viem'
import { readJson } from './json-file.ts'
import { type DeployedName, deployedNames } from './names.ts'
import type { Rpc } from './rpc.ts'

/** Where the contracts are, on which chain: the file that the subgraph's manifest is generated from. */
export type Deployment = {
  /** What the manifest calls the chain. */
  readonly network: string
  readonly chainId: number
  /** The hash of block 0: a local chain that was restarted has another one. */
  readonly genesis: Hex
  /** No event of the contracts is in an earlier block. */
  readonly startBlock: number
  readonly contracts: Readonly<Record<DeployedName, Address>>
}

/** A chain, as something to recognise it by. */
export type ChainIdentity = Pick<Deployment, 'chainId' | 'genesis'>

export async function identify(rpc: Rpc): Promise<ChainIdentity> {
  const [chainId, genesis] = await Promise.all([
    rpc<Hex>('eth_chainId'),
    rpc<{ hash: Hex } | null>('eth_getBlockByNumber', '0x0', false),
  ])
  if (genesis === null) throw new Error('The node does not know its block 0.')
  return { chainId: Number(chainId), genesis: genesis.hash }
}

export function isSameChain(a: ChainIdentity, b: ChainIdentity): boolean {
  return a.chainId === b.chainId && a.genesis === b.genesis
}

/** Whether every contract of a deployment has code now. */
export async function isDeployed(rpc: Rpc, contracts: Deployment['contracts']): Promise<boolean> {
  const codes = await Promise.all(deployedNames.map((name) => rpc<Hex>('eth_getCode', contracts[name], 'latest')))
  return codes.every((code) => code !== '0x')
}

/**
 * Reads a deployment and makes sure that it is of this chain.
 * @throws Error that says what to run
 */
export async function readDeployment(rpc: Rpc, file: string): Promise<Deployment> {
  const deployment = readJson<Deployment>(file)
  if (deployment === undefined) throw new Error(`No deployment in ${file}: run "npm start" first.`)
  if (!isSameChain(deployment, await identify(rpc))) {
    throw new Error(`${file} is of another chain: run "npm start" again.`)
  }
  return deployment
}
