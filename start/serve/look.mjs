/** What only the chain, the database and the files can tell: whether they are there, fit each other, and are for production. */
import { readFile } from 'node:fs/promises'
import { requireChain } from '../chain.mjs'
import { useDatabase } from '../database.mjs'
import { Fault } from '../fault.mjs'
import { rpc } from '../rpc.mjs'

/** @typedef {import('./options.mjs').Settings} Settings */

/** Of anvil and Hardhat, of Ganache and geth --dev. */
const DEVELOPMENT_CHAINS = new Set([31_337, 1_337])
const DEVELOPMENT_NETWORKS = new Set(['anvil', 'hardhat', 'localhost', 'ganache', 'development'])

/**
 * @param {Settings} settings
 * @returns {Promise<{ network: string, problems: string[] }>} `network`: what the manifest calls the chain
 */
export async function lookAround(settings) {
  const { rpcUrl, databaseUrl, manifest, deployment } = settings
  const found = await Promise.all([
    rpcUrl === undefined ? [] : chainProblems(rpcUrl),
    databaseUrl === undefined ? [] : databaseProblems(databaseUrl),
    manifest === undefined ? nothing : readManifest(manifest),
    deployment === undefined ? nothing : readDeployment(deployment, rpcUrl),
  ])
  const [chain, database, ofManifest, ofDeployment] = found
  const network = ofManifest.network || ofDeployment.network
  const problems = [...chain, ...database, ...ofManifest.problems, ...ofDeployment.problems]
  if (DEVELOPMENT_NETWORKS.has(network)) {
    problems.push(
      `the subgraph is for the network "${network}", a development chain: build it for yours (node contracts/ignition/deploy.ts --network-name <name>)`,
    )
  }
  return { network, problems }
}

const nothing = { network: '', problems: /** @type {string[]} */ ([]) }

/** @param {string} url */
async function chainProblems(url) {
  try {
    await requireChain(url)
    const chainId = Number(await rpc(url, 'eth_chainId'))
    return DEVELOPMENT_CHAINS.has(chainId)
      ? [`--rpc-url (HEDDLE_RPC_URL) is a development chain: its id is ${chainId}`]
      : []
  } catch (error) {
    return [messageOf(error)]
  }
}

/** @param {string} url */
async function databaseProblems(url) {
  try {
    await useDatabase(url)
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

/** @param {string} file */
async function readManifest(file) {
  try {
    const { parse } = await import('yaml')
    const network = parse(await readFile(file, 'utf8'))?.dataSources?.[0]?.network
    if (typeof network === 'string') return { network, problems: [] }
    return { network: '', problems: [`--manifest: ${file} is no manifest: its first data source names no network`] }
  } catch (error) {
    return { network: '', problems: [`--manifest: ${messageOf(error)}`] }
  }
}

/**
 * @param {string} file
 * @param {string | undefined} rpcUrl
 */
async function readDeployment(file, rpcUrl) {
  try {
    const { network, chainId, contracts } = JSON.parse(await readFile(file, 'utf8'))
    if (typeof network !== 'string' || typeof contracts !== 'object' || contracts === null)
      return { network: '', problems: [`--deployment: ${file} lacks its network or its contracts`] }
    const problems = rpcUrl === undefined ? [] : await misplaced(rpcUrl, chainId, contracts).catch(() => [])
    return { network, problems: problems.map((problem) => `--deployment: ${problem}`) }
  } catch (error) {
    return { network: '', problems: [`--deployment: ${messageOf(error)}`] }
  }
}

/**
 * @param {string} url
 * @param {unknown} chainId - of the chain that was deployed to
 * @param {Record<string, string>} contracts
 * @returns {Promise<string[]>}
 */
async function misplaced(url, chainId, contracts) {
  const actual = Number(await rpc(url, 'eth_chainId'))
  if (chainId !== undefined && chainId !== actual) return [`it is for chain ${chainId}, the node is on chain ${actual}`]
  const places = await Promise.all(
    Object.entries(contracts).map(async ([name, address]) => ({
      name,
      address,
      code: await rpc(url, 'eth_getCode', [address, 'latest']),
    })),
  )
  return places.filter(({ code }) => code === '0x').map(({ name, address }) => `no contract is at ${address} (${name})`)
}

/** @param {unknown} error */
function messageOf(error) {
  if (error instanceof Fault) return error.message
  return error instanceof Error ? error.message : String(error)
}
