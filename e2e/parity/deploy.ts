import { dirname } from 'node:path'
import { putManifest, readManifest } from './manifest.ts'

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
  const put = (content: string | Uint8Array) => upload(content, ipfsUrl)
  const id = await putManifest(await readManifest(manifestPath), dirname(manifestPath), put)
  const refusal = await deployAs(name, id, adminUrl)
  if (refusal !== null) throw new Error(`subgraph_deploy: ${refusal}`)
  return id
}

/** Gives a name to what was uploaded. @returns why it was refused; null if it was not */
export async function deployAs(name: string, id: string, adminUrl: string): Promise<string | null> {
  const created = await command(adminUrl, 'subgraph_create', { name })
  return created ?? (await command(adminUrl, 'subgraph_deploy', { name, ipfs_hash: id }))
}

export async function remove(name: string, adminUrl: string): Promise<void> {
  await command(adminUrl, 'subgraph_remove', { name })
}

/** Puts content into an IPFS. @returns its CID */
export async function upload(content: string | Uint8Array, ipfsUrl: string): Promise<string> {
  const form = new FormData()
  form.set('file', new File([typeof content === 'string' ? content : Uint8Array.from(content)], 'file'))
  const response = await fetch(`${ipfsUrl}/api/v0/add`, { method: 'POST', body: form })
  const { Hash: cid } = (await response.json()) as { Hash: string }
  return cid
}

async function command(adminUrl: string, method: string, params: object): Promise<string | null> {
  const attempt = () =>
    fetch(adminUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
  // A connection kept from before may have been closed under us, so twice.
  const response = await attempt().catch(attempt)
  const { error } = (await response.json()) as { error?: { message: string } }
  return error?.message ?? null
}
