import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below those that the system gives to connections: between our look and whoever listens, none of these is taken for one. */
const range = [10_000, 32_768] as const

/** Ports nobody listens on right now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen))
  const ports = servers.map(({ port }) => port)
  await Promise.all(servers.map(({ close }) => close()))
  return ports
}

function listen(): Promise<{ port: number; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    let port = randomInt(...range)
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      port = randomInt(...range)
      server.listen(port, '127.0.0.1')
    })
    server.listen(port, '127.0.0.1', () => {
      resolve({ port, close: () => new Promise((done) => server.close(() => done())) })
    })
  })
}
