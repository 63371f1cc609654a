import { QuerySyntaxError } from '../query/syntax.ts'
import { type Handler, json, type Request, type Response } from './http.ts'
import type { ShownNode } from './node-board.ts'
import { playground } from './playground.ts'
import { ClientError, readStatusQuestion } from './question.ts'
import { answerStatus } from './status-answer.ts'
import { statusRoots } from './status-roots.ts'
import { statusSchema } from './status-schema.ts'
import type { StatusSource } from './status-source.ts'

const anyone = { 'access-control-allow-origin': '*' }
const plainText = { ...anyone, 'content-type': 'text/plain' }
const cors = {
  ...anyone,
  'access-control-allow-headers': 'Content-Type, User-Agent',
  'access-control-allow-methods': 'GET, OPTIONS, POST',
}

/**
 * What graph-node serves on port 8030 at `/graphql`: how far each deployment is, and how well. Ours alone, at `/nodes`: how the nodes
 * of its networks are, without their keys.
 * @see graphprotocol/graph-node server/index-node/src/service.rs: paths, statuses and words
 */
export function statusHandler(source: StatusSource, nodes: () => readonly ShownNode[] = () => []): Handler {
  const schema = statusSchema()
  const roots = statusRoots(source)
  return async (request) => {
    switch (`${request.method} ${request.path}`) {
      case 'GET /':
        return { status: 200, headers: { ...anyone, 'content-type': 'text/html' }, body: 'OK' }
      case 'GET /graphql':
        return { status: 302, headers: { ...plainText, location: '/graphql/playground' }, body: 'Redirecting...' }
      case 'GET /graphql/playground':
        return { status: 200, headers: { ...anyone, 'content-type': 'text/html' }, body: playground('/graphql') }
      case 'OPTIONS /graphql':
        return { status: 200, headers: { ...cors, 'content-type': 'text/plain' } }
      case 'GET /nodes':
        return json(200, { nodes: nodes() }, anyone)
      case 'POST /graphql':
        return ask(request, (question) => answerStatus(question, schema, roots))
      default:
        return { status: 404, headers: plainText, body: 'Not found\n' }
    }
  }
}

type Ask = (question: ReturnType<typeof readStatusQuestion>) => Promise<string>

async function ask({ body }: Request, answer: Ask): Promise<Response> {
  try {
    const answered = await answer(readStatusQuestion(body))
    return json(200, answered, { ...cors, 'graph-attestable': 'true', 'graph-indexed': 'null' })
  } catch (error) {
    if (error instanceof ClientError) return refused(`Invalid request: ${error.message}`)
    if (!(error instanceof QuerySyntaxError)) throw error
    const [{ message, locations } = { message: '' }] = error.facts.problems
    const [{ line, column } = { line: 1, column: 1 }] = locations ?? []
    return refused(`Query error: GraphQL server error (query error): Parse error at ${line}:${column}\n${message}\n`)
  }
}

function refused(body: string): Response {
  return { status: 400, headers: plainText, body }
}
