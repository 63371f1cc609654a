import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { aChain, type TestChain } from '../test/chain.ts'
import { anOpenIndexer, type OpenIndexer } from '../test/deploying.ts'
import { aBuild, emit } from '../test/indexing.ts'
import { scratchDatabase } from '../test/postgres.ts'

/*
 * A handler that never comes back, and what goes on meanwhile. Its time is not up before the test is, so whoever waited for it
 * would wait for ever.
 */
const patient = { GRAPH_MAPPING_HANDLER_TIMEOUT: '3600' }

const hanging = (manifest: string) => manifest.replace('handler: handlePong', 'handler: handlePongForEver')

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it did not come to it')
    await pause(20)
  }
}

async function deploy(indexer: OpenIndexer, name: string, edit?: (manifest: string) => string): Promise<void> {
  await using build = await aBuild('pings', edit)
  await indexer.admin('subgraph_create', { name })
  await indexer.admin('subgraph_deploy', { name, ipfs_hash: await indexer.upload(build.manifest) })
}

/** How many pings a deployment has, and where it stands. */
async function stateOf(indexer: OpenIndexer, name: string): Promise<{ pings: number; block: number }> {
  const { data } = await indexer.ask(`name/${name}`, '{ pings { id } _meta { block { number } } }')
  const { pings, _meta } = data as { pings: unknown[]; _meta: { block: { number: number } } | null }
  return { pings: pings.length, block: _meta?.block.number ?? -1 }
}

const has = (indexer: OpenIndexer, name: string, pings: number) =>
  until(async () => (await stateOf(indexer, name).catch(() => null))?.pings === pings)

/** Two deployments that have seen a Ping, and then a Pong that one of them hangs at. */
async function withOneHanging(indexer: OpenIndexer, chain: TestChain): Promise<void> {
  await emit(chain, 'Ping')
  await deploy(indexer, 'calm')
  await deploy(indexer, 'hanging', hanging)
  await has(indexer, 'calm', 1)
  await has(indexer, 'hanging', 1)
  await emit(chain, 'Pong')
  await has(indexer, 'calm', 2)
}

it('a hanging handler keeps nobody waiting but its own deployment', { timeout: 90_000 }, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  {
    await using indexer = await anOpenIndexer({ chain, database }, patient)
    await withOneHanging(indexer, chain)
    const { block: stuckAt } = await stateOf(indexer, 'hanging')
    for (const pings of [3, 4, 5]) {
      await emit(chain, 'Ping')
      await has(indexer, 'calm', pings)
    }
    expect(await stateOf(indexer, 'hanging')).toEqual({ pings: 1, block: stuckAt })
    expect(await indexer.status('{ indexingStatuses { health } }')).toEqual({
      indexingStatuses: [{ health: 'healthy' }, { health: 'healthy' }],
    })
    const metrics = await fetch(`http://127.0.0.1:${indexer.ports.metrics}/metrics`)
    expect(await metrics.text()).toContain('deployment_head{')
    await deploy(indexer, 'third')
    await has(indexer, 'third', 5)
  }
  // What was cut off left nothing behind: the lease is free, and the next one stops at the block itself.
  await using indexer = await anOpenIndexer({ chain, database }, { GRAPH_MAPPING_HANDLER_TIMEOUT: '0.2' })
  const failures = '{ indexingStatuses { health fatalError { message } } }'
  await until(async () => JSON.stringify(await indexer.status(failures)).includes("timeout of '0.2' seconds"))
  expect(await stateOf(indexer, 'hanging')).toMatchObject({ pings: 1 })
  expect(await stateOf(indexer, 'calm')).toMatchObject({ pings: 5 })
})

it('the process is gone soon after SIGTERM, whatever a handler does', { timeout: 90_000 }, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  {
    await using indexer = await anOpenIndexer({ chain, database }, patient)
    await withOneHanging(indexer, chain)
  }
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const ports = ['http', 'admin', 'status', 'metrics', 'ipfs'].flatMap((name) => [`--${name}-port`, '0'])
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      main,
      '--rpc',
      `anvil:${chain.url}`,
      '--postgres-url',
      database.url,
      ...ports,
    ],
    { env: { ...process.env, ...patient }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(line))
  const exited = once(child, 'exit')
  const commits = () => lines.filter((line) => line.includes('store.committed')).length
  // While the calm one goes from block to block, the other has long begun with the Pong.
  for (const seen of [0, 1, 2, 3, 4]) {
    await emit(chain, 'Ping')
    await until(async () => commits() > seen)
  }
  const told = performance.now()
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  expect(performance.now() - told).toBeLessThan(5_000)
})
