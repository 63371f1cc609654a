import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { decodeFunctionResult } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { devAccount } from '../accounts.ts'
import { type Anvil, startAnvil } from '../anvil.ts'
import { readArtifact } from '../artifact.ts'
import { call } from '../call.ts'
import type { Deployment } from '../deployment.ts'
import { readJson } from '../json-file.ts'
import { connect, type Rpc } from '../rpc.ts'
import { openShop } from '../shop.ts'
import { poll, run, scratchFolder, start } from '../test/command.ts'
import type { World } from './world.ts'

const MONTH_SECONDS = 30 * 86_400

describe('a month of history', () => {
  const timestamp = now() - MONTH_SECONDS
  let anvil: Anvil
  let files: Files

  beforeAll(async () => {
    anvil = await startAnvil({ timestamp })
    files = await deployed(anvil)
    const { code, printed } = await play(anvil, files)
    expect(code, printed).toBe(0)
  })
  afterAll(() => anvil.stop())

  it('leaves a market that is open', async () => {
    const rpc = connect(anvil.url)
    const { deployment, world } = read(files)
    const { listings } = await openShop(rpc, deployment, world)
    expect(listings.length / world.tokens.length).toBeGreaterThan(0.25)
    expect(listings.length / world.tokens.length).toBeLessThan(0.45)
    const inPatron = listings.filter(({ currency }) => currency.toLowerCase() === deployment.contracts.Patron)
    expect(inPatron.length).toBeGreaterThan(5)
    expect(listings.length - inPatron.length).toBeGreaterThan(5)

    const offers = await openOffers(rpc, deployment)
    expect(offers.filter(({ expiresAt }) => expiresAt > now()).length).toBeGreaterThan(3)
    expect(offers.filter(({ expiresAt }) => expiresAt <= now()).length).toBeGreaterThan(1)
  })

  it('tells of each token where it is described now', async () => {
    for (const { collection, tokenId, uri } of read(files).world.tokens) {
      expect(uri).toMatch(/^ipfs:\/\/bafybei[a-z2-7]{52}\/\d+\.json$/)
      const { data } = call('Collection', collection, 'tokenURI', [BigInt(tokenId)])
      const answer = await connect(anvil.url)<`0x${string}`>('eth_call', { to: collection, data }, 'latest')
      const { abi } = readArtifact('Collection')
      expect(decodeFunctionResult({ abi, functionName: 'tokenURI', data: answer })).toBe(uri)
    }
  })

  it('comes to the same end after being killed again and again', { timeout: 90_000 }, async () => {
    await using broken = await startAnvil({ timestamp })
    const brokenFiles = await deployed(broken)
    for (const height of [1, 20, 90, 150]) {
      const running = start('history/play.ts', argumentsOf(broken, brokenFiles))
      await reach(broken, height)
      running.child.kill('SIGKILL')
      await running.ended
      expect(existsSync(brokenFiles.world)).toBe(false)
    }
    expect(await play(broken, brokenFiles)).toMatchObject({ code: 0 })
    expect(existsSync(`${brokenFiles.world}.plan`)).toBe(false)

    expect(read(brokenFiles).world).toEqual(read(files).world)
    expect(await events(broken)).toEqual(await events(anvil))
  })

  it('is not played twice', async () => {
    const head = await connect(anvil.url)('eth_blockNumber')
    expect(await play(anvil, files)).toEqual({
      code: 0,
      printed: `The history is on this chain already: ${files.world}\n`,
    })
    expect(await connect(anvil.url)('eth_blockNumber')).toBe(head)
  })

  it('leaves a chain that mines by itself, at the present time', async () => {
    const rpc = connect(anvil.url)
    const before = Number(await rpc<string>('eth_blockNumber'))
    await rpc('eth_sendTransaction', { from: devAccount(9).address, to: devAccount(8).address, value: '0x1' })
    await poll(async () => Number(await rpc<string>('eth_blockNumber')) === before + 1)
    const head = await rpc<{ timestamp: string }>('eth_getBlockByNumber', 'latest', false)
    expect(Math.abs(Number(head.timestamp) - now())).toBeLessThan(10)
  })
})

it('stops between two blocks when it is told to, and goes on later', async () => {
  await using anvil = await startAnvil()
  const files = await deployed(anvil)
  const running = start('history/play.ts', argumentsOf(anvil, files))
  await reach(anvil, 30)
  running.child.kill('SIGTERM')
  expect(await running.ended).toBe(143)
  expect(existsSync(files.world)).toBe(false)
  expect(await play(anvil, files)).toMatchObject({ code: 0 })
})

it('exits with 3 when the people have a past that it does not know', async () => {
  await using anvil = await startAnvil()
  const files = await deployed(anvil)
  const from = devAccount(1).address
  await connect(anvil.url)('eth_sendTransaction', { from, to: devAccount(2).address, value: '0x1' })
  expect(await play(anvil, files)).toMatchObject({ code: 3 })
})

it('exits with 3 when somebody else sent from its accounts meanwhile', async () => {
  await using anvil = await startAnvil()
  const files = await deployed(anvil)
  const running = start('history/play.ts', argumentsOf(anvil, files))
  await reach(anvil, 40)
  running.child.kill('SIGTERM')
  await running.ended
  const from = devAccount(16).address
  const rpc = connect(anvil.url)
  await rpc('anvil_setNonce', from, '0x400')
  expect(await play(anvil, files)).toMatchObject({ code: 3 })
})

it('exits with 1 and says what to run when nothing is deployed', async () => {
  await using anvil = await startAnvil()
  const folder = scratchFolder()
  const files = { deployment: join(folder, 'deployment.json'), world: join(folder, 'world.json') }
  const refused = await play(anvil, files)
  expect(refused.code).toBe(1)
  expect(refused.printed).toContain('npm start')
})

type Files = { readonly deployment: string; readonly world: string }

async function deployed(anvil: Anvil): Promise<Files> {
  const folder = scratchFolder()
  const files = { deployment: join(folder, 'deployment.json'), world: join(folder, 'world.json') }
  const { code, printed } = await run('ignition/deploy.ts', ['--rpc-url', anvil.url, '--out', files.deployment])
  expect(code, printed).toBe(0)
  return files
}

function play(anvil: Anvil, files: Files) {
  return run('history/play.ts', argumentsOf(anvil, files))
}

function argumentsOf(anvil: Anvil, { deployment, world }: Files): string[] {
  return ['--rpc-url', anvil.url, '--deployment', deployment, '--out', world]
}

function read(files: Files): { deployment: Deployment; world: World } {
  const deployment = readJson<Deployment>(files.deployment)
  const world = readJson<World>(files.world)
  if (!deployment || !world) throw new Error('no deployment or no world')
  return { deployment, world }
}

/** All that happened, without what follows from the time it was played at. */
async function events(anvil: Anvil): Promise<unknown> {
  type Log = { address: string; topics: string[]; blockNumber: string; transactionIndex: string; logIndex: string }
  const logs = await connect(anvil.url)<Log[]>('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' })
  return logs.map(({ address, topics, blockNumber, transactionIndex, logIndex }) => ({
    address,
    topics,
    blockNumber,
    transactionIndex,
    logIndex,
  }))
}

async function openOffers(rpc: Rpc, { contracts }: Deployment) {
  const { abi } = readArtifact('Market')
  const view = async (functionName: string, args: readonly unknown[]) => {
    const { data } = call('Market', contracts.Market, functionName, args)
    const answer = await rpc<`0x${string}`>('eth_call', { to: contracts.Market, data }, 'latest')
    return decodeFunctionResult({ abi, functionName, data: answer })
  }
  const count = Number(await view('offerCount', []))
  const ids = Array.from({ length: count }, (_, index) => BigInt(index + 1))
  const offers = await Promise.all(ids.map((id) => view('offers', [id]) as Promise<readonly [string, bigint]>))
  return offers.filter(([maker]) => BigInt(maker) !== 0n).map(([, expiresAt]) => ({ expiresAt: Number(expiresAt) }))
}

async function reach(anvil: Anvil, height: number): Promise<void> {
  const rpc = connect(anvil.url)
  const deadline = Date.now() + 20_000
  // Without a pause: a history is over in seconds.
  while (Number(await rpc<string>('eth_blockNumber')) < height) {
    if (Date.now() > deadline) throw new Error(`Block ${height} did not come within 20 s.`)
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
