import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { devAccount } from '../accounts.ts'
import { type Anvil, startAnvil } from '../anvil.ts'
import { type Deployment, isDeployed } from '../deployment.ts'
import { readJson } from '../json-file.ts'
import { connect } from '../rpc.ts'
import { poll, run, scratchFolder, start } from '../test/command.ts'

it('deploys once, and says where', async () => {
  await using anvil = await startAnvil()
  const file = join(scratchFolder(), 'deployment.json')
  const first = await deploy(anvil, file)
  expect(first.code).toBe(0)

  const deployment = readJson<Deployment>(file)
  const genesis = await connect(anvil.url)<{ hash: string }>('eth_getBlockByNumber', '0x0', false)
  expect(deployment).toEqual({
    network: 'anvil',
    chainId: 31337,
    genesis: genesis.hash,
    startBlock: 1,
    contracts: {
      Patron: expect.stringMatching(/^0x[0-9a-f]{40}$/),
      Atelier: expect.stringMatching(/^0x[0-9a-f]{40}$/),
      Market: expect.stringMatching(/^0x[0-9a-f]{40}$/),
      Anchor: expect.stringMatching(/^0x[0-9a-f]{40}$/),
    },
  })
  expect(await standing(anvil, file)).toBe(true)
  expect(existsSync(`${file}.plan`)).toBe(false)

  const second = await deploy(anvil, file)
  expect(second).toEqual({ code: 0, printed: `The contracts are on this chain already: ${file}\n` })
  expect(await sent(anvil)).toBe(4)
})

it.each([0, 1, 3])('goes on where a run was killed after %i contracts, and sends nothing twice', async (mined) => {
  await using anvil = await startAnvil({ args: ['--no-mining'] })
  const file = join(scratchFolder(), 'deployment.json')
  const killed = start('ignition/deploy.ts', ['--rpc-url', anvil.url, '--out', file])
  // It sends all four and waits for blocks, of which it gets too few.
  await poll(async () => (await sent(anvil, 'pending')) === 4)
  killed.child.kill('SIGKILL')
  await killed.ended
  await keepOnly(anvil, mined)

  await connect(anvil.url)('evm_setAutomine', true)
  expect(await deploy(anvil, file)).toMatchObject({ code: 0 })
  expect(await standing(anvil, file)).toBe(true)
  expect(await sent(anvil)).toBe(4)
})

it('deploys again to a chain that was restarted', async () => {
  const file = join(scratchFolder(), 'deployment.json')
  const first = await startAnvil({ timestamp: 1_700_000_000 })
  await deploy(first, file)
  const before = readJson<Deployment>(file)
  await first.stop()

  await using second = await startAnvil({ timestamp: 1_700_000_001 })
  await deploy(second, file)
  expect(readJson<Deployment>(file)?.genesis).not.toBe(before?.genesis)
  expect(await standing(second, file)).toBe(true)
})

it('starts anew when the nonces of its plan went to something else', async () => {
  await using anvil = await startAnvil()
  const file = join(scratchFolder(), 'deployment.json')
  await deploy(anvil, file)
  const deployment = readJson<Deployment>(file)
  const plan = { ...deployment, deployer: devAccount(0).address, firstNonce: 4, startBlock: 5 }
  writeFileSync(`${file}.plan`, JSON.stringify(plan))
  rmSync(file)
  await connect(anvil.url)('eth_sendTransaction', {
    from: devAccount(0).address,
    to: devAccount(1).address,
    value: '0x1',
  })

  expect(await deploy(anvil, file)).toMatchObject({ code: 0 })
  expect(await standing(anvil, file)).toBe(true)
})

it('says so when no node answers', async () => {
  const file = join(scratchFolder(), 'deployment.json')
  expect(await run('ignition/deploy.ts', ['--rpc-url', 'http://127.0.0.1:1', '--out', file])).toEqual({
    code: 1,
    printed: 'The chain does not answer. Is its node running, and is the address right?\n',
  })
})

it('deploys with the key it is given, and does not repeat one that is none', async () => {
  await using anvil = await startAnvil()
  const file = join(scratchFolder(), 'deployment.json')
  const args = ['--rpc-url', anvil.url, '--out', file]
  const key = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
  expect(await run('ignition/deploy.ts', args, { HEDDLE_DEPLOYER_KEY: `${key}00` })).toEqual({
    code: 1,
    printed: 'HEDDLE_DEPLOYER_KEY must be 0x and 64 hex digits.\n',
  })
  expect(await run('ignition/deploy.ts', args, { HEDDLE_DEPLOYER_KEY: key })).toMatchObject({ code: 0 })
  const nonce = await connect(anvil.url)('eth_getTransactionCount', devAccount(1).address, 'latest')
  expect(nonce).toBe('0x4')
})

function deploy(anvil: Anvil, file: string) {
  return run('ignition/deploy.ts', ['--rpc-url', anvil.url, '--out', file])
}

async function standing(anvil: Anvil, file: string): Promise<boolean> {
  const deployment = readJson<Deployment>(file)
  return deployment !== undefined && isDeployed(connect(anvil.url), deployment.contracts)
}

async function sent(anvil: Anvil, at: 'latest' | 'pending' = 'latest'): Promise<number> {
  return Number(await connect(anvil.url)<string>('eth_getTransactionCount', devAccount(0).address, at))
}

/** Mines the first few of the waiting transactions and drops the others, as if the run had been killed before them. */
async function keepOnly(anvil: Anvil, count: number): Promise<void> {
  const rpc = connect(anvil.url)
  type Pool = { pending: Record<string, Record<string, { hash: string; nonce: string }>> }
  const { pending } = await rpc<Pool>('txpool_content')
  const waiting = Object.values(Object.values(pending)[0] ?? {})
  for (const { hash, nonce } of waiting) if (Number(nonce) >= count) await rpc('anvil_dropTransaction', hash)
  if (count > 0) await rpc('evm_mine')
}
