/**
 * Runs the local chain: an anvil that survives.
 *
 *   node contracts/local-chain/main.ts --port 8545 --journal .heddle/chain/journal.jsonl
 *
 * anvil's own `--state` does not do: it writes 50 MB a second for a history as small as the example's, in place, so that
 * one kill in ten tears the file, and another `--timestamp` gives the chain another genesis. This keeps a journal of the
 * raw transactions instead (some 300 kB) and plays it again at the next start, a second or two for the example.
 * What a SIGKILL of everything can lose is what was mined in the last tenth of a second.
 *
 * Prints one line once the chain answers and is complete. If only this process was killed, the next one takes over its
 * anvil. SIGINT and SIGTERM end both; exit code 1 when anvil ends by itself.
 */
import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Hex } from 'viem'
import { startAnvil } from '../anvil.ts'
import { stateFile } from '../installation.ts'
import { readJson, writeJson } from '../json-file.ts'
import { connect, type Rpc } from '../rpc.ts'
import { appendBlocks, type Journal, readJournal, writeJournal } from './journal.ts'
import { readNews } from './record.ts'
import { replay } from './replay.ts'

type Chain = { readonly url: string; readonly pid: number }

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8545' },
    journal: { type: 'string', default: stateFile('chain/journal.jsonl') },
    'age-days': { type: 'string', default: '30' },
  },
})

const POLL_MS = 100
const DAY_SECONDS = 86_400
const pidFile = `${values.journal}.pid`

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

try {
  await main(Number(values.port), values.journal)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function main(port: number, file: string): Promise<void> {
  const kept = readJournal(file)
  const chain = (kept && (await takeOver(port, file, kept))) ?? (await begin(port, file, kept))
  const rpc = connect(chain.url)
  console.log(`The chain answers at ${chain.url}, block ${Number(await rpc<Hex>('eth_blockNumber'))}`)
  try {
    await keepRecording(rpc, file)
  } finally {
    await end(chain.pid)
  }
}

/** The anvil that a killed predecessor left behind, if it still answers. One that was not complete yet is ended. */
async function takeOver(port: number, file: string, journal: Journal): Promise<Chain | undefined> {
  const rpc = connect(`http://127.0.0.1:${port}`)
  const { genesis, blocks } = journal
  const pid = Number(readJson<number>(pidFile))
  if (!(await holds(rpc, 0, genesis.hash)) || !(pid > 0)) return undefined
  if (!(await holds(rpc, blocks.length, blocks.at(-1)?.hash ?? genesis.hash))) {
    await end(pid)
    return undefined
  }
  await rpc('evm_setAutomine', true)
  writeJournal(file, journal)
  return { url: `http://127.0.0.1:${port}`, pid }
}

async function holds(rpc: Rpc, number: number, hash: Hex): Promise<boolean> {
  try {
    return (await rpc<{ hash: Hex } | null>('eth_getBlockByNumber', `0x${number.toString(16)}`, false))?.hash === hash
  } catch {
    return false
  }
}

/** A new anvil, with everything that the journal has. */
async function begin(port: number, file: string, kept: Journal | undefined): Promise<Chain> {
  const age = Number(values['age-days']) * DAY_SECONDS
  const timestamp = kept?.genesis.timestamp ?? Math.floor(Date.now() / 1000) - age
  // First in, first out: a block of the journal keeps its order when it is played again.
  const chain = await startAnvil({ port, timestamp, args: ['--order', 'fifo'] })
  try {
    writeJson(pidFile, chain.pid)
    const rpc = connect(chain.url)
    const { hash } = await rpc<{ hash: Hex }>('eth_getBlockByNumber', '0x0', false)
    const blocks = kept?.genesis.hash === hash ? kept.blocks : []
    const same = await replay(rpc, blocks)
    if (same < blocks.length)
      console.error(`Block ${same + 1} did not come out as it was; the chain is kept up to there.`)
    writeJournal(file, { genesis: { hash, timestamp }, blocks: blocks.slice(0, same) })
    return chain
  } catch (error) {
    await chain.stop('SIGKILL')
    throw error
  }
}

async function keepRecording(rpc: Rpc, file: string): Promise<void> {
  let journal = readJournal(file)
  while (journal && !stop.signal.aborted) {
    journal = await record(rpc, file, journal)
    await wait(POLL_MS, undefined, { signal: stop.signal }).catch(() => undefined)
  }
  if (journal) await record(rpc, file, journal)
}

async function record(rpc: Rpc, file: string, journal: Journal): Promise<Journal> {
  const news = await readNews(rpc, [journal.genesis.hash, ...journal.blocks.map(({ hash }) => hash)])
  if (!news) return journal
  const next = { genesis: journal.genesis, blocks: [...journal.blocks.slice(0, news.kept), ...news.blocks] }
  if (news.kept < journal.blocks.length) writeJournal(file, next)
  else appendBlocks(file, news.blocks)
  return next
}

async function end(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGTERM')
    for (let tries = 0; tries < 100; tries += 1) {
      process.kill(pid, 0)
      await wait(POLL_MS / 4)
    }
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone, which is what was wanted.
  }
  rmSync(pidFile, { force: true })
}
