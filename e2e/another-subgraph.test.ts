import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAnvil } from '../contracts/anvil.ts'
import { scratchDatabase } from '../indexer/test/postgres.ts'
import { type Council, choice, compileCouncil, deployCouncil, topicOf } from './another-subgraph/council.ts'
import { type Gateway, startGateway } from './another-subgraph/gateway.ts'
import { type Copy, editedPlaces, putCouncilInPlace } from './another-subgraph/put-in-place.ts'
import { type Answer, ask } from './graphql.ts'
import { heddleIndexer, type IndexProcess, untilIndexed } from './index-process.ts'
import { repository } from './stack.ts'
import { until } from './until.ts'

/*
 * The way of a team with a subgraph of its own, as api/README.md tells it: a council that votes takes the marketplace's
 * place, and everything from its contract to the answer is real.
 */

const bridge = topicOf('Build a bridge')
const ferry = topicOf('Buy a ferry')
const graphCli = join(repository, 'node_modules/@graphprotocol/graph-cli/bin/run.js')
const tsc = join(repository, 'node_modules/typescript/bin/tsc')

const rooms = new AsyncDisposableStack()
let council: Council
let copy: Copy
let indexer: IndexProcess
let gateway: Gateway
let head: number

beforeAll(async () => {
  const compiled = await compileCouncil()
  const chain = rooms.use(await startAnvil())
  council = await deployCouncil(chain.url, compiled)
  head = await firstVotes(council)

  copy = rooms.use(await putCouncilInPlace())
  const subgraph = join(copy.root, 'subgraph')
  const manifest = join(subgraph, 'subgraph.yaml')
  await mkdir(join(subgraph, 'abis'))
  await writeFile(join(subgraph, 'abis/Council.json'), JSON.stringify(compiled.abi))
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/0x0{40}/, council.address))
  await copy.node('subgraph', [graphCli, 'codegen', '--skip-migrations'])
  await copy.node('subgraph', [graphCli, 'build', '--skip-migrations'])

  const database = rooms.use(await scratchDatabase())
  const env = { ...process.env, DATABASE_URL: database.url }
  await writeFile(join(copy.root, 'people.json'), JSON.stringify(whatPeopleWrote(council)))
  await copy.node('prisma', ['codegen.ts'])
  await copy.node('prisma', ['migrate.ts'], env)
  await copy.node('prisma', ['seed.ts', '../people.json'], env)

  indexer = await heddleIndexer({
    manifest: join(subgraph, 'build/subgraph.yaml'),
    rpcUrl: chain.url,
    postgresUrl: database.url,
  })
  rooms.defer(() => indexer.end('SIGTERM'))
  gateway = await startGateway(copy.root, { DATABASE_URL: database.url, HEDDLE_SUBGRAPH_URL: indexer.subgraph })
  rooms.defer(() => gateway.stop())
  await untilIndexed(indexer.subgraph, head)
}, 180_000)

afterAll(() => rooms.disposeAsync(), 60_000)

/** @returns the block of the last transaction */
async function firstVotes({ people: [ada, ben, cleo], send }: Council): Promise<number> {
  for (const member of [ada, ben, cleo]) await send(member, 'join')
  await send(ada, 'propose', [bridge])
  await send(ben, 'propose', [ferry])
  await send(ada, 'vote', [1n, choice.for])
  await send(ben, 'vote', [1n, choice.for])
  await send(cleo, 'vote', [1n, choice.against])
  await send(ada, 'vote', [2n, choice.abstain])
  await send(cleo, 'close', [1n])
  return send(cleo, 'propose', [bridge])
}

/** Cleo says nothing about herself, nobody explains the ferry, and Dora writes but has no seat. */
function whatPeopleWrote({ people: [ada, ben, cleo, dora] }: Council) {
  return {
    writers: [
      { address: ada, name: 'Ada' },
      { address: ben, name: 'Ben' },
      { address: dora, name: 'Dora' },
    ],
    briefs: [{ topic: bridge, title: 'A bridge', text: 'Build a bridge', writerId: ada }],
    rationales: [
      { proposal: '1', voter: cleo, text: 'Bridges need paint.' },
      { proposal: '2', voter: ada, text: 'I get seasick.' },
    ],
  }
}

const query = (text: string): Promise<Answer> => ask(`${gateway.origin}/graphql`, text)
const example = () => readFile(join(copy.root, 'api/examples/proposals.graphql'), 'utf8')

describe('another subgraph behind the gateway', () => {
  it('needs no edit but of the joins, the models, their types and the subgraph', async () => {
    const changed = await copy.changedFiles()

    expect(changed).toContain('api/src/weave.ts')
    expect(changed.filter((file) => !editedPlaces.some((place) => `${file}/`.startsWith(`${place}/`)))).toEqual([])
  })

  it('is checked by the compiler, joins and models together', async () => {
    const said = await Promise.all(['api', 'prisma'].map((room) => copy.node(room, [tsc])))

    expect(said).toEqual(['', ''])
  }, 120_000)

  it('answers what the chain says with what people wrote, by keys of one field and of several', async () => {
    const { data, errors, extensions } = await query(await example())
    const [ada, ben, cleo] = council.people
    const adasVote = { voter: { id: ada, writer: { name: 'Ada' } }, rationale: null }
    const bensVote = { voter: { id: ben, writer: { name: 'Ben' } }, rationale: null }
    const cleosVote = { voter: { id: cleo, writer: null }, rationale: { text: 'Bridges need paint.' } }

    expect(errors).toBeUndefined()
    expect(extensions).toMatchObject({ chain: { block: { number: head } } })
    expect(data?.proposals).toEqual([
      {
        number: '1',
        state: 'PASSED',
        for: '2',
        against: '1',
        brief: { title: 'A bridge', writer: { name: 'Ada' } },
        proposer: { writer: { name: 'Ada' } },
        votes: [
          { ...adasVote, choice: 'FOR' },
          { ...bensVote, choice: 'FOR' },
          { ...cleosVote, choice: 'AGAINST' },
        ],
      },
      {
        number: '2',
        state: 'OPEN',
        for: '0',
        against: '0',
        brief: null,
        proposer: { writer: { name: 'Ben' } },
        votes: [{ ...adasVote, choice: 'ABSTAIN', rationale: { text: 'I get seasick.' } }],
      },
      {
        number: '3',
        state: 'OPEN',
        for: '0',
        against: '0',
        brief: { title: 'A bridge', writer: { name: 'Ada' } },
        proposer: { writer: null },
        votes: [],
      },
    ])
  })

  it('answers what people wrote with what the chain says, and back again', async () => {
    const { data, errors } = await query(`{
      writers {
        name
        members { seat voteCount votes(orderBy: timestamp) { proposal { brief { title } } } }
        briefs { title proposals { number state proposer { seat writer { name } } } }
      }
    }`)

    expect(errors).toBeUndefined()
    expect(data?.writers).toEqual([
      {
        name: 'Ada',
        members: [
          {
            seat: '1',
            voteCount: 2,
            votes: [{ proposal: { brief: { title: 'A bridge' } } }, { proposal: { brief: null } }],
          },
        ],
        briefs: [
          {
            title: 'A bridge',
            proposals: [
              { number: '1', state: 'PASSED', proposer: { seat: '1', writer: { name: 'Ada' } } },
              { number: '3', state: 'OPEN', proposer: { seat: '3', writer: null } },
            ],
          },
        ],
      },
      {
        name: 'Ben',
        members: [{ seat: '2', voteCount: 1, votes: [{ proposal: { brief: { title: 'A bridge' } } }] }],
        briefs: [],
      },
      { name: 'Dora', members: [], briefs: [] },
    ])
  })

  it('follows the chain, and agrees with its contract', async () => {
    const { people, send, tallyOf } = council
    await send(people[2], 'vote', [2n, choice.for])
    head = await send(people[1], 'vote', [2n, choice.against])
    await untilIndexed(indexer.subgraph, head)

    const { data } = await query('{ proposal(id: "2") { against for abstain } }')
    const [against, inFavour, abstain] = await tallyOf(2)

    expect(data).toEqual({ proposal: { against: `${against}`, for: `${inFavour}`, abstain: `${abstain}` } })
    expect([against, inFavour, abstain]).toEqual([1n, 1n, 1n])
  })

  it('is ready, and opens GraphiQL with examples of its own', async () => {
    const ready = await until(
      'the gateway is ready',
      () => fetch(`${gateway.origin}/health/ready`),
      ({ status }) => status === 200,
      10_000,
    )
    const page = await (await fetch(`${gateway.origin}/graphql`, { headers: { accept: 'text/html' } })).text()
    const boot = /src="(\/graphiql\/boot\.[^"]+)"/.exec(page)?.[1]
    const script = await (await fetch(`${gateway.origin}${boot}`)).text()

    expect(ready.ok).toBe(true)
    expect(script).toContain(JSON.stringify(await example()))
  }, 60_000)

  it('has migrations that are what its models say', async () => {
    expect(await copy.node('prisma', ['migrate.ts', '--check'])).toBe('')
  }, 60_000)
})
