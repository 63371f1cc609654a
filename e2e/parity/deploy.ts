import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse, stringify } from 'yaml'

/** Where an indexer takes builds. */
export interface Doors {
  readonly adminUrl: string
  readonly ipfsUrl: string
}

/**
 * Deploys a build as `graph create` and `graph deploy` do, without starting graph-cli for each.
 * @returns the deployment's id
 * @throws Error with what the indexer said
 */
export async function deploy(manifestPath: string, name: string, { adminUrl, ipfsUrl }: Doors): Promise<string> {
  const add = (content: string | Uint8Array) => upload(content, ipfsUrl)
  const manifest: unknown = parse(await readFile(manifestPath, 'utf8'))
  const id = await add(stringify(await linked(manifest, dirname(manifestPath), add)))
  await command(adminUrl, 'subgraph_create', { name })
  await command(adminUrl, 'subgraph_deploy', { name, ipfs_hash: id })
  return id
}

type Add = (content: Uint8Array) => Promise<string>

/** A manifest with links where the paths of files were. */
async function linked(value: unknown, folder: string, add: Add): Promise<unknown> {
  if (Array.isArray(value)) return await Promise.all(value.map((item) => linked(item, folder, add)))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(async ([key, inner]) => {
    if (key !== 'file') return [key, await linked(inner, folder, add)] as const
    return [key, { '/': `/ipfs/${await add(await readFile(resolve(folder, inner)))}` }] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

async function upload(content: string | Uint8Array, ipfsUrl: string): Promise<string> {
  const form = new FormData()
  form.set('file', new File([typeof content === 'string' ? content : Uint8Array.from(content)], 'file'))
  const response = await fetch(`${ipfsUrl}/api/v0/add`, { method: 'POST', body: form })
  const { Hash: cid } = (await response.json()) as { Hash: string }
  return cid
}

async function command(adminUrl: string, method: string, params: object): Promise<void> {
  const response = await fetch(adminUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { error } = (await response.json()) as { error?: { message: string } }
  if (error) throw new Error(`${method}: ${error.message}`)
}
