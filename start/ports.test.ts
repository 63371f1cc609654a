import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { requireFree } from './ports.mjs'

it('names each taken port and the option that changes it', async () => {
  const [one, two] = [await listen(), await listen()]
  const doors = [
    { flag: 'port', port: one, host: '127.0.0.1' },
    { flag: 'rpc-port', port: two, host: '127.0.0.1' },
  ]
  await expect(requireFree(doors)).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: `Another program already listens on port ${one} and port ${two}: stop it, or choose other ports: --port <port> --rpc-port <port>.`,
  })
})

it('takes a port that is free, and leaves it free', async () => {
  const port = await listen()
  const door = { flag: 'port', port, host: '127.0.0.1' }
  await close(port)
  await requireFree([door])
  await requireFree([door])
})

it('says so when the address is not of this machine', async () => {
  await expect(requireFree([{ flag: 'port', port: 4000, host: '192.0.2.1' }])).rejects.toMatchObject({
    code: 'HOST_UNKNOWN',
  })
})

const servers = new Map<number, ReturnType<typeof createServer>>()

async function listen(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  servers.set(port, server)
  onTestFinished(() => close(port))
  return port
}

async function close(port: number): Promise<void> {
  const server = servers.get(port)
  servers.delete(port)
  if (server !== undefined) await new Promise((resolve) => server.close(resolve))
}
