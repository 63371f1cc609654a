import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request, read whole. */
export interface Request {
  readonly method: string
  /** Without the query string, as it was sent: percent signs are not resolved. */
  readonly path: string
  readonly search: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface Response {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export type Handler = (request: Request) => Response | Promise<Response>

export interface Door {
  readonly host: string
  /** The one that was asked for, or a free one if that was 0. */
  readonly port: number
  /** Takes no new requests, and ends when those under way are answered, at most after `graceMs`. */
  close(graceMs?: number): Promise<void>
}

export interface DoorOptions {
  readonly host: string
  readonly port: number
  readonly maxBodyBytes?: number
  /** Told of what a handler threw; the client only learns that something went wrong. */
  readonly onError?: (error: unknown) => void
}

/**
 * Opens a port.
 * @throws Node's `EADDRINUSE` and the like
 */
export async function openDoor(handler: Handler, options: DoorOptions): Promise<Door> {
  const server = createServer(
    { requestTimeout: 60_000, headersTimeout: 20_000, keepAliveTimeout: 75_000 },
    (incoming, outgoing) => {
      serve(handler, incoming, outgoing, options).catch((error: unknown) => {
        options.onError?.(error)
        if (!outgoing.headersSent) send(outgoing, { status: 500, body: '{"error":"Internal server error"}' })
        else outgoing.destroy()
      })
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address() as AddressInfo
  const close = async (graceMs = 5_000) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const timer = setTimeout(() => server.closeAllConnections(), graceMs)
    await closed
    clearTimeout(timer)
  }
  return { host: options.host, port: address.port, close }
}

/** JSON, with whatever else the headers say. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const body = typeof value === 'string' ? value : JSON.stringify(value)
  return { status, headers: { 'content-type': 'application/json', ...headers }, body }
}

async function serve(
  handler: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { maxBodyBytes = 4_000_000 }: DoorOptions,
): Promise<void> {
  const body = await readBody(incoming, maxBodyBytes)
  if (body === null) {
    outgoing.setHeader('connection', 'close')
    return send(outgoing, json(413, { error: `The body is larger than ${maxBodyBytes} bytes` }))
  }
  const target = incoming.url ?? '/'
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const search = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))
  send(outgoing, await handler({ method: incoming.method ?? 'GET', path, search, headers: incoming.headers, body }))
}

/** @returns null if there is more than allowed; the rest is not read */
async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    size += chunk.length
    if (size > maxBytes) return null
    chunks.push(chunk)
  }
  const [only] = chunks
  return chunks.length === 1 && only ? only : Buffer.concat(chunks)
}

function send(outgoing: ServerResponse, { status, headers, body = '' }: Response): void {
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  outgoing.end(body)
}
