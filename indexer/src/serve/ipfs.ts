import { FileTooLargeError } from '../errors.ts'
import { type Cid, cidText, parseCid } from '../ipfs/cid.ts'
import type { Files } from '../ipfs/files.ts'
import { type Handler, json, type Request, type Response } from './http.ts'
import { add } from './ipfs-add.ts'
import { IpfsError } from './ipfs-error.ts'

/**
 * As much of Kubo's RPC API and of a gateway as `graph deploy` and graph-node use: files are put in and read, none is sought elsewhere.
 * @see https://docs.ipfs.tech/reference/kubo/rpc/
 */
export function ipfsHandler(files: Files): Handler {
  return async (request) => {
    const { method, path } = request
    try {
      if (path.startsWith('/ipfs/') && (method === 'GET' || method === 'HEAD')) return await gateway(request, files)
      const command = /^\/api\/v0\/(.+?)\/?$/.exec(path)?.[1]
      const run = command === undefined ? undefined : commands[command]
      if (run === undefined) return { status: 404, headers: plain, body: '404 page not found' }
      if (method !== 'POST')
        return { status: 405, headers: { ...plain, allow: 'OPTIONS, POST' }, body: '405 - Method Not Allowed' }
      return await run(request, files)
    } catch (error) {
      if (!(error instanceof IpfsError || error instanceof FileTooLargeError)) throw error
      return json(500, { Message: error.message, Code: 0, Type: 'error' })
    }
  }
}

const plain = { 'content-type': 'text/plain; charset=utf-8' }

const commands: Readonly<Record<string, (request: Request, files: Files) => Promise<Response>>> = {
  add,
  cat,
  'pin/add': pin,
  'block/get': async ({ search }, files) => bytes(await blockOf(files, await find(files, argument(search)))),
  'block/stat': async ({ search }, files) => {
    const cid = await find(files, argument(search))
    return json(200, { Key: cidText(cid), Size: (await blockOf(files, cid)).byteLength })
  },
  version: async () => json(200, { Version: '0.39.0', Commit: '', Repo: '18', System: '', Golang: '' }),
}

async function cat({ search }: Request, files: Files): Promise<Response> {
  const content = await fileOf(files, await find(files, argument(search)))
  const number = (name: string, otherwise: number) => Number(search.get(name) ?? otherwise)
  const from = number('offset', 0)
  const { body } = bytes(content.subarray(from, from + number('length', content.byteLength)))
  return { status: 200, headers: { ...plain, 'x-stream-output': '1' }, ...(body === undefined ? {} : { body }) }
}

/** What is here stays here, so there is nothing to do but to make sure of it. */
async function pin({ search }: Request, files: Files): Promise<Response> {
  const pins = await Promise.all(search.getAll('arg').map((path) => find(files, path)))
  if (pins.length === 0) throw new IpfsError('argument "ipfs-path" is required')
  for (const cid of pins) if ((await files.list(cid)) === null) await fileOf(files, cid)
  return json(200, { Pins: pins.map(cidText) })
}

/** `GET /ipfs/<cid>` or a path below one, or its block alone with `?format=raw`. A directory is answered with its names. */
async function gateway({ path, search, headers }: Request, files: Files): Promise<Response> {
  const asked = decoded(path.slice('/ipfs/'.length))
  if (parseCid(rootOf(asked)) === null) {
    return { status: 400, headers: plain, body: `invalid path "${path}": no CID of a file` }
  }
  const cid = await files.find(asked)
  const isRaw = search.get('format') === 'raw' || headers.accept === 'application/vnd.ipld.raw'
  const content = cid && (isRaw ? await files.block(cid) : ((await files.read(cid)) ?? (await names(files, cid))))
  if (!content) return { status: 404, headers: plain, body: `${asked} is not here` }
  const text = cidText(cid)
  return bytes(content, {
    'content-type': isRaw ? 'application/vnd.ipld.raw' : 'application/octet-stream',
    'cache-control': 'public, max-age=29030400, immutable',
    etag: `"${text}${isRaw ? '.raw' : ''}"`,
    'x-ipfs-path': `/ipfs/${asked.split('/').map(encodeURIComponent).join('/')}`,
    // Whatever it is, a browser is not to run it.
    'x-content-type-options': 'nosniff',
    'content-disposition': 'attachment',
  })
}

/** One line for each name in a directory; null if it is none. */
async function names(files: Files, cid: Cid): Promise<Uint8Array | null> {
  const entries = await files.list(cid)
  return entries && Buffer.from([...entries.keys()].map((name) => `${name}\n`).join(''))
}

function rootOf(path: string): string {
  return path.split('/').find((part) => part !== '') ?? ''
}

/** @returns what it was given where that is not escaped as it should be */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function bytes(
  content: Uint8Array,
  headers: Response['headers'] = { 'content-type': 'application/octet-stream' },
): Response {
  return { status: 200, headers, body: Buffer.from(content.buffer, content.byteOffset, content.byteLength) }
}

function argument(search: URLSearchParams): string {
  const text = search.get('arg')
  if (text === null) throw new IpfsError('argument "ipfs-path" is required')
  return text
}

/** @throws {@link IpfsError} if nothing is at the path */
async function find(files: Files, text: string): Promise<Cid> {
  const path = text.replace(/^\/ipfs\//, '')
  const root = parseCid(rootOf(path))
  if (root === null) throw new IpfsError(`invalid path "${text}": no CID of a file`)
  const cid = await files.find(path)
  if (cid !== null) return cid
  const isHere = (await files.block(root)) !== null
  throw new IpfsError(isHere ? `no link named in "${path}" leads anywhere` : `${cidText(root)} ${notHere}`)
}

const notHere = 'is not here, and it is not looked for elsewhere'

async function fileOf(files: Files, cid: Cid): Promise<Uint8Array> {
  const content = await files.read(cid)
  if (content !== null) return content
  if ((await files.list(cid)) !== null) throw new IpfsError('this dag node is a directory')
  throw new IpfsError(`${cidText(cid)} ${notHere}`)
}

async function blockOf(files: Files, cid: Cid): Promise<Uint8Array> {
  const block = await files.block(cid)
  if (block === null) throw new IpfsError(`${cidText(cid)} ${notHere}`)
  return block
}
