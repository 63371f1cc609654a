import { type Handler, json } from './http.ts'
import { isSubgraphName } from './name.ts'

/** What an operator can do over JSON-RPC. Each throws {@link AdminError} for what cannot be done. */
export interface Admin {
  create(name: string): Promise<{ readonly id: string }>
  /** @param historyBlocks - how many blocks back it can be asked; absent: as the manifest says */
  deploy(name: string, deployment: string, historyBlocks?: number): Promise<void>
  remove(name: string): Promise<void>
  reassign(deployment: string, node: string): Promise<void>
  pause(deployment: string): Promise<void>
  resume(deployment: string): Promise<void>
}

/** A refusal that is meant for whoever called. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
}

export interface AdminDoor {
  readonly admin: Admin
  /** What an address told in an answer begins with: a URL, or only `:8000`. */
  readonly publicBase: string
  /** Told of what was no {@link AdminError}; the caller only learns that something went wrong. */
  readonly onError: (method: string, error: unknown) => void
}

/**
 * What graph-node serves on port 8020: JSON-RPC 2.0, single calls or batches.
 * @see graphprotocol/graph-node server/json-rpc/src/handlers.rs
 */
export function adminHandler(door: AdminDoor): Handler {
  return async ({ method, body }) => {
    if (method !== 'POST') return json(405, { error: 'Used HTTP Method is not allowed. POST or OPTIONS is required' })
    let sent: unknown
    try {
      sent = JSON.parse(body.toString('utf8'))
    } catch {
      return json(200, failure(null, -32700, 'Parse error'))
    }
    const calls: unknown[] = Array.isArray(sent) ? sent : [sent]
    if (calls.length === 0) return json(200, failure(null, -32600, 'Invalid Request'))
    if (!calls.every(isCall)) return json(200, failure(null, -32700, 'Parse error'))
    // One after the other: a batch may create a name and then deploy to it.
    const answers: object[] = []
    for (const call of calls) {
      const answer = await answerCall(call, door)
      if (call.id !== undefined) answers.push(answer)
    }
    if (answers.length === 0) return { status: 200 }
    return json(200, Array.isArray(sent) ? answers : answers[0])
  }
}

type Id = string | number | null

interface Call {
  readonly jsonrpc: '2.0'
  readonly method: string
  /** Absent in a notification, which wants no answer. */
  readonly id?: Id
  readonly params?: unknown
}

function isCall(value: unknown): value is Call {
  if (typeof value !== 'object' || value === null) return false
  return 'jsonrpc' in value && value.jsonrpc === '2.0' && 'method' in value && typeof value.method === 'string'
}

interface Method {
  /** graph-node's number for what it throws. */
  readonly code: number
  /** What its parameters are called in complaints, and in which order they come in a list. */
  readonly struct: string
  readonly fields: readonly string[]
  run(read: Reader, door: AdminDoor): Promise<unknown>
}

/** A parameter, checked. @throws {@link ParamsError} */
interface Reader {
  name(field: string): string
  text(field: string): string
  optionalNumber(field: string): number | undefined
}

const methods: Readonly<Record<string, Method>> = {
  subgraph_create: {
    code: 2,
    struct: 'SubgraphCreateParams',
    fields: ['name'],
    run: async (read, { admin }) => admin.create(read.name('name')),
  },
  subgraph_deploy: {
    code: 0,
    struct: 'SubgraphDeployParams',
    fields: ['name', 'ipfs_hash', 'node_id', 'debug_fork', 'history_blocks'],
    run: async (read, { admin, publicBase }) => {
      const name = read.name('name')
      await admin.deploy(name, read.text('ipfs_hash'), read.optionalNumber('history_blocks'))
      const queries = `${publicBase}/subgraphs/name/${name}`
      return { playground: `${queries}/graphql`, queries }
    },
  },
  subgraph_remove: {
    code: 1,
    struct: 'SubgraphRemoveParams',
    fields: ['name'],
    run: async (read, { admin }) => admin.remove(read.name('name')),
  },
  subgraph_reassign: {
    code: 3,
    struct: 'SubgraphReassignParams',
    fields: ['ipfs_hash', 'node_id'],
    run: async (read, { admin }) => admin.reassign(read.text('ipfs_hash'), read.text('node_id')),
  },
  subgraph_pause: {
    code: 4,
    struct: 'SubgraphPauseParams',
    fields: ['deployment'],
    run: async (read, { admin }) => admin.pause(read.text('deployment')),
  },
  subgraph_resume: {
    code: 5,
    struct: 'SubgraphPauseParams',
    fields: ['deployment'],
    run: async (read, { admin }) => admin.resume(read.text('deployment')),
  },
}

async function answerCall({ id = null, method: methodName, params }: Call, door: AdminDoor): Promise<object> {
  const method = Object.hasOwn(methods, methodName) ? methods[methodName] : undefined
  if (method === undefined) return failure(id, -32601, 'Method not found')
  try {
    return { jsonrpc: '2.0', id, result: (await method.run(readerOf(params, method), door)) ?? null }
  } catch (error) {
    if (error instanceof ParamsError) return failure(id, -32602, `Invalid params: ${error.message}`)
    if (error instanceof AdminError) return failure(id, method.code, error.message)
    door.onError(methodName, error)
    return failure(id, method.code, 'internal error')
  }
}

/** The complaints are those of graph-node's parser. */
function readerOf(params: unknown, { struct, fields }: Method): Reader {
  if (typeof params !== 'object' || params === null) {
    throw new ParamsError(`invalid type: ${describe(params)}, expected struct ${struct}`)
  }
  const read = (field: string): unknown =>
    Array.isArray(params)
      ? params[fields.indexOf(field)]
      : Object.hasOwn(params, field)
        ? Reflect.get(params, field)
        : undefined
  const text = (field: string): string => {
    const value = read(field)
    if (typeof value === 'string') return value
    if (value !== undefined) throw new ParamsError(`invalid type: ${describe(value)}, expected a string`)
    const count = `${fields.length} element${fields.length === 1 ? '' : 's'}`
    throw new ParamsError(
      Array.isArray(params)
        ? `invalid length ${params.length}, expected struct ${struct} with ${count}`
        : `missing field \`${field}\``,
    )
  }
  return {
    text,
    name: (field) => {
      const value = text(field)
      if (isSubgraphName(value)) return value
      throw new ParamsError(`invalid value: string ${JSON.stringify(value)}, expected valid subgraph name`)
    },
    optionalNumber: (field) => {
      const value = read(field) ?? undefined
      if (value === undefined || (typeof value === 'number' && Number.isInteger(value))) return value
      throw new ParamsError(`invalid type: ${describe(value)}, expected i32`)
    },
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'sequence'
  return typeof value === 'object' ? 'map' : typeof value
}

class ParamsError extends Error {}

function failure(id: Id, code: number, message: string): object {
  return { jsonrpc: '2.0', id, error: { code, message } }
}
