import { type Handler, json } from './http.ts'
import { isSubgraphName } from './name.ts'

/** What an operator can do over JSON-RPC. Each throws {@link AdminError} for what cannot be done. */
export interface Admin {
  create(name: string): Promise<{ readonly id: string }>
  /**
   * @param historyBlocks - how many blocks back it can be asked; absent: as the manifest says
   * @param node - who is to run it; absent: whoever is asked
   */
  deploy(name: string, deployment: string, historyBlocks?: number, node?: string): Promise<void>
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
  return async ({ method, path, body }) => {
    if (path !== '/') return { status: 404 }
    if (method !== 'POST') return { status: 405 }
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
      if (answer !== null) answers.push(answer)
    }
    return json(200, Array.isArray(sent) ? answers : (answers[0] ?? { jsonrpc: '2.0', id: null, result: null }))
  }
}

type Id = string | number | null

interface Call {
  readonly jsonrpc: string
  readonly method: string
  /** Absent, or null, in a notification, which wants no answer. */
  readonly id?: Id
  readonly params?: unknown
}

function isCall(value: unknown): value is Call {
  if (typeof value !== 'object' || value === null) return false
  const { jsonrpc, method, id = null }: { jsonrpc?: unknown; method?: unknown; id?: unknown } = value
  const isId = id === null || typeof id === 'string' || (Number.isInteger(id) && Math.abs(Number(id)) < 2 ** 63)
  return typeof jsonrpc === 'string' && typeof method === 'string' && isId
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
  /** Who is to run a deployment. */
  node(field: string): string
  optionalNode(field: string): string | undefined
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
      const id = read.text('ipfs_hash')
      const node = read.optionalNode('node_id')
      await admin.deploy(name, id, read.optionalNumber('history_blocks'), node)
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
    run: async (read, { admin }) => admin.reassign(read.text('ipfs_hash'), read.node('node_id')),
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

/** @returns null for a notification, which is heeded all the same */
async function answerCall(call: Call, door: AdminDoor): Promise<object | null> {
  if (call.jsonrpc !== '2.0') return failure(null, -32600, 'Invalid Request')
  const answer = await carryOut(call, door)
  return (call.id ?? null) === null ? null : answer
}

async function carryOut({ id = null, method: methodName, params }: Call, door: AdminDoor): Promise<object> {
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

/** The complaints are those of graph-node's parser: it wants a list to have as many elements as there are parameters. */
function readerOf(params: unknown, { struct, fields }: Method): Reader {
  if (typeof params !== 'object' || params === null) {
    throw new ParamsError(`invalid type: ${describe(params)}, expected struct ${struct}`)
  }
  if (Array.isArray(params)) requireLength(params, struct, fields.length)
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
    throw new ParamsError(`missing field \`${field}\``)
  }
  const node = (field: string): string => {
    const value = text(field)
    if (value.length > 0 && value.length <= 63) return value
    throw new ParamsError(`invalid value: string ${JSON.stringify(value)}, expected valid node ID`)
  }
  return {
    text,
    node,
    optionalNode: (field) => ((read(field) ?? undefined) === undefined ? undefined : node(field)),
    name: (field) => {
      const value = text(field)
      if (isSubgraphName(value)) return value
      throw new ParamsError(`invalid value: string ${JSON.stringify(value)}, expected valid subgraph name`)
    },
    optionalNumber: (field) => {
      const value = read(field) ?? undefined
      if (value === undefined) return undefined
      if (typeof value === 'number') {
        if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) return value
        throw new ParamsError('invalid number')
      }
      throw new ParamsError(`invalid type: ${describe(value)}, expected i32`)
    },
  }
}

/** A list has to have what is optional elsewhere; what is wrong with an element is told before. */
function requireLength({ length, 0: first }: readonly unknown[], struct: string, count: number): void {
  if (length === count || (length > 0 && typeof first !== 'string')) return
  const wanted =
    length > count ? 'fewer elements in array' : `struct ${struct} with ${count} element${count === 1 ? '' : 's'}`
  throw new ParamsError(`invalid length ${length}, expected ${wanted}`)
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'sequence'
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`
  if (typeof value === 'boolean') return `boolean \`${value}\``
  return typeof value === 'object' ? 'map' : typeof value
}

class ParamsError extends Error {}

function failure(id: Id, code: number, message: string): object {
  return { jsonrpc: '2.0', id, error: { code, message } }
}
