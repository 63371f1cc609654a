import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { aChain, type TestChain } from '../../test/chain.ts'
import { aBuild, anIndexer, type Build, emit } from '../../test/indexing.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import { buildSubgraph } from '../../test/subgraph.ts'
import { loadDeployment } from '../deployment/deployment.ts'

beforeAll(async () => {
  await buildSubgraph('pings')
  await buildSubgraph('echo')
})

const order = '{ heards(orderBy: id) { what about } }'

/** Indexes builds to the head, so that others can follow them. @returns their ids */
async function indexed(chain: TestChain, database: ScratchDatabase, ...builds: readonly Build[]): Promise<string[]> {
  const ids: string[] = []
  for (const build of builds) {
    await using indexer = await anIndexer(build, { chain, database })
    await indexer.caughtUp()
    ids.push(indexer.indexer.deployment)
  }
  return ids
}

const following = (id: string) => (manifest: string) => manifest.replace('QmPings', id)

/** `Pong …-a` without the hash of its transaction, and whose it is. */
function heard(answer: Record<string, unknown>, names: Readonly<Record<string, string>> = {}): string[] {
  const { heards } = answer as { heards: { what: string; about: string }[] }
  return heards.map(({ what, about }) => {
    const [type, id = ''] = what.split(' ')
    const name = names[about.split(' ')[1] ?? '']
    return [name, type, id.split('-')[1]].filter((part) => part !== undefined).join(' ')
  })
}

it('hears every entity of the source with its fields, in the order the source wrote them', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  await emit(chain, 'Pong', 'Ping')
  await chain.mine(3)
  await using pings = await aBuild('pings')
  const [id = ''] = await indexed(chain, database, pings)
  await using echo = await aBuild('echo', following(id))
  await using follower = await anIndexer(echo, { chain, database })
  await follower.caughtUp()
  expect(heard(await follower.ask(order))).toEqual(['Ping', 'Pong a', 'Ping', 'Pong b', 'Ping'])
  const { heards } = (await follower.ask('{ heards(first: 2, orderBy: id) { fields about } }')) as {
    heards: { fields: string[]; about: string }[]
  }
  const withoutHashes = (text: string) => text.replace(/0x\w+/, '0x…')
  expect(heards.map(({ fields, about }) => [fields.map(withoutHashes), about])).toEqual([
    [
      [
        'block: 2 Int',
        'id: 0x… Bytes',
        'size: 1606938044258990275541962092341162602522202993782792835301376 BigInt',
        'tags: [ping, 0] Array',
        'text: ping String',
      ],
      `anvil ${id}`,
    ],
    [['id: 0x…-a String', 'ping: 0x… Bytes'], `anvil ${id}`],
  ])
})

it('goes where its source goes: on with new blocks, back with a reorg', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  await using pings = await aBuild('pings')
  const [id = ''] = await indexed(chain, database, pings)
  await using echo = await aBuild('echo', following(id))
  await using follower = await anIndexer(echo, { chain, database })
  await follower.caughtUp()
  await emit(chain, 'Pong')
  await emit(chain, 'Pong', 'Ping')
  await follower.caughtUp()
  expect(heard(await follower.ask(order))).toEqual([
    ...['Ping', 'Pong a', 'Ping', 'Pong b'],
    ...['Pong a', 'Ping', 'Pong b', 'Ping'],
  ])
  await chain.do('anvil_rollback', 2)
  await emit(chain, 'Ping')
  await chain.mine(2)
  await follower.caughtUp()
  expect(heard(await follower.ask(order))).toEqual(['Ping', 'Ping'])
  expect(await follower.ask('{ lasts { heard } }')).toEqual({ lasts: [{ heard: 2 }] })
})

it('hears several sources block by block, in the order of the manifest', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  await emit(chain, 'Pong')
  await using one = await aBuild('pings')
  await using other = await aBuild('pings', (manifest) => `${manifest}description: the same again\n`)
  const [first = '', second = ''] = await indexed(chain, database, one, other)
  const both = (manifest: string) => {
    const at = manifest.indexOf('  - kind: subgraph')
    const source = manifest.slice(at)
    const again = source.replace('name: Pings', 'name: Again').replace('QmPings', second)
    return `${manifest.slice(0, at)}${again}${source.replace('QmPings', first)}`
  }
  await using echo = await aBuild('echo', both)
  await using follower = await anIndexer(echo, { chain, database })
  await follower.caughtUp()
  expect(heard(await follower.ask(order), { [first]: 'first', [second]: 'second' })).toEqual([
    'second Ping',
    'first Ping',
    ...['second Pong a', 'second Ping', 'second Pong b'],
    ...['first Pong a', 'first Ping', 'first Pong b'],
  ])
})

it('begins at the start block of its data source', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  await emit(chain, 'Ping')
  await emit(chain, 'Pong')
  await using pings = await aBuild('pings')
  const [id = ''] = await indexed(chain, database, pings)
  await using echo = await aBuild('echo', (text) => following(id)(text).replace('startBlock: 0', 'startBlock: 4'))
  await using follower = await anIndexer(echo, { chain, database })
  await follower.caughtUp()
  expect(heard(await follower.ask(order))).toEqual(['Pong a', 'Ping', 'Pong b'])
})

it('waits for a source that is deployed later', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  await using pings = await aBuild('pings')
  const { id } = await loadDeployment(pings.manifest)
  await using echo = await aBuild('echo', following(id))
  {
    await using alone = await anIndexer(echo, { chain, database })
    await expect(alone.ask('{ heards { id } }')).rejects.toThrow('has not started syncing yet')
  }
  await indexed(chain, database, pings)
  await using follower = await anIndexer(echo, { chain, database })
  await follower.caughtUp()
  expect(heard(await follower.ask(order))).toEqual(['Ping'])
})

it('refuses what cannot be followed, and says why', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await using pings = await aBuild('pings')
  await using old = await aBuild('pings', (manifest) => manifest.replace('1.3.0', '1.2.0'))
  const [id = '', oldId = ''] = await indexed(chain, database, pings, old)
  await using echo = await aBuild('echo', following(id))
  const [echoId = ''] = await indexed(chain, database, echo)
  const refusal = async (edit: (manifest: string) => string) => {
    await using build = await aBuild('echo', edit)
    const error: unknown = await anIndexer(build, { chain, database }).then(
      async (started) => started[Symbol.asyncDispose](),
      (reason: unknown) => reason,
    )
    return error instanceof Error ? error.message.split('\n').slice(1).join('\n').trim() : error
  }
  const source = (edit: (manifest: string) => string) => (manifest: string) => edit(following(id)(manifest))
  expect(await refusal(source((text) => text.replace('entity: Pong', 'entity: Count')))).toBe(
    'failed to resolve data source at index 0: Entity Count is not immutable and cannot be used as a mapping entity',
  )
  expect(await refusal(source((text) => text.replace('entity: Pong', 'entity: Nope')))).toBe(
    'failed to resolve data source at index 0: Entity Nope not found in source manifest',
  )
  expect(await refusal(following(oldId))).toBe(
    `failed to resolve data source at index 0: Source subgraph [${oldId}] manifest spec version 1.2.0 is not supported, minimum supported version is 1.3.0`,
  )
  expect(await refusal(following(echoId))).toBe(
    'failed to resolve data source at index 0: Nested subgraph data sources [Pings] are not supported.',
  )
  expect(await refusal(source((text) => text.replace('1.3.0', '1.2.0')))).toBe(
    'data source subgraph is invalid: Subgraph datasources are not supported prior to spec version 1.3.0',
  )
})

it('goes on from a graft onto another follower, and hears a source that is grafted itself', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  await emit(chain, 'Pong')
  await emit(chain, 'Ping')
  await chain.mine(6)
  const grafted = (base: string) => (manifest: string) =>
    `${manifest}features: [grafting]\ngraft: { base: ${base}, block: 3 }\n`
  await using pings = await aBuild('pings')
  const [id = ''] = await indexed(chain, database, pings)
  await using later = await aBuild('pings', grafted(id))
  await using old = await aBuild('echo', following(id))
  const [laterId = '', oldId = ''] = await indexed(chain, database, later, old)
  await using echo = await aBuild('echo', (text) => grafted(oldId)(following(laterId)(text)))
  await using follower = await anIndexer(echo, { chain, database })
  await follower.caughtUp()
  const names = { [id]: 'old', [laterId]: 'new' }
  expect(heard(await follower.ask(order), names)).toEqual([
    'old Ping',
    'old Pong a',
    'old Ping',
    'old Pong b',
    'new Ping',
  ])
})

it('lets data sources that its handlers grow see the block that grew them, and no later one', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  await emit(chain, 'Ping', 'Ping')
  await emit(chain, 'Ping')
  await using pings = await aBuild('pings')
  const [id = ''] = await indexed(chain, database, pings)
  const abi = { type: 'event', name: 'Ping', inputs: [], anonymous: false }
  const withTemplate = (manifest: string) => `${following(id)(manifest).replace('handlePing', 'handlePingAndListen')}
templates:
  - kind: ethereum
    name: Logger
    network: anvil
    source: { abi: Logger }
    mapping:
      kind: ethereum/events
      apiVersion: 0.0.9
      language: wasm/assemblyscript
      entities: [Heard]
      abis: [{ name: Logger, file: Logger.json }]
      eventHandlers: [{ event: Ping(), handler: handleLog }]
      file: Pings/Pings.wasm
`
  await using echo = await aBuild('echo', withTemplate)
  await writeFile(join(dirname(echo.manifest), 'Logger.json'), JSON.stringify([abi]))
  await using follower = await anIndexer(echo, { chain, database })
  await follower.caughtUp()
  expect(heard(await follower.ask(order))).toEqual(['Ping', 'Ping', 'Ping', 'Log', 'Log', 'Ping'])
})

it('stops where a data source has two handlers for what it hears', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await chain.mine(3)
  await emit(chain, 'Pong')
  await using pings = await aBuild('pings')
  const [id = ''] = await indexed(chain, database, pings)
  await using echo = await aBuild('echo', (text) => following(id)(text).replace('entity: Ping', 'entity: Pong'))
  await using follower = await anIndexer(echo, { chain, database })
  await expect
    .poll(async () => follower.status(), { timeout: 10_000 })
    .toMatchObject({ health: 'failed', fatalError: { block: { number: '5' } } })
  const { fatalError } = await follower.status()
  expect(fatalError?.message).toContain('Multiple handlers defined for entity `Pong`, only one is supported')
})
