import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { Transform } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/** A way to a database on which everything that is asked takes as much longer. @returns the URL that leads there */
export async function slowed(postgresUrl: string, delayMs: number): Promise<string> {
  return (await aWayTo(postgresUrl, delayMs)).url
}

/**
 * A way to a database that can be cut: nothing comes through any more, and nobody is told.
 * @param delayMs - by how much everything takes longer
 */
export async function aWayTo(postgresUrl: string, delayMs = 0): Promise<{ readonly url: string; cut(): void }> {
  const { hostname, port } = new URL(postgresUrl)
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((client) => {
    if (isCut) {
      open.add(client)
      client.on('error', () => client.destroy())
      return
    }
    const database = connect(Number(port), hostname)
    for (const socket of [client, database]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        open.delete(socket)
        if (isCut) return
        client.destroy()
        database.destroy()
      })
    }
    const delayed = new Transform({
      transform: (chunk, _encoding, pass) => void wait(delayMs).then(() => isCut || pass(null, chunk)),
    })
    client.pipe(delayed).pipe(database)
    database.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const url = new URL(postgresUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const cut = () => {
    isCut = true
    for (const socket of open) socket.pause()
  }
  return { url: url.href, cut }
}
