/**
 * Plays the example's history on a chain that has the contracts, and writes what came of it:
 *
 *   node contracts/history/play.ts --rpc-url http://127.0.0.1:8545 --deployment .heddle/deployment.json \
 *     --out .heddle/world.json [--seed 1]
 *
 * It may be killed and run again: it goes on where the chain is, to the same end. Exit codes:
 *   0  the history is on the chain, and the world file is of it
 *   1  something is wrong around it (no node, no deployment, no disk): mend that and run it again
 *   3  the chain holds something else and cannot be completed: start it afresh, deploy, and run it again
 *   130, 143  stopped by SIGINT, SIGTERM: run it again
 */
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Hex } from 'viem'
import { deployerAccount, devAccount } from '../accounts.ts'
import { type ChainIdentity, isSameChain, readDeployment } from '../deployment.ts'
import { defaultRpcUrl, stateFile } from '../installation.ts'
import { readJson, writeJson } from '../json-file.ts'
import { connect, type Rpc } from '../rpc.ts'
import { people } from './cast.ts'
import { DivergedError, play } from './player.ts'
import { tellStory } from './story.ts'
import type { World } from './world.ts'

/** What has to be remembered from before the first transaction, to think out the same story again. */
type PlayPlan = ChainIdentity & {
  readonly seed: number
  /** By account: the deployer, then the people. */
  readonly firstNonces: readonly number[]
  readonly from: number
  readonly to: number
}

const { values } = parseArgs({
  options: {
    'rpc-url': { type: 'string', default: defaultRpcUrl() },
    deployment: { type: 'string', default: stateFile('deployment.json') },
    out: { type: 'string', default: stateFile('world.json') },
    seed: { type: 'string', default: '1' },
  },
})

let stoppedBy: 'SIGINT' | 'SIGTERM' | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (stoppedBy = signal))

try {
  await main(connect(values['rpc-url']), values.deployment, values.out, Number(values.seed))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof DivergedError ? 3 : 1
}

async function main(rpc: Rpc, deploymentFile: string, file: string, seed: number): Promise<void> {
  if (!Number.isSafeInteger(seed)) throw new Error('--seed must be a whole number.')
  const deployment = await readDeployment(rpc, deploymentFile)
  const planFile = `${file}.plan`
  const plan = readJson<PlayPlan>(planFile)
  const isInterrupted = plan !== undefined && isSameChain(plan, deployment)
  if (!isInterrupted && readJson<World>(file)?.genesis === deployment.genesis) {
    console.log(`The history is on this chain already: ${file}`)
    return
  }

  const accounts = [deployerAccount(process.env), ...people.map((_, index) => devAccount(index + 1))]
  const { firstNonces, from, to, ...told } = isInterrupted
    ? plan
    : await makePlan(rpc, planFile, { ...deployment, seed, addresses: accounts.map(({ address }) => address) })
  const story = await tellStory({ seed: told.seed, deployment, accounts, from, to })
  const senders = accounts.map((account, index) => ({ account, firstNonce: firstNonces[index] ?? 0 }))
  await play(rpc, story, { chainId: deployment.chainId, senders, onBlock: report() })
  if (stoppedBy) {
    process.exitCode = stoppedBy === 'SIGINT' ? 130 : 143
    return
  }
  writeJson(file, story.world)
  rmSync(planFile, { force: true })
  console.log(`Played ${story.steps.length} transactions: ${file}`)
}

type Beginning = ChainIdentity & { readonly seed: number; readonly addresses: readonly string[] }

async function makePlan(rpc: Rpc, file: string, { chainId, genesis, seed, addresses }: Beginning): Promise<PlayPlan> {
  const firstNonces = await Promise.all(
    addresses.map(async (address) => Number(await rpc<Hex>('eth_getTransactionCount', address, 'latest'))),
  )
  if (firstNonces.slice(1).some((nonce) => nonce > 0)) {
    throw new DivergedError('The people of the history have a past on this chain, and its plan is lost.')
  }
  const head = await rpc<{ timestamp: Hex }>('eth_getBlockByNumber', 'latest', false)
  const from = Number(head.timestamp) + 1
  const plan = { chainId, genesis, seed, firstNonces, from, to: Math.max(from, Math.floor(Date.now() / 1000)) }
  writeJson(file, plan)
  return plan
}

/** Says how far it is, a few times; returns false once it has been told to stop. */
function report(): (sent: number, all: number) => boolean {
  let nextShare = 0.25
  return (sent, all) => {
    if (sent / all >= nextShare && sent < all) {
      console.log(`${sent} of ${all} transactions`)
      nextShare += 0.25
    }
    return stoppedBy === undefined
  }
}
