import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasState, keepState, restoreState, saveState } from './chain-state.mjs'
import { startChild, stepFault } from './children.mjs'
import { Fault } from './fault.mjs'
import { rpc } from './rpc.mjs'

/** @typedef {import('./children.mjs').Child} Child */
/** @typedef {{ url: string, child: Child, isNew: boolean, startAgain(): Promise<Child>, keep(): Promise<void>, save(): Promise<void> }} LocalChain */

const HISTORY_SECONDS = 30 * 24 * 3600

/**
 * Starts anvil, with the chain of the last start where there is one.
 * @param {{ home: string, root: string, port: number, signal: AbortSignal }} options
 * @returns {Promise<LocalChain>} nothing is saved before `keep()` is called: a chain whose history was not played to its end is
 *   better begun anew
 */
export async function startLocalChain({ home, root, port, signal }) {
  const folder = join(home, 'chain')
  const url = `http://127.0.0.1:${port}`
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'url'), url)
  const genesis = await readGenesis(folder)
  const state = genesis === null ? null : await restoreState(folder)
  const child = await startAnvil({
    home,
    root,
    port,
    signal,
    state,
    genesis: state === null ? await newGenesis(folder) : genesis,
  })
  const { hash: loaded } = await rpc(url, 'eth_getBlockByNumber', ['latest', false])
  /** @type {{ stop(): Promise<void> } | undefined} */
  let keeper
  return {
    url,
    child,
    isNew: state === null,
    async startAgain() {
      const [saved, began] = await Promise.all([restoreState(folder), readGenesis(folder)])
      if (saved === null) throw new Fault('CHAIN_LOST', 'The local chain ended before it was first saved: start again.')
      return startAnvil({ home, root, port, signal, state: saved, genesis: began })
    },
    async keep() {
      if (state === null) await tellTheTime(url)
      keeper ??= keepState(folder, url, state === null ? '' : loaded)
    },
    async save() {
      await keeper?.stop().catch(() => undefined)
    },
  }
}

/**
 * Saves the chain of a starter that was killed, before its anvil is stopped. One that was never saved is not worth it: its history
 * may be half played.
 * @param {string} home
 */
export async function rescueChain(home) {
  const folder = join(home, 'chain')
  const url = await readFile(join(folder, 'url'), 'utf8').catch(() => null)
  if (url !== null && (await hasState(folder))) await saveState(folder, url).catch(() => undefined)
}

/**
 * anvil makes a block 0 of its own before it loads a state, and keeps both; unless they are the same block, the next load takes
 * whichever comes first for the genesis. So it is told the time of the first genesis at every start, and of the day afterwards.
 * @param {{ home: string, root: string, port: number, signal: AbortSignal, state: string | null, genesis: string | null }} options
 */
async function startAnvil({ home, root, port, signal, state, genesis }) {
  const { anvilBinary } = await import('../contracts/anvil.ts')
  const url = `http://127.0.0.1:${port}`
  const cache = join(home, 'chain/cache')
  await rm(cache, { recursive: true, force: true })
  const from = [
    ...(genesis === null ? [] : ['--timestamp', genesis]),
    ...(state === null ? [] : ['--load-state', state]),
  ]
  const child = startChild(home, {
    name: 'chain',
    command: anvilBinary(),
    args: [
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--cache-path',
      cache,
      '--preserve-historical-states',
      ...from,
    ],
    cwd: root,
  })
  try {
    await untilItAnswers(url, child, signal)
    if (state !== null) await tellTheTime(url)
    if (state !== null) await rm(state, { force: true })
    return child
  } catch (error) {
    await child.stop()
    throw error
  }
}

/**
 * @param {string} url
 * @returns {Promise<{ chainId: number, genesis: string, client: string }>}
 * @throws {Fault} `CHAIN_UNREACHABLE`
 */
export async function identifyChain(url) {
  try {
    const [chainId, block, client] = await Promise.all([
      rpc(url, 'eth_chainId'),
      rpc(url, 'eth_getBlockByNumber', ['0x0', false]),
      rpc(url, 'web3_clientVersion').catch(() => ''),
    ])
    return { chainId: Number(chainId), genesis: block.hash, client: String(client) }
  } catch (cause) {
    const why = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : cause
    throw new Fault('CHAIN_UNREACHABLE', `No chain answers at ${withoutSecrets(url)} (${why}): check --rpc-url.`, {
      cause,
    })
  }
}

/** @param {string} url */
function withoutSecrets(url) {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}

/**
 * A new chain begins in the past, so that its history can have happened by now.
 * @param {string} folder
 * @returns {Promise<string>} in Unix seconds
 */
async function newGenesis(folder) {
  const genesis = String(Math.floor(Date.now() / 1000) - HISTORY_SECONDS)
  await writeFile(join(folder, 'genesis'), genesis)
  return genesis
}

/**
 * @param {string} folder
 * @returns {Promise<string | null>}
 */
async function readGenesis(folder) {
  const text = await readFile(join(folder, 'genesis'), 'utf8').catch(() => '')
  return /^\d+$/.test(text) ? text : null
}

/** @param {string} url */
async function tellTheTime(url) {
  await rpc(url, 'evm_setTime', [Math.floor(Date.now() / 1000)]).catch(() => undefined)
}

/**
 * @param {string} url
 * @param {Child} child
 * @param {AbortSignal} signal
 */
async function untilItAnswers(url, child, signal) {
  const end = performance.now() + 60_000
  for (;;) {
    signal.throwIfAborted()
    if (child.isGone()) throw stepFault('anvil', await child.exited, child.log)
    if (await rpc(url, 'eth_chainId', [], 1_000).catch(() => null)) return
    if (performance.now() > end) throw stepFault('anvil', 'no answer within 60 s', child.log)
    await sleep(30)
  }
}
