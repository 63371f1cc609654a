import { type Handler, json } from './http.ts'

/** What an operator can do over JSON-RPC. Each throws {@link AdminError} for what cannot be done. */
export interface Admin {
  create(name: string): Promise<{ id: string }>
  deploy(name: string, deployment: string): Promise<void>
  remove(name: string): Promise<void>
}

/** A refusal that is meant for whoever called. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
}

/** An indexer that was started for one subgraph takes no others. @param reason - a sentence that says what to do instead */
export function closedAdmin(reason: string): Admin {
  const refuse = async (): Promise<never> => {
    throw new AdminError(reason)
  }
  return { create: refuse, deploy: refuse, remove: refuse }
}

/** graph-node's numbers for what its methods throw. */
const errorCodes = new Map([
  ['subgraph_deploy', 0],
  ['subgraph_remove', 1],
  ['subgraph_create', 2],
  ['subgraph_reassign', 3],
  ['subgraph_pause', 4],
  ['subgraph_resume', 5],
])

type Id = string | number | null

/**
 * What graph-node serves on port 8020: JSON-RPC 2.0, single calls or batches.
 * @param publicPort - of the query door, told in the answer to a deploy
 */
export function adminHandler(admin: Admin, publicPort: number): Handler {
  return async ({ method, body }) => {
    if (method !== 'POST') return json(405, { error: 'Used HTTP Method is not allowed. POST or OPTIONS is required' })
    let sent: unknown
    try {
      sent = JSON.parse(body.toString('utf8'))
    } catch {
      return json(200, failure(null, -32700, 'Parse error'))
    }
    if (!Array.isArray(sent)) {
      const answered = await answerCall(sent, admin, publicPort)
      return answered ? json(200, answered) : { status: 200 }
    }
    if (sent.length === 0) return json(200, failure(null, -32600, 'Invalid request'))
    const answers = await Promise.all(sent.map((call) => answerCall(call, admin, publicPort)))
    const told = answers.filter((answered) => answered !== null)
    return told.length > 0 ? json(200, told) : { status: 200 }
  }
}

/** @returns null for a notification, which wants no answer */
async function answerCall(call: unknown, admin: Admin, publicPort: number): Promise<object | null> {
  if (typeof call !== 'object' || call === null || !('method' in call) || typeof call.method !== 'string') {
    return failure(null, -32600, 'Invalid request')
  }
  const { method } = call
  const id = 'id' in call ? (call.id as Id) : undefined
  const code = errorCodes.get(method)
  const answered =
    code === undefined
      ? failure(id ?? null, -32601, 'Method not found')
      : await run(call, method, code, { admin, publicPort, id: id ?? null })
  return id === undefined ? null : answered
}

async function run(
  call: object,
  method: string,
  code: number,
  { admin, publicPort, id }: { admin: Admin; publicPort: number; id: Id },
): Promise<object> {
  const params = 'params' in call && typeof call.params === 'object' && call.params !== null ? call.params : {}
  const text = (name: string) => {
    const value: unknown = Reflect.get(params, name)
    if (typeof value !== 'string') throw new ParamsError(`missing field \`${name}\``)
    return value
  }
  try {
    return { jsonrpc: '2.0', id, result: await work(method, text, admin, publicPort) }
  } catch (error) {
    if (error instanceof ParamsError) return failure(id, -32602, `Invalid params: ${error.message}.`)
    return failure(id, code, error instanceof AdminError ? error.message : 'internal error')
  }
}

async function work(
  method: string,
  text: (name: string) => string,
  admin: Admin,
  publicPort: number,
): Promise<unknown> {
  switch (method) {
    case 'subgraph_create':
      return admin.create(text('name'))
    case 'subgraph_remove':
      await admin.remove(text('name'))
      return null
    case 'subgraph_deploy': {
      const name = text('name')
      await admin.deploy(name, text('ipfs_hash'))
      const queries = `:${publicPort}/subgraphs/name/${name}`
      return { playground: `${queries}/graphql`, queries }
    }
    default:
      throw new AdminError(`${method} is not supported by this indexer`)
  }
}

class ParamsError extends Error {}

function failure(id: Id, code: number, message: string): object {
  return { jsonrpc: '2.0', id, error: { code, message } }
}
