import type { BlockLink } from '../chain/block.ts'
import { StoreUnavailableError } from '../errors.ts'
import { answer, type Queryable } from '../query/answer.ts'
import { extended, stateAsked } from './extensions.ts'
import { type Handler, json, type Request, type Response } from './http.ts'
import { isSubgraphName } from './name.ts'
import { playground } from './playground.ts'
import { ClientError, readQuestion } from './question.ts'

/** Whom a request is for: the current deployment of a subgraph's name, or one deployment. */
export type Target = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'id'; readonly id: string }

export interface QueryDoor {
  /** @returns undefined if there is none */
  find(target: Target): Queryable | undefined | Promise<Queryable | undefined>
  /** How a deployment stands against its chain, as far as that is known at once. */
  readonly verified?: (deployment: string) => object | undefined
  /** Told of each query that was answered. */
  readonly onAnswer?: (deployment: string, durationMs: number) => void
}

const anyone = { 'access-control-allow-origin': '*' }

const cors = {
  ...anyone,
  'access-control-allow-headers': 'Content-Type, User-Agent',
  'access-control-allow-methods': 'GET, OPTIONS, POST',
}

/** What graph-node serves on port 8000. GraphQL errors are answers with status 200, and so is a path that leads nowhere. */
export function queryHandler(door: QueryDoor): Handler {
  return (request) => {
    const { method, path } = request
    if (method === 'OPTIONS') return { status: 200, headers: { ...cors, 'content-type': 'text/html; charset=utf-8' } }
    if (path === '/' && method === 'GET') return json(200, { message: welcome }, anyone)
    const target = readTarget(path)
    if (!target || (method !== 'GET' && method !== 'POST')) return json(200, { message: 'Not found' }, anyone)
    return method === 'GET' ? look(path) : ask(request, target, door)
  }
}

const welcome = 'Access deployed subgraphs by deployment ID at /subgraphs/id/<ID> or by name at /subgraphs/name/<NAME>'

type PathTarget = { readonly kind: 'name' | 'id'; readonly text: string }

function readTarget(path: string): PathTarget | undefined {
  const [, kind, text] = /^\/subgraphs\/(name|id)\/(.+?)\/?$/.exec(path) ?? []
  return kind !== undefined && text !== undefined ? { kind: kind === 'id' ? 'id' : 'name', text } : undefined
}

/** A browser is led to the page where one can type queries. */
function look(path: string): Response {
  const plain = path.replace(/\/$/, '')
  if (!plain.endsWith('/graphql')) {
    return {
      status: 302,
      headers: { ...anyone, location: `${plain}/graphql`, 'content-type': 'text/plain; charset=utf-8' },
      body: 'Redirecting...',
    }
  }
  return {
    status: 200,
    headers: { ...cors, 'content-type': 'text/html' },
    body: playground(plain.slice(0, -'/graphql'.length)),
  }
}

async function ask(request: Request, { kind, text }: PathTarget, door: QueryDoor): Promise<Response> {
  const startedAt = performance.now()
  try {
    if (!isName(text, kind)) throw new ClientError(`Invalid subgraph name \`${text}\``)
    const found = await door.find(kind === 'name' ? { kind, name: text } : { kind, id: text })
    const question = { ...readQuestion(request.body), ...stateAsked(request.headers) }
    if (!found) return unknown(text)
    const told = await answer(question, found)
    const { indexed, isAttestable } = told
    door.onAnswer?.(found.deployment, performance.now() - startedAt)
    return json(200, extended(request.headers, told, door.verified?.(found.deployment)), {
      ...cors,
      'graph-attestable': String(isAttestable),
      'graph-indexed': indexedText(indexed),
    })
  } catch (error) {
    if (error instanceof ClientError) return json(400, { error: error.message }, anyone)
    if (error instanceof StoreUnavailableError)
      return json(503, { errors: [{ message: 'Store error: the database does not answer' }] }, cors)
    throw error
  }
}

function isName(text: string, kind: PathTarget['kind']): boolean {
  return kind === 'id' ? /^[A-Za-z0-9_]+$/.test(text) : isSubgraphName(text)
}

function unknown(name: string): Response {
  const body = { errors: [{ message: `deployment \`${name}\` does not exist` }] }
  return json(200, body, { ...cors, 'graph-attestable': 'false', 'graph-indexed': 'null' })
}

function indexedText(block: BlockLink | null): string {
  return block ? JSON.stringify({ hash: block.hash, number: block.number, timestamp: block.timestamp }) : 'null'
}
