/**
 * Deploys the contracts and writes where they are:
 *
 *   node contracts/ignition/deploy.ts --rpc-url http://127.0.0.1:8545 --out .heddle/deployment.json
 *
 * It may be run again at any time, also after it was killed: what stands already is kept. The plan that makes this
 * possible (which nonce makes which contract) lies beside the deployment until all is done.
 */
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { deployerAccount } from '../accounts.ts'
import { type ChainIdentity, type Deployment, identify, isDeployed, isSameChain } from '../deployment.ts'
import { defaultRpcUrl, stateFile } from '../installation.ts'
import { readJson, writeJson } from '../json-file.ts'
import { connect, type Rpc } from '../rpc.ts'
import { addressesFrom, canGoOn, type DeployPlan, sendMissing } from './contracts.ts'

const { values } = parseArgs({
  options: {
    'rpc-url': { type: 'string', default: defaultRpcUrl() },
    out: { type: 'string', default: stateFile('deployment.json') },
    'network-name': { type: 'string', default: 'anvil' },
  },
})

try {
  console.log(await deploy(connect(values['rpc-url']), values.out, values['network-name']))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function deploy(rpc: Rpc, file: string, network: string): Promise<string> {
  const chain = await identify(rpc)
  const known = readJson<Deployment>(file)
  if (known && isSameChain(known, chain) && (await isDeployed(rpc, known.contracts))) {
    if (known.network !== network) writeJson(file, { ...known, network })
    return `The contracts are on this chain already: ${file}`
  }

  const deployer = deployerAccount(process.env)
  const planFile = `${file}.plan`
  const plan = await planFor(rpc, deployer.address, chain, planFile)
  await sendMissing(rpc, deployer, plan)
  const contracts = addressesFrom(plan)
  writeJson(file, { network, ...chain, startBlock: plan.startBlock, contracts } satisfies Deployment)
  rmSync(planFile, { force: true })
  return `Deployed to chain ${chain.chainId}: ${file}`
}

/** The plan of a run that was killed on this chain, or a new one, written before anything is sent. */
async function planFor(rpc: Rpc, deployer: `0x${string}`, chain: ChainIdentity, file: string): Promise<DeployPlan> {
  const [mined, pending, head] = await Promise.all([
    rpc<string>('eth_getTransactionCount', deployer, 'latest'),
    rpc<string>('eth_getTransactionCount', deployer, 'pending'),
    rpc<string>('eth_blockNumber'),
  ])
  const interrupted = readJson<DeployPlan>(file)
  const isOurs = interrupted?.deployer === deployer && isSameChain(interrupted, chain)
  if (interrupted && isOurs && (await canGoOn(rpc, interrupted, Number(mined)))) return interrupted
  const plan = { ...chain, deployer, firstNonce: Number(pending), startBlock: Number(head) + 1 }
  writeJson(file, plan)
  return plan
}
