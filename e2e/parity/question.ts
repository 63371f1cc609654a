import type { Endpoint } from './runtime.ts'

/** One thing that both are asked. */
export interface Question {
  /** Kind and name, as `filter/rows.text_contains`; the accepted differences name questions by it. */
  readonly name: string
  readonly query?: string
  readonly variables?: Readonly<Record<string, unknown>>
  readonly operationName?: string
  /** The request itself, where not only the answer to a query matters: its headers are compared too. */
  readonly http?: HttpRequest
  /** A field of the rows by which they are ordered, where the order of those that have the same is nobody's choice. */
  readonly ties?: string
  /** What it tries out, where many do the same: also where few are asked, each is tried out. */
  readonly about?: string
  /** The page that says how far indexing is, instead of the subgraph's own. */
  readonly isStatus?: boolean
}

export interface HttpRequest {
  readonly method: string
  /** After the subgraph's own path; with a leading `//` from the root of the server. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  /** 0: the connection was closed without an answer. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

const timeoutMs = 60_000

/** Asks one of the two. `{{deployment}}` and `{{name}}` in a question are what they are there. */
export async function ask(question: Question, to: Endpoint): Promise<Answer> {
  const { query, variables, operationName, http, isStatus } = fill(question, to)
  const base = isStatus ? to.statusUrl : to.endpoint
  const request = http ?? {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables, operationName }),
  }
  const path = request.path ?? ''
  const url = path.startsWith('//') ? new URL(path.slice(1), base).href : base + path
  const attempt = () =>
    fetch(url, {
      method: request.method,
      headers: request.headers ?? {},
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(request.body === undefined ? {} : { body: request.body }),
    })
  try {
    // A connection kept from before may have been closed under us, so twice.
    const response = await attempt().catch(attempt)
    const text = await response.text()
    return { status: response.status, headers: Object.fromEntries(response.headers), body: parsed(text) }
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') throw error
    return { status: 0, headers: {}, body: 'the connection was closed' }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return { text }
  }
}

function fill(question: Question, { id, name }: Endpoint): Question {
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1)
  const text = JSON.stringify(question)
  if (!text.includes('{{')) return question
  return JSON.parse(text.replaceAll('{{deployment}}', inJson(id)).replaceAll('{{name}}', inJson(name)))
}
