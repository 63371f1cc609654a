import { setImmediate as soon } from 'node:timers'
import { RpcError } from '../errors.ts'
import { NodeBusyError, RpcRefusal } from './refusal.ts'

export interface HttpOptions {
  /** How long to wait for one answer. */
  readonly timeoutMs: number
  /** Most calls that travel together. */
  readonly batchSize: number
  /** Most bytes of one answer, so that no node can fill the memory. */
  readonly maxBytes?: number
  /** For how long a node that refused a batch as too large is spared large ones. */
  readonly cautionMs?: number
}

/** Asks a node once. @throws RpcError, RpcRefusal, NodeBusyError; the signal's reason */
export type Call = (method: string, params: readonly unknown[], signal?: AbortSignal) => Promise<unknown>

export interface HttpNode {
  readonly call: Call
  /** How many calls it may be sent at once, as far as its refusals have taught. */
  readonly batchSize: number
}

interface Pending {
  readonly method: string
  readonly params: readonly unknown[]
  /** Nobody waits any more: it was answered, or given up. */
  isOver: boolean
  resolve(result: unknown): void
  reject(error: unknown): void
  /** What to do when nobody waits any more while it is on its way. */
  onOver?: () => void
}

/**
 * JSON-RPC over HTTP. Calls of the same moment travel as one batch; a batch of which nobody wants an answer any more is ended. A
 * node that finds batches too large is sent smaller ones, for a while.
 * @param url - may hold a key, so it never gets into an error
 */
export function httpNode(url: string, options: HttpOptions): HttpNode {
  const { batchSize, cautionMs = 60_000 } = options
  const post = poster(url, options)
  let waiting: Pending[] = []
  let size = batchSize
  let growsAt = 0

  const currentSize = () => {
    if (size < batchSize && performance.now() >= growsAt) {
      size = Math.min(size * 2, batchSize)
      growsAt = performance.now() + cautionMs
    }
    return size
  }

  const flush = () => {
    const due = waiting.filter(({ isOver }) => !isOver)
    waiting = []
    const most = currentSize()
    for (let at = 0; at < due.length; at += most) void send(due.slice(at, at + most))
  }

  const send = async (batch: readonly Pending[]): Promise<void> => {
    const outcome = await post(batch)
    if (outcome !== 'too large') return
    const half = Math.ceil(batch.length / 2)
    size = Math.min(size, half)
    growsAt = performance.now() + cautionMs
    for (const part of [batch.slice(0, half), batch.slice(half)]) void send(part.filter(({ isOver }) => !isOver))
  }

  return {
    get batchSize() {
      return size
    },
    call: (method, params, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const over = () => {
          pending.isOver = true
          signal?.removeEventListener('abort', giveUp)
          pending.onOver?.()
        }
        const giveUp = () => {
          over()
          reject(signal?.reason)
        }
        const pending: Pending = {
          method,
          params,
          isOver: false,
          resolve: (result) => {
            over()
            resolve(result)
          },
          reject: (error) => {
            over()
            reject(error)
          },
        }
        signal?.addEventListener('abort', giveUp, { once: true })
        if (waiting.push(pending) === 1) soon(flush)
      }),
  }
}

/** Ids are never used twice, so that no late answer is taken for another. */
let lastId = 0

/** Sends calls as one request and settles each, unless the node finds them too many. */
function poster(url: string, { timeoutMs, maxBytes = 64 * 2 ** 20 }: HttpOptions) {
  const { target, headers } = targetOf(url)
  return async (batch: readonly Pending[]): Promise<'settled' | 'too large'> => {
    const calls = batch.map(({ method, params }) => ({ jsonrpc: '2.0', id: ++lastId, method, params }))
    if (batch.length === 0) return 'settled'
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(tooLong), timeoutMs)
    for (const one of batch) {
      one.onOver = () => {
        if (batch.every(({ isOver }) => isOver)) ending.abort(nobody)
      }
    }
    const fail = (make: (method: string) => RpcError) => {
      for (const one of batch) if (!one.isOver) one.reject(make(one.method))
      return 'settled' as const
    }
    try {
      const body = JSON.stringify(calls.length === 1 ? calls[0] : calls)
      const response = await fetch(target, { method: 'POST', headers, body, signal: ending.signal })
      const text = await readText(response, maxBytes, calls.length > 1)
      if (response.status === 429) {
        const retryAfterMs = retryAfter(response.headers.get('retry-after'))
        return fail((method) => new NodeBusyError(method, retryAfterMs))
      }
      if (text === null || (response.status === 413 && calls.length > 1)) return 'too large'
      const said = readJson(text)
      if (Array.isArray(said) && batch.length > 1) {
        const answers = new Map(said.map((one: Answer) => [one?.id, one]))
        const each = calls.map(({ id }) => answers.get(id))
        if (each.every((one) => one?.error && TOO_LARGE.test(String(one.error.message)))) return 'too large'
        batch.forEach((one, i) => {
          settle(one, each[i], url)
        })
        return 'settled'
      }
      const only: Answer | undefined = Array.isArray(said) ? said[0] : said
      if (!response.ok && typeof only?.error?.message !== 'string') {
        return fail((method) => new RpcError(method, `HTTP status ${response.status}, ${response.statusText}`))
      }
      if (batch.length > 1) {
        if (only?.error && isAboutBatch(only.error)) return 'too large'
        if (!only?.error) return fail((method) => new RpcError(method, 'its answer to several calls is no list'))
      }
      for (const one of batch) settle(one, only, url)
      return 'settled'
    } catch (error) {
      return fail(
        (method) => new RpcError(method, clean(reasonOf(ending.signal.aborted ? ending.signal.reason : error), url)),
      )
    } finally {
      clearTimeout(timer)
      for (const one of batch) delete one.onOver
    }
  }
}

const tooLong = new Error('it took too long')
const nobody = new Error('nobody waits for it any more')

interface Answer {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown } | null
}

const TOO_LARGE = /(response|answer|body|request).*(too (big|large)|size)|batch/i
const ABOUT_BATCH = [-32600, -32602]

function isAboutBatch({ code, message }: NonNullable<Answer['error']>): boolean {
  return ABOUT_BATCH.includes(Number(code)) || TOO_LARGE.test(String(message))
}

function settle(one: Pending, answer: Answer | undefined, url: string): void {
  if (one.isOver) return
  if (answer?.error) {
    const { code, message, data } = answer.error
    one.reject(new RpcRefusal(one.method, { code: Number(code ?? 0), message: clean(String(message), url), data }))
  } else if (answer?.result === undefined)
    one.reject(new RpcError(one.method, 'its answer holds neither result nor error'))
  else one.resolve(answer.result)
}

/** User and password go into a header: `fetch` takes no URL that has them. */
function targetOf(url: string): { target: string; headers: Record<string, string> } {
  const target = new URL(url)
  const { username, password } = target
  target.username = ''
  target.password = ''
  target.hash = ''
  const secret = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    target: target.href,
    headers: {
      'content-type': 'application/json',
      ...(username === '' && password === '' ? {} : { authorization: `Basic ${btoa(secret)}` }),
    },
  }
}

/** @returns null for a batch's answer that is too large: that of a smaller one may do */
async function readText(response: Response, maxBytes: number, isBatch: boolean): Promise<string | null> {
  const chunks: Uint8Array[] = []
  const reader = response.body?.getReader()
  for (let bytes = 0; reader !== undefined; ) {
    const { value } = await reader.read()
    if (value === undefined) break
    bytes += value.byteLength
    if (bytes > maxBytes) {
      await reader.cancel()
      if (isBatch) return null
      throw new Error(`its answer has more than ${maxBytes} bytes`)
    }
    chunks.push(value)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** @returns undefined for the page of a gateway, which is no JSON */
function readJson(text: string): Answer | Answer[] | undefined {
  const isJson = /^\s*[[{]/.test(text)
  if (!isJson) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('its answer is no JSON, or half of it')
  }
}

/** The longest that a node's wish is taken for. */
const MAX_RETRY_AFTER_MS = 60_000

/** Seconds, or a date. */
function retryAfter(header: string | null): number | null {
  if (header === null) return null
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS)
}

/** The innermost message: `connect ECONNREFUSED …` rather than `fetch failed`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  let root: Error = error
  while (root.cause instanceof Error) root = root.cause
  // Of a name with several addresses, each has failed.
  if (root instanceof AggregateError && root.errors[0] instanceof Error) root = root.errors[0]
  return root.message
}

function clean(text: string, url: string): string {
  return text.replaceAll(url, '<the node>').split('\n')[0]?.slice(0, 300) ?? ''
}
