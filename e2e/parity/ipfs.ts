import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An IPFS of a few files, as far as graph-node asks one. */
export interface Ipfs {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Serves files by their CID the way a gateway and the API of Kubo do. `HEAD /ipfs/<any cid>` is answered with 200, since
 * graph-node looks at its start whether such an address is a gateway.
 */
export async function startIpfs(files: ReadonlyMap<string, Uint8Array>): Promise<Ipfs> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (request.method === 'HEAD') return void response.end()
    if (url.pathname === '/api/v0/version') return void response.end('{"Version":"0.30.0"}')
    const cid = url.pathname.startsWith('/ipfs/') ? url.pathname.slice('/ipfs/'.length) : url.searchParams.get('arg')
    const file = files.get((cid ?? '').replace(/^\/ipfs\//, ''))
    if (file === undefined) response.statusCode = 404
    response.end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
