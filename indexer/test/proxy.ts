import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RpcCall {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** What a proxy does instead of passing a request on; null: it passes it on. */
export type Fault =
  /** An error of JSON-RPC, for one call. */
  | { readonly kind: 'refuse'; readonly code: number; readonly message: string; readonly data?: unknown }
  /** For everything that came with it. */
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'hang' }

export interface RpcProxy {
  readonly url: string
  /** Every call that came, passed on or not. */
  readonly calls: readonly RpcCall[]
  [Symbol.asyncDispose](): Promise<void>
}

/** A node that misbehaves on demand, in front of one that does not. */
export async function aProxy(target: string, fault: (call: RpcCall) => Fault | null): Promise<RpcProxy> {
  const calls: RpcCall[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body: RpcCall | RpcCall[] = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    const several = Array.isArray(body) ? body : [body]
    calls.push(...several)
    const faults = several.map(fault)
    if (faults.some((one) => one?.kind === 'hang')) return
    const status = faults.find((one) => one?.kind === 'status')
    if (status?.kind === 'status') {
      response.writeHead(status.status).end('busy')
      return
    }
    const passed = several.filter((_, i) => faults[i] === null)
    const answers = new Map((await forward(target, passed)).map((answer) => [answer.id, answer]))
    const all = several.map((call, i) => {
      const refusal = faults[i]
      if (refusal?.kind !== 'refuse') return answers.get(call.id) ?? { jsonrpc: '2.0', id: call.id, result: null }
      const { code, message, data } = refusal
      return { jsonrpc: '2.0', id: call.id, error: { code, message, data } }
    })
    send(
      response,
      JSON.stringify(Array.isArray(body) ? all : all[0]),
      faults.some((one) => one?.kind === 'truncate'),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function forward(target: string, calls: readonly RpcCall[]): Promise<{ id: number }[]> {
  if (calls.length === 0) return []
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(target, { method: 'POST', headers, body: JSON.stringify(calls) })
  return response.json() as Promise<{ id: number }[]>
}

function send(response: ServerResponse, text: string, isTruncated: boolean): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(isTruncated ? text.slice(0, Math.floor(text.length / 2)) : text)
}
