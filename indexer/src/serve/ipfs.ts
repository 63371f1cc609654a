import { FileTooLargeError } from '../errors.ts'
import { type Cid, cidText, parseCid } from '../ipfs/cid.ts'
import type { Files } from '../ipfs/files.ts'
import { type Handler, json, type Request, type Response } from './http.ts'

/** What was asked of the API cannot be done; told in the way of the real one. */
class IpfsError extends Error {}

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
  'block/get': async ({ search }, files) => bytes(await blockOf(files, argument(search))),
  'block/stat': async ({ search }, files) => {
    const cid = argument(search)
    return json(200, { Key: cidText(cid), Size: (await blockOf(files, cid)).byteLength })
  },
  version: async () => json(200, { Version: '0.39.0', Commit: '', Repo: '18', System: '', Golang: '' }),
}

/** Takes the files of a form, answers with a line for each. */
async function add({ body, headers, search }: Request, files: Files): Promise<Response> {
  for (const [option, plainly] of [
    ['cid-version', '0'],
    ['raw-leaves', 'false'],
    ['wrap-with-directory', 'false'],
    ['only-hash', 'false'],
  ] as const) {
    if ((search.get(option) ?? plainly) !== plainly) throw new IpfsError(`the option "${option}" is not supported here`)
  }
  const form = await new globalThis.Response(Uint8Array.from(body), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  })
    .formData()
    .catch(() => {
      throw new IpfsError('expected a form with files, as multipart/form-data')
    })
  const lines: string[] = []
  for (const part of form.values()) {
    if (typeof part === 'string') throw new IpfsError('a part of the form is no file')
    const { cid, totalBytes } = await files.add(new Uint8Array(await part.arrayBuffer()))
    const hash = cidText(cid)
    lines.push(JSON.stringify({ Name: nameOf(part, hash), Hash: hash, Size: String(totalBytes) }))
  }
  if (lines.length === 0) throw new IpfsError('file argument "path" is required')
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: lines.map((line) => `${line}\n`).join(''),
  }
}

/** Clients send paths with their signs escaped. */
function nameOf({ name }: { readonly name: string }, otherwise: string): string {
  try {
    return decodeURIComponent(name) || otherwise
  } catch {
    return name
  }
}

async function cat({ search }: Request, files: Files): Promise<Response> {
  const content = await fileOf(files, argument(search))
  const number = (name: string, otherwise: number) => Number(search.get(name) ?? otherwise)
  const from = number('offset', 0)
  const { body } = bytes(content.subarray(from, from + number('length', content.byteLength)))
  return { status: 200, headers: { ...plain, 'x-stream-output': '1' }, ...(body === undefined ? {} : { body }) }
}

/** What is here stays here, so there is nothing to do but to make sure of it. */
async function pin({ search }: Request, files: Files): Promise<Response> {
  const pins = search.getAll('arg').map(cidOf)
  if (pins.length === 0) throw new IpfsError('argument "ipfs-path" is required')
  for (const cid of pins) await fileOf(files, cid)
  return json(200, { Pins: pins.map(cidText) })
}

/** `GET /ipfs/<cid>`, or its block alone with `?format=raw`. */
async function gateway({ path, search, headers }: Request, files: Files): Promise<Response> {
  const cid = parseCid(path.slice('/ipfs/'.length).replace(/\/$/, ''))
  if (cid === null) return { status: 400, headers: plain, body: `invalid path "${path}": no CID of a file` }
  const isRaw = search.get('format') === 'raw' || headers.accept === 'application/vnd.ipld.raw'
  const content = isRaw ? await files.block(cid) : await files.read(cid)
  const text = cidText(cid)
  if (content === null) return { status: 404, headers: plain, body: `${text} is not here` }
  return bytes(content, {
    'content-type': isRaw ? 'application/vnd.ipld.raw' : 'application/octet-stream',
    'cache-control': 'public, max-age=29030400, immutable',
    etag: `"${text}${isRaw ? '.raw' : ''}"`,
    'x-ipfs-path': `/ipfs/${text}`,
    // Whatever it is, a browser is not to run it.
    'x-content-type-options': 'nosniff',
    'content-disposition': 'attachment',
  })
}

function bytes(
  content: Uint8Array,
  headers: Response['headers'] = { 'content-type': 'application/octet-stream' },
): Response {
  return { status: 200, headers, body: Buffer.from(content.buffer, content.byteOffset, content.byteLength) }
}

function argument(search: URLSearchParams): Cid {
  const text = search.get('arg')
  if (text === null) throw new IpfsError('argument "ipfs-path" is required')
  return cidOf(text)
}

function cidOf(text: string): Cid {
  const cid = parseCid(text.replace(/^\/ipfs\//, ''))
  if (cid === null) throw new IpfsError(`invalid path "${text}": no CID of a file`)
  return cid
}

async function fileOf(files: Files, cid: Cid): Promise<Uint8Array> {
  const content = await files.read(cid)
  if (content === null) throw new IpfsError(`${cidText(cid)} is not here, and it is not looked for elsewhere`)
  return content
}

async function blockOf(files: Files, cid: Cid): Promise<Uint8Array> {
  const block = await files.block(cid)
  if (block === null) throw new IpfsError(`${cidText(cid)} is not here, and it is not looked for elsewhere`)
  return block
}
