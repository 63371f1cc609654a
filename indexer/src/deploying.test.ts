import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { aChain } from '../test/chain.ts'
import { aGraphCli, anOpenIndexer, type OpenIndexer } from '../test/deploying.ts'
import { aBuild, emit } from '../test/indexing.ts'
import { scratchDatabase } from '../test/postgres.ts'
import { loadDeployment } from './deployment/deployment.ts'

async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean, withinMs = 20_000): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    if (Date.now() > deadline) throw new Error(`it did not come to it; last: ${JSON.stringify(answer)}`)
    await pause(20)
  }
}

const pings = '{ pings(orderBy: block) { block } _meta { deployment } }'

function answersWith(indexer: OpenIndexer, path: string, count: number) {
  return until(
    async () =>
      (await indexer.ask(path, pings)).data as { pings: unknown[]; _meta: { deployment: string } } | undefined,
    (data) => data?.pings.length === count,
  )
}

async function deploy(indexer: OpenIndexer, name: string, manifest: string): Promise<string> {
  const id = await indexer.upload(manifest)
  await indexer.admin('subgraph_create', { name })
  expect(await indexer.admin('subgraph_deploy', { name, ipfs_hash: id })).toMatchObject({
    result: { queries: `:${indexer.ports.http}/subgraphs/name/${name}` },
  })
  return id
}

const another = (manifest: string) => `${manifest}description: another version\n`

it('graph-cli creates, deploys, deploys again and removes with a token, and notices nothing', {
  timeout: 180_000,
}, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  const token = 'a-token-of-some-length'
  await using indexer = await anOpenIndexer({ chain, database }, { HEDDLE_ADMIN_TOKEN: token })
  await using graph = await aGraphCli('pings')
  const node = ['--node', `http://127.0.0.1:${indexer.ports.admin}`]
  const access = ['--access-token', token]
  const headers = ['--headers', JSON.stringify({ Authorization: `Bearer ${token}` })]
  const ipfs = ['--ipfs', `http://127.0.0.1:${indexer.ports.ipfs}/api/v0`, ...headers]
  const deployNow = (...by: readonly string[]) =>
    graph.run('deploy', ...node, ...by, '--version-label', 'v1', '--skip-migrations', 'org/pings')

  await expect(graph.run('create', ...node, 'org/pings')).rejects.toThrow('HTTP error creating the subgraph: 401')
  expect(await graph.run('create', ...node, ...access, 'org/pings')).toContain('Created subgraph: org/pings')
  await graph.run('codegen', '--skip-migrations')
  const told = await deployNow(...ipfs, '--deploy-key', token)
  const endpoint = `http://127.0.0.1:${indexer.ports.http}/subgraphs/name/org/pings`
  expect(told).toContain(`Deployed to ${endpoint}/graphql`)
  const { _meta } = (await answersWith(indexer, 'name/org/pings', 1)) ?? { _meta: null }
  expect(told).toContain(`Build completed: ${_meta?.deployment}`)
  expect((await loadDeployment(`${graph.folder}/build/subgraph.yaml`)).id).toBe(_meta?.deployment)
  // What was uploaded already, by its name alone.
  expect(await deployNow(...ipfs, ...access, '--ipfs-hash', _meta?.deployment ?? '')).toContain(
    `Deployed to ${endpoint}/graphql`,
  )

  expect(await graph.run('remove', ...node, ...access, 'org/pings')).toContain('Removed subgraph: org/pings')
  expect(await indexer.ask('name/org/pings', pings)).toEqual({
    errors: [{ message: 'deployment `org/pings` does not exist' }],
  })
  expect(await indexer.status('{ indexingStatuses { node paused } }')).toEqual({
    indexingStatuses: [{ node: null, paused: null }],
  })
  await answersWith(indexer, `id/${_meta?.deployment}`, 1)
})

it('lets a new version index beside the old one and take over without a gap', { timeout: 90_000 }, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  await using build = await aBuild('pings')
  await using next = await aBuild('pings', another)
  await using indexer = await anOpenIndexer({ chain, database }, { GRAPH_ETHEREUM_MAX_BLOCK_RANGE_SIZE: '4' })
  const old = await deploy(indexer, 'org/pings', build.manifest)
  await chain.mine(500)
  await until(
    () => indexer.status('{ indexingStatuses { synced } }'),
    ({ indexingStatuses }) => (indexingStatuses as { synced: boolean }[]).every(({ synced }) => synced),
  )
  const seen: string[] = []
  const problems: unknown[] = []
  let isOver = false
  const polling = (async () => {
    while (!isOver) {
      const { data, errors } = await indexer.ask('name/org/pings', pings)
      if (errors) problems.push(errors)
      await pause(5)
      seen.push((data as { _meta: { deployment: string } } | undefined)?._meta.deployment ?? 'none')
    }
  })()
  onTestFinished(() => {
    isOver = true
  })
  const young = await deploy(indexer, 'org/pings', next.manifest)
  const versions = `{
    current: indexingStatusForCurrentVersion(subgraphName: "org/pings") { subgraph }
    pending: indexingStatusForPendingVersion(subgraphName: "org/pings") { subgraph synced }
  }`
  expect(await indexer.status(versions)).toEqual({
    current: { subgraph: old },
    pending: { subgraph: young, synced: false },
  })
  await until(
    () => indexer.status(versions),
    ({ pending }) => pending === null,
    40_000,
  )
  await until(
    async () => seen.at(-1),
    (last) => last === young,
  )
  isOver = true
  await polling
  expect(problems).toEqual([])
  expect(seen.filter((id, i) => id !== seen[i - 1])).toEqual([old, young])
  expect(await indexer.status('{ indexingStatuses { subgraph node } }')).toEqual({
    indexingStatuses: [
      { subgraph: old, node: null },
      { subgraph: young, node: 'default' },
    ],
  })
})

it('brings every deployment back from the database alone', { timeout: 60_000 }, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  await using build = await aBuild('pings')
  await using other = await aBuild('pings', another)
  {
    await using indexer = await anOpenIndexer({ chain, database })
    await deploy(indexer, 'one', build.manifest)
    await deploy(indexer, 'two', other.manifest)
    await answersWith(indexer, 'name/one', 1)
    await answersWith(indexer, 'name/two', 1)
  }
  await emit(chain, 'Ping')
  await using indexer = await anOpenIndexer({ chain, database })
  await answersWith(indexer, 'name/one', 2)
  await answersWith(indexer, 'name/two', 2)
})

it('pauses and goes on when told', { timeout: 60_000 }, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await using build = await aBuild('pings')
  await using indexer = await anOpenIndexer({ chain, database })
  await emit(chain, 'Ping')
  const deployment = await deploy(indexer, 'one', build.manifest)
  await answersWith(indexer, 'name/one', 1)
  expect(await indexer.admin('subgraph_pause', { deployment })).toMatchObject({ result: null })
  expect(await indexer.status('{ indexingStatuses { paused } }')).toEqual({ indexingStatuses: [{ paused: true }] })
  await emit(chain, 'Ping')
  await answersWith(indexer, 'name/one', 1)
  expect(await indexer.admin('subgraph_resume', { deployment })).toMatchObject({ result: null })
  await answersWith(indexer, 'name/one', 2)
})

it('refuses in the words of graph-node what cannot be deployed', { timeout: 60_000 }, async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await using indexer = await anOpenIndexer({ chain, database })
  const refusal = async (manifest: (text: string) => string, name = 'one') => {
    await using build = await aBuild('pings', manifest)
    const ipfs_hash = await indexer.upload(build.manifest)
    const { error } = await indexer.admin('subgraph_deploy', { name, ipfs_hash })
    return error
  }
  await indexer.admin('subgraph_create', { name: 'one' })
  expect(await refusal((text) => text, 'two')).toEqual({ code: 0, message: 'subgraph name not found: two' })
  expect(await refusal((text) => text.replace('network: anvil', 'network: other'))).toEqual({
    code: 0,
    message: 'network not supported by registrar: no network other found on chain ethereum',
  })
  expect(await refusal((text) => text.replace('startBlock: 1', 'startBlock: 70'))).toEqual({
    code: 0,
    message: 'subgraph validation error: [the specified block 70 must exist on the Ethereum network]',
  })
  const unknown = 'QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o'
  expect((await indexer.admin('subgraph_deploy', { name: 'one', ipfs_hash: unknown })).error).toMatchObject({
    message: expect.stringContaining('subgraph resolve error: '),
  })
  expect((await indexer.admin('subgraph_pause', { deployment: unknown })).error).toEqual({
    code: 4,
    message: `deployment not found: ${unknown}`,
  })
})
