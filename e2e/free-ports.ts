import { createServer } from 'node:net'

/** Below those that systems give to whoever asks for any: none of them is taken by chance between now and its use. */
const first = 20_000
const count = 12_000
/** Each process begins somewhere else. */
let next = process.pid * 97

/** Ports nobody listens on right now, all different. */
export async function freePorts(wanted: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < wanted) {
    const port = first + (next++ % count)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
