import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lastLines, startChild, stepFault } from './children.mjs'
import { Fault } from './fault.mjs'
import { rpc } from './rpc.mjs'

/** @typedef {import('./children.mjs').Child} Child */

/**
 * Starts the local chain, with everything that was on it before (its journal is replayed).
 * @param {{ home: string, root: string, port: number, signal: AbortSignal }} options
 * @returns {Promise<Child>} once the chain answers and is complete
 */
export async function startLocalChain({ home, root, port, signal }) {
  const child = startChild(home, {
    name: 'chain',
    command: process.execPath,
    args: ['contracts/local-chain/main.ts', '--port', String(port), '--journal', join(home, 'chain/journal.jsonl')],
    cwd: root,
  })
  try {
    while (!lastLines(child.log, 20).includes('The chain answers')) {
      signal.throwIfAborted()
      if (child.isGone()) throw stepFault('The chain', await child.exited, child.log)
      await sleep(30)
    }
    return child
  } catch (error) {
    await child.stop()
    throw error
  }
}

/**
 * A chain of one's own, looked at before anything relies on it.
 * @param {string} url
 * @throws {Fault} `CHAIN_UNREACHABLE`
 */
export async function requireChain(url) {
  try {
    await rpc(url, 'eth_chainId')
  } catch (cause) {
    const why = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : cause
    // Only the host: a path or a password may be an API key.
    throw new Fault('CHAIN_UNREACHABLE', `No chain answers at ${new URL(url).host} (${why}): check --rpc-url.`, {
      cause,
    })
  }
}
