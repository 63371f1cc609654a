import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { aChain } from '../test/chain.ts'
import { anOpenIndexer, type OpenIndexer } from '../test/deploying.ts'
import { aBuild, emit } from '../test/indexing.ts'
import { scratchDatabase } from '../test/postgres.ts'
import type { HealthReport } from './serve/health.ts'
import { createPostgres } from './store/postgres.ts'
import { sql } from './store/sql.ts'

async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    if (Date.now() > deadline) throw new Error(`it did not come to it; last: ${JSON.stringify(answer)}`)
    await pause(50)
  }
}

type Door = 'http' | 'status' | 'metrics'

async function ready({ ports }: OpenIndexer, door: Door = 'status', search = '') {
  const response = await fetch(`http://127.0.0.1:${ports[door]}/health/ready${search}`)
  return { status: response.status, ...((await response.json()) as HealthReport) }
}

async function deploy(indexer: OpenIndexer, name: string, manifest: string): Promise<string> {
  const id = await indexer.upload(manifest)
  await indexer.admin('subgraph_create', { name })
  await indexer.admin('subgraph_deploy', { name, ipfs_hash: id })
  return id
}

/** Samples of a page of metrics by name, labels aside. @throws if a line is none */
function samplesOf(text: string): Map<string, number[]> {
  const samples = new Map<string, number[]>()
  for (const line of text.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
    const [, name = '', value] = /^([a-z_:][a-z0-9_:]*)(?:\{(?:[a-z_]+="[^"]*",?)*\})? (\S+)$/i.exec(line) ?? []
    if (!Number.isFinite(Number(value?.replace('+Inf', '1')))) throw new Error(`no sample: ${line}`)
    samples.set(name, [...(samples.get(name) ?? []), Number(value)])
  }
  return samples
}

it('says whether it is ready, and if not, why', { timeout: 120_000 }, async () => {
  await using database = await scratchDatabase()
  await using build = await aBuild('pings')
  const chain = await aChain()
  await emit(chain, 'Ping')
  await using indexer = await anOpenIndexer({ chain, database })
  expect(await ready(indexer)).toMatchObject({ status: 200, ready: true, deployments: [] })
  const deployment = await deploy(indexer, 'org/one', build.manifest)
  const report = await until(
    () => ready(indexer),
    (one) => one.ready && one.deployments.length === 1,
  )
  expect(report.deployments).toMatchObject([{ deployment, names: ['org/one'], state: 'ready', standsBy: false }])
  for (const door of ['http', 'status', 'metrics'] as const) {
    expect(await ready(indexer, door)).toMatchObject({ status: 200, ready: true })
    const live = await fetch(`http://127.0.0.1:${indexer.ports[door]}/health/live`)
    expect([live.status, await live.json()]).toEqual([200, { live: true }])
  }
  expect(await ready(indexer, 'status', '?name=nobody')).toMatchObject({
    status: 503,
    reasons: ['nobody is not indexed here'],
  })

  await using second = await anOpenIndexer({ chain, database })
  const beside = await until(
    () => ready(second),
    (one) => one.deployments[0]?.standsBy === true,
  )
  const notes = ['org/one is indexed by another process: this one answers, and takes over']
  expect(beside).toMatchObject({ status: 200, ready: true, reasons: [], notes })
  expect(await ready(indexer)).toMatchObject({ ready: true, notes: [] })

  await indexer.admin('subgraph_pause', { deployment })
  const paused = await until(
    () => ready(indexer),
    (one) => !one.ready,
  )
  expect(paused).toMatchObject({ status: 503, reasons: ['org/one is paused'], deployments: [{ state: 'paused' }] })
  await indexer.admin('subgraph_resume', { deployment })
  await chain[Symbol.asyncDispose]()
  const away = await until(
    () => ready(indexer),
    (one) => one.reasons.join().includes('node of anvil'),
  )
  expect(away.reasons).toContain('the node of anvil cannot be reached')
})

it('shows what each stage took, beside what graph-node shows', { timeout: 120_000 }, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await using build = await aBuild('pings')
  await emit(chain, 'Ping', 'Ping')
  await using indexer = await anOpenIndexer({ chain, database })
  await deploy(indexer, 'one', build.manifest)
  await until(
    () => indexer.ask('name/one', '{ pings { block } }'),
    ({ data }) => (data as { pings: unknown[] } | undefined)?.pings.length === 2,
  )
  const at = `http://127.0.0.1:${indexer.ports.metrics}/metrics`
  const samples = samplesOf(await (await fetch(at)).text())
  const sum = (name: string) => samples.get(name)?.reduce((total, one) => total + one, 0) ?? Number.NaN
  expect(samples.get('heddle_stage_seconds_total')).toHaveLength(5)
  for (const name of [
    'heddle_stage_seconds_total',
    'heddle_blocks_total',
    'heddle_triggers_total',
    'heddle_changes_total',
    'heddle_commit_seconds_count',
    'heddle_query_seconds_count',
    'heddle_thread_heap_bytes',
    'heddle_process_resident_bytes',
    'heddle_database_connections',
    'deployment_head',
    'deployment_block_processing_duration_count',
  ]) {
    expect.soft(sum(name), name).toBeGreaterThan(0)
  }
  for (const name of ['heddle_batch_changes', 'heddle_read_ahead_bytes', 'heddle_read_ahead_ranges']) {
    expect.soft(samples.has(name), name).toBe(true)
  }
  expect(sum('heddle_triggers_total')).toBe(2)
})

it.each(['older', 'newer'])(
  'never reads rows whose layout is %s, says so, and indexes the build anew beside them',
  {
    timeout: 120_000,
  },
  async (age) => {
    await using chain = await aChain()
    await using database = await scratchDatabase()
    await using build = await aBuild('pings')
    await using again = await aBuild('pings', (manifest) => `${manifest}description: indexed anew\n`)
    await emit(chain, 'Ping')
    const first = await anOpenIndexer({ chain, database })
    const deployment = await deploy(first, 'one', build.manifest)
    const rows = async (indexer: OpenIndexer) =>
      ((await indexer.ask('name/one', '{ pings { block } }')).data as { pings: unknown[] } | undefined)?.pings.length
    await until(
      () => rows(first),
      (count) => count === 1,
    )
    await first[Symbol.asyncDispose]()
    const postgres = createPostgres(database.url, { max: 1 })
    const forged = age === 'older' ? sql`layout_version - 1` : sql`layout_version + 1`
    await postgres.run(sql`update heddle.deployments set layout_version = ${forged}`)
    await postgres.end()

    await using indexer = await anOpenIndexer({ chain, database })
    const report = await until(
      () => ready(indexer),
      (one) => one.deployments[0]?.state === 'crashed',
    )
    expect(report.reasons).toEqual(['one cannot be indexed (STORE_FORMAT_UNKNOWN) and is tried again'])
    expect(await indexer.ask(`id/${deployment}`, '{ pings { block } }')).toMatchObject({
      errors: [{ message: expect.stringContaining('does not exist') }],
    })
    expect(await indexer.admin('subgraph_deploy', { name: 'one', ipfs_hash: deployment })).toHaveProperty('error')

    await deploy(indexer, 'one', again.manifest)
    await until(
      () => rows(indexer),
      (count) => count === 1,
    )
  },
)
