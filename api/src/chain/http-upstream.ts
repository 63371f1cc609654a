/** The subgraph over HTTP: connections are kept, answers are bounded in time and size, equal questions are sent once. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import {
  GatewayError,
  UpstreamInvalidError,
  UpstreamResponseTooLargeError,
  UpstreamTimeoutError,
  UpstreamUnavailableError,
} from '../errors.ts'
import { isRecord } from './names.ts'
import type { Settled, SettledState, Upstream, UpstreamResult, Verified } from './upstream.ts'

export interface HttpUpstreamOptions {
  readonly url: string
  readonly timeoutMs: number
  readonly maxResponseBytes: number
  readonly maxConnections: number
}

export interface HttpUpstream {
  readonly ask: Upstream
  /** Closes idle connections. */
  close(): void
}

/** What makes two questions equal. */
interface Sent {
  readonly body: string
  readonly at?: SettledState
}

interface InFlight {
  readonly answer: Promise<Buffer>
  readonly controller: AbortController
  waiting: number
}

export function createHttpUpstream(options: HttpUpstreamOptions): HttpUpstream {
  const target = new URL(options.url)
  const isHttps = target.protocol === 'https:'
  const pool = { keepAlive: true, maxSockets: options.maxConnections }
  const agent = isHttps ? new HttpsAgent(pool) : new HttpAgent(pool)
  const inFlight = new Map<string, InFlight>()

  function send({ body, at }: Sent, signal: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const request = (isHttps ? httpsRequest : httpRequest)(target, {
        method: 'POST',
        agent,
        signal,
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          // Our own indexer heeds these, graph-node does not.
          'heddle-extensions': 'chain',
          ...(at && { 'heddle-at': at }),
        },
      })
      request.on('error', (error) => reject(error))
      request.on('response', (response) => readBody(response, options.maxResponseBytes).then(resolve, reject))
      request.end(body)
    })
  }

  /** A kept connection may have been closed by the other side just now; reading twice does no harm, so once more then. */
  async function sendAgain(sent: Sent, signal: AbortSignal): Promise<Buffer> {
    try {
      return await send(sent, signal)
    } catch (error) {
      if (isRecord(error) && error.code === 'ECONNRESET' && !signal.aborted) {
        return send(sent, signal)
      }
      throw error
    }
  }

  function start(key: string, sent: Sent): InFlight {
    const controller = new AbortController()
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      controller.abort()
    }, options.timeoutMs)
    const answer = sendAgain(sent, controller.signal)
      .catch((error: unknown) => {
        throw isLate ? new UpstreamTimeoutError(options.timeoutMs, error) : upstreamError(error)
      })
      .finally(() => {
        clearTimeout(timer)
        inFlight.delete(key)
      })
    const started = { answer, controller, waiting: 0 }
    inFlight.set(key, started)
    return started
  }

  /** Whoever asks what is being asked already waits for the same answer; when nobody waits any more, it is given up. */
  async function share(sent: Sent, signal: AbortSignal): Promise<Buffer> {
    const key = `${sent.at ?? ''}${sent.body}`
    const shared = inFlight.get(key) ?? start(key, sent)
    shared.waiting += 1
    const gone = Promise.withResolvers<never>()
    const leave = () =>
      gone.reject(isTimeout(signal.reason) ? new UpstreamTimeoutError(options.timeoutMs) : signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) {
      leave()
    }
    try {
      return await Promise.race([shared.answer, gone.promise])
    } finally {
      signal.removeEventListener('abort', leave)
      shared.waiting -= 1
      if (shared.waiting === 0) {
        shared.controller.abort()
        inFlight.delete(key)
        shared.answer.catch(() => {})
      }
    }
  }

  return {
    ask: async ({ document, variables, at, signal }) => {
      const body = JSON.stringify({ query: document, variables })
      return parseAnswer(await share({ body, ...(at && { at }) }, signal))
    },
    close: () => agent.destroy(),
  }
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > maxBytes) {
      response.destroy()
      throw new UpstreamResponseTooLargeError(maxBytes)
    }
    chunks.push(chunk)
  }
  const { statusCode = 0 } = response
  if (statusCode !== 200) {
    const said = new Error(`the subgraph's server answered with status ${statusCode}`)
    throw statusCode >= 500 || statusCode === 429 ? new UpstreamUnavailableError(said) : new UpstreamInvalidError(said)
  }
  return Buffer.concat(chunks)
}

function parseAnswer(body: Buffer): UpstreamResult {
  let answer: unknown
  try {
    answer = JSON.parse(body.toString())
  } catch (error) {
    throw new UpstreamInvalidError(error)
  }
  const { data, errors, extensions } = isRecord(answer) ? answer : {}
  const isData = data === undefined || data === null || isRecord(data)
  const isErrors =
    errors === undefined || (Array.isArray(errors) && errors.every((error) => typeof error?.message === 'string'))
  if (!isData || !isErrors || (data === undefined && errors === undefined)) {
    throw new UpstreamInvalidError('neither data nor errors in the answer')
  }
  const settled = settledIn(extensions)
  const verified = verifiedIn(extensions)
  return {
    ...(data !== undefined && { data }),
    ...(errors !== undefined && { errors }),
    ...(settled && { settled }),
    ...(verified && { verified }),
  }
}

/** What our own indexer tells beside its answer. */
function settledIn(extensions: unknown): Settled | undefined {
  const chain = isRecord(extensions) ? extensions.chain : undefined
  if (!isRecord(chain)) {
    return undefined
  }
  const { safe, final } = chain
  return { safe: typeof safe === 'number' ? safe : null, final: typeof final === 'number' ? final : null }
}

function verifiedIn(extensions: unknown): Verified | undefined {
  const told = isRecord(extensions) ? extensions.verified : undefined
  if (!isRecord(told)) {
    return undefined
  }
  const { block, checked, differing, quarantined } = told
  const areNumbers = [block, checked, differing, quarantined].every((number) => typeof number === 'number')
  return areNumbers ? ({ block, checked, differing, quarantined } as Verified) : undefined
}

function upstreamError(error: unknown): unknown {
  return error instanceof GatewayError || isAbort(error) ? error : new UpstreamUnavailableError(error)
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}
