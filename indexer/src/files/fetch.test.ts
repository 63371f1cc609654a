import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { cidText, parseCid } from '../ipfs/cid.ts'
import { cidOfFile, fileBlocks } from '../ipfs/unixfs.ts'
import { firstOf, ipfsNode } from './fetch.ts'

const signal = new AbortController().signal
const opened: (() => void)[] = []
afterEach(() => {
  for (const close of opened.splice(0)) close()
})

/** A server that answers what it knows by `METHOD /path?query`. */
async function aServer(known: Readonly<Record<string, Uint8Array | string>>) {
  const asked: string[] = []
  const server = createServer((request: IncomingMessage, response) => {
    const question = `${request.method} ${request.url}`
    asked.push(question)
    const answer = known[question]
    response.statusCode = answer === undefined ? 404 : 200
    response.end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return { asked, node: ipfsNode(url, { timeoutMs: 2_000, maxBytes: 1_000_000 }), url }
}

const text = new TextEncoder().encode('hello')
const hello = cidText(cidOfFile(text))
/** `ipfs add --cid-version 1` of the same. */
const rawHello = 'bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq'

it('asks a gateway, and Kubo where there is none', async () => {
  const gateway = await aServer({ [`GET /ipfs/${hello}`]: text })
  expect(await gateway.node.file(hello, signal)).toEqual(Buffer.from(text))
  const kubo = await aServer({
    [`POST /api/v0/cat?arg=${hello}`]: text,
    [`POST /api/v0/cat?arg=${hello}%2Fa.json`]: '{}',
  })
  expect(await kubo.node.file(hello, signal)).toEqual(Buffer.from(text))
  expect(await kubo.node.file(`${hello}/a.json`, signal)).toEqual(Buffer.from('{}'))
  expect(kubo.asked).toEqual([
    `GET /ipfs/${hello}`,
    `POST /api/v0/cat?arg=${hello}`,
    `POST /api/v0/cat?arg=${hello}%2Fa.json`,
  ])
})

it('takes nothing that is not what its name promises', async () => {
  const forged = await aServer({
    [`GET /ipfs/${hello}`]: 'hallo',
    [`GET /ipfs/${hello}?format=raw`]: 'hallo',
    [`GET /ipfs/${rawHello}`]: 'hello',
  })
  expect(await forged.node.file(hello, signal)).toBeNull()
  expect(await forged.node.block(hello, signal)).toBeNull()
  expect(await forged.node.file(rawHello, signal)).toEqual(Buffer.from('hello'))
})

it('puts together from its blocks what was cut in another way', async () => {
  // Of version 1, the root holds the piece as a raw block.
  const inner = parseCid(rawHello)
  const piece = fileBlocks(text).blocks.at(-1)
  if (inner === null || piece === undefined) throw new Error('no CID')
  const link = Buffer.concat([
    Buffer.from([0x0a, 0x24, 1, 0x55, 0x12, 0x20]),
    inner.digest,
    Buffer.from([0x12, 0, 0x18, 5]),
  ])
  const data = Buffer.from([0x0a, 0x06, 0x08, 0x02, 0x18, 0x05, 0x20, 0x05])
  const root = Buffer.concat([Buffer.from([0x12, link.length]), link, data])
  const { createHash } = await import('node:crypto')
  const cid = cidText({ version: 1, codec: 'dag-pb', digest: createHash('sha256').update(root).digest() })
  const { node } = await aServer({
    [`GET /ipfs/${cid}`]: 'hello',
    [`GET /ipfs/${cid}?format=raw`]: root,
    [`GET /ipfs/${rawHello}?format=raw`]: 'hello',
  })
  expect(await node.file(cid, signal)).toEqual(Uint8Array.from(text))
})

it('finds nothing where there is nothing, and says so where nobody answers', async () => {
  const { node, url } = await aServer({})
  expect(await node.file(hello, signal)).toBeNull()
  expect(await firstOf(node.file, async () => text)(hello, signal)).toBe(text)
  opened.pop()?.()
  await expect(ipfsNode(url, { timeoutMs: 500, maxBytes: 10 }).file(hello, signal)).rejects.toMatchObject({
    code: 'IPFS_UNREACHABLE',
  })
})

it('takes no file that is larger than it may be', async () => {
  const large = await aServer({ [`GET /ipfs/${hello}/large`]: 'x'.repeat(1_000_001) })
  await expect(large.node.file(`${hello}/large`, signal)).rejects.toMatchObject({ name: 'FileTooLargeError' })
})
