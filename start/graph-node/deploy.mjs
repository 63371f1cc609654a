import { setTimeout as sleep } from 'node:timers/promises'
import { rpc } from '../rpc.mjs'

/** What `gnd dev` calls the first of its manifests. */
const OWN_NAME = 'subgraph-0'

/**
 * Gives the deployment that graph-node made from its manifest the name that the gateway asks for.
 * @param {{ httpUrl: string, adminUrl: string, name: string, signal: AbortSignal }} options
 * @returns {Promise<string>} the deployment's id
 */
export async function deploy({ httpUrl, adminUrl, name, signal }) {
  const deployment = await untilDeployed(httpUrl, signal)
  await rpc(adminUrl, 'subgraph_create', { name }).catch((error) => {
    if (!/already exists/.test(error.message)) throw error
  })
  await rpc(adminUrl, 'subgraph_deploy', { name, ipfs_hash: deployment })
  return deployment
}

/**
 * graph-node takes its own name away from the deployment and gives it back at every start; what no name points to is dropped.
 * @param {string} httpUrl
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 */
async function untilDeployed(httpUrl, signal) {
  for (;;) {
    const deployment = await deploymentOf(`${httpUrl}/subgraphs/name/${OWN_NAME}`)
    if (deployment !== null) return deployment
    await sleep(100, undefined, { signal })
  }
}

/**
 * @param {string} url
 * @returns {Promise<string | null>}
 */
async function deploymentOf(url) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ _meta { deployment } }' }),
      signal: AbortSignal.timeout(5_000),
    })
    const body = /** @type {any} */ (await response.json())
    return body?.data?._meta?.deployment ?? null
  } catch {
    return null
  }
}
