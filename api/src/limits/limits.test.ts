import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { marketplace } from '../../test/marketplace.ts'

/** One for all rows: none of them gets as far as Postgres or the subgraph. */
const shared = await marketplace({ corsOrigins: ['https://app.example', 'https://other.example'] })
afterAll(() => shared[Symbol.asyncDispose]())

describe('documents', () => {
  const doubling = Array.from(
    { length: 24 },
    (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`,
  )
  it.each([
    ['too many tokens', `{ ${'a '.repeat(2_100)} }`, 'TOO_MANY_TOKENS'],
    [
      'ten thousand aliases',
      `{ ${Array.from({ length: 10_000 }, (_, index) => `a${index}:a`).join(' ')} }`,
      'TOO_MANY_TOKENS',
    ],
    ['twenty thousand levels', '{a'.repeat(20_000) + '}'.repeat(20_000), 'TOO_MANY_TOKENS'],
    ['too many levels', `{ accounts ${'{ tokens { owner '.repeat(8)} { id } ${'} }'.repeat(8)} }`, 'QUERY_TOO_DEEP'],
    ['levels hidden in fragments', deepFragments(10), 'QUERY_TOO_DEEP'],
    [
      'levels of introspection',
      `{ __schema { types { ${'fields { type { '.repeat(10)} name ${'} }'.repeat(10)} } } }`,
      'QUERY_TOO_DEEP',
    ],
    [
      'fragments that double',
      `{ ...F0 } ${doubling.join(' ')} fragment F24 on Query { __typename }`,
      'QUERY_TOO_LARGE',
    ],
    [
      'fragments in a circle',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a reserved alias', '{ _k_id: __typename }', 'RESERVED_NAME'],
    ['a reserved variable', 'query ($_k_block: Int) { tokens(first: $_k_block) { id } }', 'RESERVED_NAME'],
    ['no GraphQL', '{ tokens', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a mutation', 'mutation { a }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a subscription', 'subscription { a }', 'GRAPHQL_VALIDATION_FAILED'],
    ['@defer', '{ ... @defer { __typename } }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'several operations and no choice',
      'query A { __typename } query B { __typename }',
      'OPERATION_RESOLUTION_FAILURE',
    ],
    [
      'a variable of the wrong kind',
      'query ($first: Int!) { tokens(first: $first) { id } }',
      'BAD_USER_INPUT',
      { first: 'x' },
    ],
    ['a missing variable', 'query ($first: Int!) { tokens(first: $first) { id } }', 'BAD_USER_INPUT'],
  ])('with %s are refused before anything is asked', async (_what, query, code, variables?: object) => {
    shared.sent.length = 0
    const began = performance.now()

    const answer = await shared.ask(query, variables)

    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code } }] })
    expect(answer.data ?? null).toBeNull()
    expect(performance.now() - began).toBeLessThan(500)
    expect(shared.sent).toEqual([])
  })

  it('may hold the introspection that GraphiQL asks for', async () => {
    const { getIntrospectionQuery } = await import('graphql')

    expect(await shared.ask(getIntrospectionQuery())).toMatchObject({
      status: 200,
      data: { __schema: { types: expect.arrayContaining([expect.objectContaining({ name: 'Profile' })]) } },
    })
  })

  it.each([
    ['unknown fields', `{ ${Array.from({ length: 50 }, (_, index) => `f${index}`).join(' ')} }`],
    ['conditions on one field', `{ __typename ${'@skip(if: false) '.repeat(150)} }`],
  ])('with many %s are answered with ten complaints at most', async (_what, query) => {
    const { errors } = await shared.ask(query)

    expect(errors).toHaveLength(10)
  })
})

describe('requests', () => {
  const json = { 'content-type': 'application/json', accept: 'application/graphql-response+json' }
  it.each([
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query={__typename}' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a multipart form',
      { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'plain text',
      { headers: { 'content-type': 'text/plain' }, body: '{"query":"{__typename}"}' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'GraphQL text',
      { headers: { 'content-type': 'application/graphql' }, body: '{__typename}' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a batch',
      { headers: json, body: '[{"query":"{__typename}"},{"query":"{__typename}"}]' },
      400,
      'BATCHING_NOT_SUPPORTED',
    ],
    [
      'too large a body',
      { headers: json, body: JSON.stringify({ query: `{__typename} #${'x'.repeat(100_000)}` }) },
      413,
      'REQUEST_ENTITY_TOO_LARGE',
    ],
    ['no JSON', { headers: json, body: '{' }, 400, 'BAD_REQUEST'],
    ['packed JSON', { headers: { ...json, 'content-encoding': 'gzip' }, body: '{}' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'variables within variables',
      {
        headers: json,
        body: `{"query":"query($w:Token_filter){tokens(where:$w){id}}","variables":{"w":${'{"and":['.repeat(5_000)}{}${']}'.repeat(5_000)}}}`,
      },
      400,
      'QUERY_TOO_DEEP',
    ],
    ['no query', { headers: json, body: '{}' }, 400, 'BAD_REQUEST'],
    ['an unknown parameter', { headers: json, body: '{"query":"{__typename}","x":1}' }, 400, 'BAD_REQUEST'],
    [
      'variables that are a list',
      { headers: json, body: '{"query":"{__typename}","variables":[]}' },
      400,
      'BAD_REQUEST',
    ],
    [
      'no such operation',
      { headers: json, body: '{"query":"query A{__typename}","operationName":"B"}' },
      400,
      'OPERATION_RESOLUTION_FAILURE',
    ],
  ])('with %s are refused', async (_what, init, status, code) => {
    const response = await shared.fetch('/graphql', { method: 'POST', ...init })

    expect([response.status, await response.json()]).toMatchObject([status, { errors: [{ extensions: { code } }] }])
  })

  it('are told that they are no JSON, not what stood in them', async () => {
    const response = await shared.fetch('/graphql', { method: 'POST', headers: json, body: 'hidden-word' })

    expect(await response.text()).not.toMatch(/hidden|SyntaxError/)
  })

  it('for a host that cannot be are refused without a word of ours', async () => {
    const server = createServer(shared.handle).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.end('GET /graphql?query={__typename} HTTP/1.1\r\nHost: ]x[\r\nConnection: close\r\n\r\n')

    const answer = Buffer.concat(await Array.fromAsync(socket)).toString()

    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).not.toMatch(/node_modules|Error/)
    server.close()
    await once(server, 'close')
  })

  it('may be a GET', async () => {
    const response = await shared.fetch('/graphql?query={__typename}', { headers: { accept: 'application/json' } })

    expect([response.status, await response.json()]).toEqual([200, { data: { __typename: 'Query' } }])
  })

  it('cannot reach the prototype of anything', async () => {
    const body =
      '{"query":"query($w: Profile_filter){profiles(where:$w){handle}}","variables":{"w":{"__proto__":{"polluted":1}}}}'

    await shared.fetch('/graphql', { method: 'POST', headers: json, body })

    expect(Object('polluted' in {})).toEqual(Object(false))
  })

  it.each([
    ['https://app.example', 'https://app.example'],
    ['https://evil.example', null],
    ['null', null],
  ])('from pages of %s are allowed %s', async (origin, allowed) => {
    const preflight = await shared.fetch('/graphql', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    })

    expect(preflight.headers.get('access-control-allow-origin')).toBe(allowed)
    expect(preflight.headers.get('access-control-allow-credentials')).not.toBe('true')
  })

  it('find nothing elsewhere', async () => {
    expect((await shared.fetch('/nothing')).status).toBe(404)
  })
})

function deepFragments(levels: number): string {
  const fragments = Array.from({ length: levels }, (_, index) => {
    const below = index + 1 < levels ? `...D${index + 1}` : 'id'
    return `fragment D${index} on Account { tokens { owner { ${below} } } }`
  })
  return `{ accounts { ...D0 } } ${fragments.join(' ')}`
}
