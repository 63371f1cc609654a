import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { aChain } from '../test/chain.ts'
import { anOpenIndexer, type Doors, doorsAt } from '../test/deploying.ts'
import { aBuild, emit } from '../test/indexing.ts'
import { scratchDatabase } from '../test/postgres.ts'

interface IndexerProcess extends AsyncDisposable {
  readonly doors: Doors
  /** Events of the log, as they come. */
  readonly events: readonly string[]
  /** @returns its exit code and signal, and after how long */
  end(signal: NodeJS.Signals): Promise<{ readonly how: unknown; readonly ms: number }>
}

/** The indexer as the process that it is in life. */
async function anIndexerProcess(at: { chain: string; database: string }, env: object): Promise<IndexerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-process-'))
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const places = ['http', 'admin', 'status', 'metrics', 'ipfs'].flatMap((name) => [`--${name}-port`, '0'])
  const args = ['--rpc', `anvil:${at.chain}`, '--postgres-url', at.database, '--data-dir', folder, ...places]
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const events: string[] = []
  const started = Promise.withResolvers<Doors['ports']>()
  exited.then(() => started.reject(new Error('it ended')))
  createInterface(child.stdout).on('line', (line) => {
    const { msg, ports }: { msg: string; ports: Doors['ports'] } = JSON.parse(line)
    events.push(msg)
    if (msg === 'indexer.started') started.resolve(ports)
  })
  const end = async (signal: NodeJS.Signals) => {
    const told = performance.now()
    child.kill(signal)
    return { how: await exited, ms: performance.now() - told }
  }
  return {
    doors: doorsAt(await started.promise),
    events,
    end,
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('it did not come to it')
    await pause(20)
  }
}

async function deploy(doors: Doors, name: string, edit?: (manifest: string) => string): Promise<void> {
  await using build = await aBuild('pings', edit)
  await doors.admin('subgraph_create', { name })
  await doors.admin('subgraph_deploy', { name, ipfs_hash: await doors.upload(build.manifest) })
}

/** How many pings a deployment has, and at which block. */
async function stateOf(doors: Doors, name: string): Promise<{ pings: number; block: number }> {
  const { data } = await doors.ask(`name/${name}`, '{ pings { id } _meta { block { number } } }')
  const { pings, _meta } = data as { pings: unknown[]; _meta: { block: { number: number } } }
  return { pings: pings.length, block: _meta.block.number }
}

const has = (doors: Doors, name: string, pings: number) =>
  until(async () => (await stateOf(doors, name)).pings === pings)

it('a hanging handler keeps nobody waiting, also not whoever stops the process', { timeout: 120_000 }, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  const at = { chain: chain.url, database: database.url }
  await emit(chain, 'Ping')

  // Its time is not up before the test is: whoever waited for the handler would wait for ever.
  await using indexer = await anIndexerProcess(at, { GRAPH_MAPPING_HANDLER_TIMEOUT: '3600' })
  const { doors } = indexer
  await deploy(doors, 'calm')
  await deploy(doors, 'hanging', (text) => text.replace('handler: handlePong', 'handler: handlePongForEver'))
  await has(doors, 'calm', 1)
  await has(doors, 'hanging', 1)
  const { block } = await stateOf(doors, 'hanging')
  await emit(chain, 'Pong')
  await has(doors, 'calm', 2)
  for (const pings of [3, 4, 5]) {
    await emit(chain, 'Ping')
    await has(doors, 'calm', pings)
  }
  await deploy(doors, 'third', (text) => `${text}description: a third\n`)
  await has(doors, 'third', 5)

  expect(await stateOf(doors, 'hanging')).toEqual({ pings: 1, block })
  expect(await doors.status('{ indexingStatuses { health } }')).toEqual({
    indexingStatuses: [{ health: 'healthy' }, { health: 'healthy' }, { health: 'healthy' }],
  })
  const metrics = await fetch(`http://127.0.0.1:${doors.ports.metrics}/metrics`)
  expect(await metrics.text()).toContain('deployment_head{')

  const { how, ms } = await indexer.end('SIGTERM')
  expect(how).toEqual([0, null])
  expect(ms).toBeLessThan(5_000)
  expect(indexer.events).toContain('deployment.cutOff')

  // What was cut off left nothing behind: its lease is free, and the deployment stands before the block.
  await using next = await anOpenIndexer({ chain, database }, { GRAPH_MAPPING_HANDLER_TIMEOUT: '0.2' })
  await until(async () =>
    JSON.stringify(await next.status('{ indexingStatuses { fatalError { message } } }')).includes("'0.2' seconds"),
  )
  expect(await stateOf(next, 'hanging')).toEqual({ pings: 1, block })
  expect(await stateOf(next, 'calm')).toMatchObject({ pings: 5 })
})
