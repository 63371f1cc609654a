import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aBlockLink } from '../../test/deployment.ts'
import { type ScratchIndex, scratchIndex } from '../../test/queryable.ts'
import { type Door, openDoor } from './http.ts'
import { createMetrics, metricsHandler } from './metrics.ts'
import { queryHandler } from './query.ts'
import { statusHandler } from './status.ts'
import { statusSource } from './status-source.ts'

const schemaText = 'type City @entity(immutable: false) { id: ID!  name: String! }'
const here = { host: '127.0.0.1', port: 0 }

let index: ScratchIndex
let door: Door
let url: string
beforeAll(async () => {
  index = await scratchIndex(schemaText, { number: 3, write: { City: [{ id: 'rome', name: 'Rome' }] } })
  door = await openDoor(
    queryHandler({
      find: ({ ...target }) => ('name' in target && target.name !== 'a/b' ? undefined : index.queryable),
    }),
    {
      ...here,
      maxBodyBytes: 10_000,
    },
  )
  url = `http://127.0.0.1:${door.port}`
})
afterAll(async () => {
  await door.close()
  await index[Symbol.asyncDispose]()
})

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url + path, { method: 'POST', body, headers })
const query = JSON.stringify({ query: '{ cities { id } }' })

describe('queries', () => {
  it.each(['/subgraphs/name/a/b', '/subgraphs/name/a/b/', '/subgraphs/name/a/b?x=1', '/subgraphs/id/QmScratch'])(
    'answers at %s',
    async (path) => {
      const response = await post(path, query, { 'content-type': 'text/whatever' })
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ data: { cities: [{ id: 'rome' }] } })
      const { number, hash, timestamp } = aBlockLink(3)
      expect(JSON.parse(response.headers.get('graph-indexed') ?? '')).toEqual({ number, hash, timestamp })
      expect(response.headers.get('graph-attestable')).toBe('true')
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.get('content-type')).toBe('application/json')
    },
  )

  it.each([
    ['', 'Body is required'],
    ['{ cities { id } }', 'GraphQL server error (client error): key must be a string at line 1 column 3'],
    ['[]', 'GraphQL server error (client error): Request data is not an object'],
    ['null', 'GraphQL server error (client error): Request data is not an object'],
    ['{}', 'GraphQL server error (client error): The "query" field is missing in request data'],
    ['{"query":5}', 'GraphQL server error (client error): The "query" field is not a string'],
    [
      '{"query":"{ cities { id } }","variables":"{}"}',
      'GraphQL server error (client error): Invalid query variables provided',
    ],
    [
      '{"query":"{ cities(where: {name: \\"\\ud83d\\"}) { id } }"}',
      'GraphQL server error (client error): unexpected end of hex escape at line 1 column 43',
    ],
  ])('refuses the body %j', async (body, error) => {
    const response = await post('/subgraphs/name/a/b', body)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error })
  })

  it('takes a body whose text holds a whole surrogate pair, or an escaped backslash before a u', async () => {
    for (const text of ['\\ud83d\\ude00', '\\\\\\\\ud83d']) {
      const response = await post('/subgraphs/name/a/b', `{"query":"{ cities(where: {name: \\"${text}\\"}) { id } }"}`)
      expect(await response.json()).toEqual({ data: { cities: [] } })
    }
  })

  it('has an answer for whoever comes to the wrong place', async () => {
    expect(await (await post('/subgraphs/name/nope', query)).json()).toEqual({
      errors: [{ message: 'deployment `nope` does not exist' }],
    })
    expect((await post('/subgraphs/name/a%20b', query)).status).toBe(400)
    expect((await post('/subgraphs/name/a/b/graphql', query)).status).toBe(400)
    const missing = await fetch(`${url}/nope`)
    expect([missing.status, await missing.json()]).toEqual([200, { message: 'Not found' }])
    expect((await fetch(`${url}/subgraphs/name/a/b`, { method: 'DELETE' })).status).toBe(200)
  })

  it('leads a browser to a page, and lets other origins in', async () => {
    const response = await fetch(`${url}/subgraphs/name/a/b?query=x`, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, '/subgraphs/name/a/b/graphql'])
    const page = await fetch(`${url}/subgraphs/name/a/b/graphql`)
    expect(page.headers.get('content-type')).toBe('text/html')
    expect(await page.text()).toContain('/subgraphs/name/a/b')
    expect((await fetch(`${url}/anything`, { method: 'OPTIONS' })).status).toBe(200)
  })

  it('does not read more than it will take', async () => {
    expect((await post('/subgraphs/name/a/b', 'x'.repeat(20_000))).status).toBe(413)
  })

  it('finishes what is under way before it closes', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let arrived = () => {}
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const slow = await openDoor(async () => {
      arrived()
      await held
      return { status: 200, body: 'done' }
    }, here)
    const response = fetch(`http://127.0.0.1:${slow.port}/`)
    await arrival
    const closed = slow.close()
    release()
    expect(await (await response).text()).toBe('done')
    await closed
  })
})

it('tells how far each deployment is', async () => {
  const chain = { request: async () => ({ hash: aBlockLink(3).hash }) }
  const options = { version: '0.1.0', layoutOf: async () => index.store.layout, rpcOf: () => chain }
  const source = statusSource(index.postgres, options)
  const status = await openDoor(statusHandler(source), here)
  const ask = async (text: string) => {
    const response = await fetch(`http://127.0.0.1:${status.port}/graphql`, {
      method: 'POST',
      body: JSON.stringify({ query: text }),
    })
    return response.json()
  }
  const block = { number: '3', hash: aBlockLink(3).hash.slice(2) }
  expect(
    await ask(`{ indexingStatuses(subgraphs: ["QmScratch"]) {
      subgraph synced health entityCount fatalError { message }
      chains { __typename network latestBlock { number hash } chainHeadBlock { number hash } earliestBlock { number } }
    } version { version } blockHashFromNumber(network: "mainnet", blockNumber: 3) }`),
  ).toEqual({
    data: {
      indexingStatuses: [
        {
          subgraph: 'QmScratch',
          synced: false,
          health: 'healthy',
          entityCount: '2',
          fatalError: null,
          chains: [
            {
              __typename: 'EthereumIndexingStatus',
              network: 'mainnet',
              latestBlock: block,
              chainHeadBlock: block,
              earliestBlock: { number: '0' },
            },
          ],
        },
      ],
      version: { version: '0.1.0' },
      blockHashFromNumber: aBlockLink(3).hash.slice(2),
    },
  })
  expect(await ask('{ indexingStatusForCurrentVersion(subgraphName: "nope") { health } }')).toEqual({
    data: { indexingStatusForCurrentVersion: null },
  })
  expect(await ask('{ indexingStatuses { nope } }')).toMatchObject({
    errors: [{ message: 'Type `SubgraphIndexingStatus` has no field `nope`' }],
  })
  await status.close()
})

it("shows metrics under graph-node's names", async () => {
  const metrics = createMetrics()
  metrics.deploymentHead.set({ deployment: 'Qm', network: 'mainnet', shard: 'primary' }, 7)
  const shown = await openDoor(metricsHandler(metrics), here)
  const text = await (await fetch(`http://127.0.0.1:${shown.port}/metrics`)).text()
  expect(text).toContain('deployment_head{deployment="Qm",network="mainnet",shard="primary"} 7')
  await shown.close()
})
