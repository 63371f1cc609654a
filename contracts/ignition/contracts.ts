import { setTimeout as wait } from 'node:timers/promises'
import { type Abi, type Address, encodeDeployData, getContractAddress, type Hex, type LocalAccount } from 'viem'
import { readArtifact } from '../artifact.ts'
import { type ChainIdentity, type Deployment, isDeployed } from '../deployment.ts'
import { type DeployedName, deployedNames } from '../names.ts'
import type { Rpc } from '../rpc.ts'
import { sign } from '../transaction.ts'

/** What a deployment will be, before its first transaction: enough to go on with it after an interruption. */
export type DeployPlan = ChainIdentity & {
  readonly deployer: Address
  /** The contracts are made by this nonce and the next ones, in the order of `deployedNames`. */
  readonly firstNonce: number
  readonly startBlock: number
}

/** The market's fee at the start, in hundredths of a percent. */
export const FEE_BPS = 250

const DEPLOY_GAS = 6_000_000n
const DEADLINE_MS = 60_000
const POLL_MS = 25

/** Where the contracts will be: an address follows from who deploys and with which nonce. */
export function addressesFrom({ deployer, firstNonce }: DeployPlan): Deployment['contracts'] {
  const addressOf = (name: DeployedName) =>
    getContractAddress({
      from: deployer,
      nonce: BigInt(firstNonce + deployedNames.indexOf(name)),
    }).toLowerCase() as Address
  return {
    Patron: addressOf('Patron'),
    Atelier: addressOf('Atelier'),
    Market: addressOf('Market'),
    Anchor: addressOf('Anchor'),
  }
}

/** Whether every nonce of the plan that is used up made its contract, and the first one's turn has come. */
export async function canGoOn(rpc: Rpc, plan: DeployPlan, nextNonce: number): Promise<boolean> {
  const contracts = addressesFrom(plan)
  const mined = deployedNames.slice(0, Math.max(0, nextNonce - plan.firstNonce))
  const codes = await Promise.all(mined.map((name) => rpc<Hex>('eth_getCode', contracts[name], 'latest')))
  return plan.firstNonce <= nextNonce && codes.every((code) => code !== '0x')
}

/**
 * Sends what has not been sent yet, and waits until all contracts have code.
 * @throws Error if that takes more than a minute, or if a nonce of the plan went to something else
 */
export async function sendMissing(rpc: Rpc, deployer: LocalAccount, plan: DeployPlan): Promise<void> {
  const contracts = addressesFrom(plan)
  const sent = Number(await rpc<Hex>('eth_getTransactionCount', plan.deployer, 'pending')) - plan.firstNonce
  for (const [offset, name] of deployedNames.entries()) {
    if (offset < sent) continue
    const { abi, bytecode } = readArtifact(name)
    const data = encodeDeployData({ abi: abi as Abi, bytecode, args: argumentsOf(name, plan.deployer, contracts) })
    const nonce = plan.firstNonce + offset
    await rpc(
      'eth_sendRawTransaction',
      await sign(rpc, deployer, { chainId: plan.chainId, nonce, data, gas: DEPLOY_GAS }),
    )
  }
  const deadline = Date.now() + DEADLINE_MS
  while (!(await isDeployed(rpc, contracts))) {
    if (Date.now() > deadline) throw new Error('The contracts were sent, but a minute later not all of them have code.')
    await wait(POLL_MS)
  }
}

function argumentsOf(name: DeployedName, deployer: Address, { Patron }: Deployment['contracts']): readonly unknown[] {
  if (name === 'Patron') return [deployer]
  if (name === 'Market') return [Patron, deployer, FEE_BPS]
  return []
}
