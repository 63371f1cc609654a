import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileBlocks } from '../../indexer/src/ipfs/unixfs.ts'

/** An IPFS of a few files, as far as graph-node asks one. */
export interface Ipfs {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Serves the files of a folder that are named after their CID, and those of folders that are, the way a gateway and the API
 * of Kubo do. `HEAD /ipfs/<any cid>` is answered with 200, since graph-node looks at its start whether such an address is a
 * gateway.
 */
export async function startIpfs(folder: string): Promise<Ipfs> {
  const server = createServer((request, response) => {
    if (request.method === 'HEAD') return void response.end()
    const path = pathOf(request)
    if (path === 'version') return void response.end('{"Version":"0.30.0"}')
    const found = isContent(path)
      ? readFile(join(folder, path)).then(isBlock(request) ? rootBlock : whole)
      : Promise.reject()
    found.then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    )
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

function pathOf({ url = '' }: IncomingMessage): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  if (pathname === '/api/v0/version') return 'version'
  const asked = pathname.startsWith('/ipfs/') ? pathname : (searchParams.get('arg') ?? '')
  return decodeURIComponent(asked).replace(/^\/ipfs\//, '')
}

/** Whether the block that a CID names is asked for, and not the file that begins with it. */
function isBlock({ url = '' }: IncomingMessage): boolean {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  return pathname === '/api/v0/block/get' || searchParams.get('format') === 'raw'
}

function rootBlock(content: Uint8Array): Uint8Array {
  return fileBlocks(content).blocks.at(-1)?.bytes ?? content
}

const whole = (content: Uint8Array) => content

/** A CID, and a name below it. */
function isContent(path: string): boolean {
  return /^[A-Za-z0-9]{30,}(\/[\w.-]+)?$/.test(path) && !path.includes('..')
}
