/**
 * The real graph-node in the indexer's place, as one process to its starter: a database, an IPFS and a name around `gnd dev`.
 * It ends as graph-node ends, and graph-node ends only at SIGINT.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename, dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { explain } from '../fault.mjs'
import { rpc } from '../rpc.mjs'
import { hashOfBuild, prepareDatabase } from './database.mjs'
import { deploy } from './deploy.mjs'
import { startEmptyIpfs } from './ipfs.mjs'

const text = /** @type {const} */ ({ type: 'string', default: '' })
const flags = {
  binary: text,
  manifest: text,
  name: text,
  'http-port': text,
  'admin-port': text,
  'status-port': text,
  'metrics-port': text,
  'ipfs-port': text,
}

async function main() {
  const { values } = parseArgs({ options: flags })
  const { manifest, name } = values
  const aborter = new AbortController()
  const { signal } = aborter
  let isAsked = false
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => {
      isAsked = true
      aborter.abort()
    })
  }

  const folder = dirname(manifest)
  const source = process.env.ETHEREUM_RPC ?? ''
  const rpcUrl = source.slice(source.indexOf(':') + 1)
  const postgresUrl = await prepareDatabase(
    process.env.DATABASE_URL ?? '',
    { genesis: await genesisOf(rpcUrl), build: await hashOfBuild(folder) },
    { isProduction: process.env.NODE_ENV === 'production' },
  )
  const ownIpfs = process.env.HEDDLE_IPFS_URL ? null : await startEmptyIpfs(Number(values['ipfs-port']))
  if (signal.aborted) return
  const ipfs = ownIpfs?.url ?? process.env.HEDDLE_IPFS_URL ?? ''
  const { 'http-port': http, 'admin-port': admin, 'status-port': status, 'metrics-port': metrics } = values
  const args = [
    ...['dev', '--manifests', `${basename(manifest)}:.`, '--ipfs', ipfs, '--http-port', http],
    ...['--admin-port', admin, '--index-node-port', status, '--metrics-port', metrics],
  ]
  const child = spawn(values.binary, args, {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    // URLs hold passwords and keys: they are for nobody's list of processes.
    env: { ...environment(rpcUrl), POSTGRES_URL: postgresUrl, ETHEREUM_RPC: ethereumRpc(source) },
  })
  const ended = once(child, 'exit')
  signal.addEventListener('abort', () => child.kill('SIGINT'))
  if (signal.aborted) child.kill('SIGINT')
  deploy({ httpUrl: `http://127.0.0.1:${http}`, adminUrl: `http://127.0.0.1:${admin}`, name, signal }).then(
    (deployment) => console.log(`graph-node serves ${deployment} as ${name}`),
    (error) => {
      if (signal.aborted) return
      // Without its name no one finds it: the starter shall try again.
      console.error(explain(error))
      child.kill('SIGINT')
    },
  )
  await ended
  aborter.abort()
  ownIpfs?.close()
  // graph-node may end in a panic when it is asked; that it ends unasked is a failure whatever it says.
  process.exitCode = isAsked ? 0 : 1
}

/**
 * What graph-node reads from its environment, with our defaults where its own would be slow or loud on a developer's machine.
 * @param {string} rpcUrl
 */
function environment(rpcUrl) {
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(rpcUrl).hostname)
  return {
    GRAPH_LOG: process.env.HEDDLE_LOG_LEVEL?.replace('silent', 'off') || 'info',
    // It would keep the chain's head in memory, and miss a block that comes soon after another until there is a third.
    ...(isLocal ? { ETHEREUM_POLLING_INTERVAL: '100', GRAPH_STORE_DISABLE_CHAIN_HEAD_PTR_CACHE: 'true' } : {}),
    ...process.env,
  }
}

/**
 * The network's name, what its node can do, and where it is: `anvil:archive,traces:http://…`.
 * @param {string} rpc - `<network>:<url>`
 */
function ethereumRpc(rpc) {
  const colon = rpc.indexOf(':')
  return `${rpc.slice(0, colon)}:archive,traces:${rpc.slice(colon + 1)}`
}

/**
 * @param {string} rpcUrl
 * @returns {Promise<string>}
 */
async function genesisOf(rpcUrl) {
  const { hash } = await rpc(rpcUrl, 'eth_getBlockByNumber', ['0x0', false])
  return hash
}

try {
  await main()
  process.exit()
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}
