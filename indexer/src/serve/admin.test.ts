import { expect, it } from 'vitest'
import { type Admin, AdminError, adminHandler } from './admin.ts'
import { guarded } from './guard.ts'
import type { Handler } from './http.ts'

const refuse = async (): Promise<never> => {
  throw new AdminError('deployment not found: Qm1')
}
const admin: Admin = {
  create: async () => ({ id: 'ab12' }),
  deploy: async (_name, id) => {
    if (id === 'Qm0') throw new Error('the disk is on fire')
  },
  remove: async () => undefined,
  reassign: refuse,
  pause: refuse,
  resume: async () => undefined,
}
const told: string[] = []
const handler = adminHandler({ admin, publicBase: ':8000', onError: (method) => told.push(method) })

async function post(body: string, through: Handler = handler, headers: Readonly<Record<string, string>> = {}) {
  const request = { method: 'POST', path: '/', search: new URLSearchParams(), headers, body: Buffer.from(body) }
  const response = await through(request)
  return { status: response.status, body: response.body === undefined ? null : JSON.parse(String(response.body)) }
}

function call(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 7, method, params })
}

it.each([
  [call('subgraph_create', { name: 'a/b' }), { id: 'ab12' }],
  [call('subgraph_create', ['a/b']), { id: 'ab12' }],
  [
    call('subgraph_deploy', { name: 'a/b', ipfs_hash: 'Qm1', version_label: 'v1' }),
    { playground: ':8000/subgraphs/name/a/b/graphql', queries: ':8000/subgraphs/name/a/b' },
  ],
  [call('subgraph_remove', { name: 'a/b' }), null],
  [call('subgraph_resume', { deployment: 'Qm1' }), null],
])('answers the admin call %s', async (body, result) => {
  expect(await post(body)).toEqual({ status: 200, body: { jsonrpc: '2.0', id: 7, result } })
})

const refused: readonly (readonly [string, { readonly code: number; readonly message: string }])[] = [
  ['nope', { code: -32700, message: 'Parse error' }],
  ['[]', { code: -32600, message: 'Invalid Request' }],
  ['{"id":1,"method":"subgraph_create","params":{"name":"a"}}', { code: -32700, message: 'Parse error' }],
  ['{"jsonrpc":"2.0","id":true,"method":"subgraph_create"}', { code: -32700, message: 'Parse error' }],
  ['{"jsonrpc":"2.0","id":1.5,"method":"subgraph_create"}', { code: -32700, message: 'Parse error' }],
  ['{"jsonrpc":"1.0","id":1,"method":"subgraph_create"}', { code: -32600, message: 'Invalid Request' }],
  [
    call('subgraph_create', 'a'),
    { code: -32602, message: 'Invalid params: invalid type: string "a", expected struct SubgraphCreateParams' },
  ],
  [
    call('subgraph_create', { name: true }),
    { code: -32602, message: 'Invalid params: invalid type: boolean `true`, expected a string' },
  ],
  [
    call('subgraph_create', ['a', 'b']),
    { code: -32602, message: 'Invalid params: invalid length 2, expected fewer elements in array' },
  ],
  [
    call('subgraph_deploy', ['a', 'Qm1']),
    { code: -32602, message: 'Invalid params: invalid length 2, expected struct SubgraphDeployParams with 5 elements' },
  ],
  [
    call('subgraph_deploy', { name: 'a', ipfs_hash: 'Qm1', node_id: '' }),
    { code: -32602, message: 'Invalid params: invalid value: string "", expected valid node ID' },
  ],
  [
    call('subgraph_deploy', { name: 'a', ipfs_hash: 'Qm1', history_blocks: 99_999_999_999 }),
    { code: -32602, message: 'Invalid params: invalid number' },
  ],
  [
    call('subgraph_reassign', { ipfs_hash: 'Qm1', node_id: 'n'.repeat(64) }),
    {
      code: -32602,
      message: `Invalid params: invalid value: string "${'n'.repeat(64)}", expected valid node ID`,
    },
  ],
  [call('subgraph_dance', {}), { code: -32601, message: 'Method not found' }],
  [call('toString', {}), { code: -32601, message: 'Method not found' }],
  [call('subgraph_create', {}), { code: -32602, message: 'Invalid params: missing field `name`' }],
  [
    call('subgraph_create', undefined),
    { code: -32602, message: 'Invalid params: invalid type: null, expected struct SubgraphCreateParams' },
  ],
  [
    call('subgraph_create', []),
    { code: -32602, message: 'Invalid params: invalid length 0, expected struct SubgraphCreateParams with 1 element' },
  ],
  [
    call('subgraph_create', { name: 5 }),
    { code: -32602, message: 'Invalid params: invalid type: number, expected a string' },
  ],
  ...['a b', '', 'a//b', 'graphql', '9', '-a'].map((name): [string, { code: number; message: string }] => [
    call('subgraph_create', { name }),
    { code: -32602, message: `Invalid params: invalid value: string "${name}", expected valid subgraph name` },
  ]),
  [call('subgraph_deploy', { name: 'a' }), { code: -32602, message: 'Invalid params: missing field `ipfs_hash`' }],
  [call('subgraph_pause', { deployment: 'Qm1' }), { code: 4, message: 'deployment not found: Qm1' }],
  [call('subgraph_reassign', { ipfs_hash: 'Qm1', node_id: 'x' }), { code: 3, message: 'deployment not found: Qm1' }],
]

it.each(refused)('refuses the admin call %s in the words of graph-node', async (body, error) => {
  expect(await post(body)).toMatchObject({ status: 200, body: { jsonrpc: '2.0', error } })
})

it('tells a caller nothing of what is our own fault, and the log everything', async () => {
  const answer = await post(call('subgraph_deploy', { name: 'a', ipfs_hash: 'Qm0' }))
  expect(answer.body.error).toEqual({ code: 0, message: 'internal error' })
  expect(told).toEqual(['subgraph_deploy'])
})

it('heeds a notification, and says no more than that', async () => {
  const notification = { jsonrpc: '2.0', method: 'subgraph_dance' }
  expect(await post(JSON.stringify(notification))).toMatchObject({ body: { jsonrpc: '2.0', id: null, result: null } })
  expect(await post(JSON.stringify({ ...notification, id: null }))).toMatchObject({ body: { id: null, result: null } })
  expect(await post(JSON.stringify([notification]))).toMatchObject({ body: [] })
})

it('has one path, and one method', async () => {
  const request = { search: new URLSearchParams(), headers: {}, body: Buffer.from('{}') }
  expect(await handler({ ...request, method: 'GET', path: '/' })).toEqual({ status: 405 })
  expect(await handler({ ...request, method: 'POST', path: '/x' })).toEqual({ status: 404 })
})

it('answers a batch in order, but no notification', async () => {
  const batch = [
    { jsonrpc: '2.0', id: 'a', method: 'subgraph_create', params: { name: 'a' } },
    { jsonrpc: '2.0', method: 'subgraph_create', params: { name: 'b' } },
    { jsonrpc: '2.0', id: 'c', method: 'subgraph_dance' },
  ]
  const { body } = await post(JSON.stringify(batch))
  expect(body.map(({ id }: { id: string }) => id)).toEqual(['a', 'c'])
})

it('asks for the token where there is one, and lets no web page in', async () => {
  const door = guarded(handler, 'a-token-of-some-length')
  const body = call('subgraph_create', { name: 'a' })
  expect((await post(body, door)).status).toBe(401)
  expect((await post(body, door, { authorization: 'Bearer a-token-of-some-lengtH' })).status).toBe(401)
  expect((await post(body, door, { authorization: 'Bearer a-token-of-some-length' })).status).toBe(200)
  expect((await post(body, guarded(handler, undefined), { origin: 'https://example.com' })).status).toBe(403)
})
