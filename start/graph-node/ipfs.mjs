import { once } from 'node:events'
import { createServer } from 'node:http'

/**
 * The IPFS that graph-node asks for before it starts: it says that it is there, and holds nothing. The build's files are read
 * from their folder.
 * @param {number} port - 0: any free one
 * @returns {Promise<{ url: string, close(): void }>}
 */
export async function startEmptyIpfs(port) {
  const server = createServer((request, response) => {
    request.resume()
    if (request.method === 'HEAD') return response.end()
    if (request.url?.startsWith('/api/v0/version'))
      return response.setHeader('content-type', 'application/json').end('{"Version":"0.30.0"}')
    return response.writeHead(404).end()
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://127.0.0.1:${bound}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
