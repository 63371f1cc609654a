import type { Question } from '../query/request.ts'

/** The request itself is wrong, before anyone looks at its query. */
export class ClientError extends Error {
  override readonly name = 'ClientError'

  constructor(reason: string) {
    super(reason === bodyRequired ? reason : `GraphQL server error (client error): ${reason}`)
  }
}

const bodyRequired = 'Body is required'

/** The words that differ from door to door. */
interface Words {
  readonly request: string
  readonly the: string
}

/**
 * Reads the body of a request to the status door, which has words of its own.
 * @throws {@link ClientError}
 */
export function readStatusQuestion(body: Buffer): Question {
  return questionIn(body, { request: 'ValidatedRequest', the: 'The' })
}

/**
 * Reads the body of a GraphQL request. Any content type is taken for JSON, and keys that mean nothing are ignored.
 * @throws {@link ClientError} in graph-node's words
 */
export function readQuestion(body: Buffer): Question {
  if (body.length === 0) throw new ClientError(bodyRequired)
  return questionIn(body, { request: 'Request', the: 'The ' })
}

function questionIn(body: Buffer, { request, the }: Words): Question {
  const text = body.toString('utf8')
  const sent = parseJson(text)
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent))
    throw new ClientError(`${request} data is not an object`)
  if (!('query' in sent)) throw new ClientError('The "query" field is missing in request data')
  const { query } = sent
  if (typeof query !== 'string') throw new ClientError(`${the}"query" field is not a string`)
  const variables = 'variables' in sent ? sent.variables : null
  if (typeof variables !== 'object' || Array.isArray(variables))
    throw new ClientError('Invalid query variables provided')
  return { query, variables: variables && { ...variables } }
}

function parseJson(text: string): unknown {
  const lone = loneSurrogate(text)
  if (lone !== undefined) throw new ClientError(`unexpected end of hex escape at ${placeOf(text, lone)}`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ClientError(syntaxMessage(text, error))
  }
}

/** A `\ud83d` that no `\ude00` follows is no character, and JavaScript's parser would let it pass. */
function loneSurrogate(text: string): number | undefined {
  if (!text.includes('\\u')) return undefined
  const match =
    /(?<!\\)(?:\\\\)*\\u(?:[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u)[dD][c-fC-F][0-9a-fA-F]{2})/.exec(
      text,
    )
  return match ? match.index + match[0].length + 2 : undefined
}

/** The parser's complaint in the words of the one that graph-node uses. */
function syntaxMessage(text: string, error: unknown): string {
  const said = error instanceof Error ? error.message : ''
  const [, position] = /at position (\d+)/.exec(said) ?? []
  if (/Expected (double-quoted )?property name/.test(said) && Number(position) >= text.length)
    return `EOF while parsing an object at ${placeOf(text, text.length)}`
  if (/Expected (double-quoted )?property name/.test(said))
    return `key must be a string at ${placeOf(text, Number(position) + 1)}`
  if (/end of JSON input|Unterminated/.test(said)) return `EOF while parsing a value at ${placeOf(text, text.length)}`
  return `expected value at ${placeOf(text, position === undefined ? 1 : Number(position) + 1)}`
}

function placeOf(text: string, end: number): string {
  const lines = text.slice(0, end).split('\n')
  return `line ${lines.length} column ${lines.at(-1)?.length ?? 0}`
}
