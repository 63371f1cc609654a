import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeFunctionData, type Hex } from 'viem'
import { onTestFinished } from 'vitest'
import { startAnvil } from '../../contracts/anvil.ts'
import {
  type BlockPlace,
  type ChaosChain,
  type DraftLog,
  type EvmTransaction,
  evmArgs,
  evmChain,
  GeneratedChain,
} from '../../indexer/kit/chaos/index.ts'
import { compileContracts } from '../parity/solidity.ts'
import { decoded, ledger, ledgerAbi, ledgerCall, ledgerLogs, tokens } from './ledger.ts'
import { pace } from './pace.ts'

export interface LedgerChainOptions {
  readonly seed?: string
  readonly chainId?: number
  readonly blocks?: number
  readonly logsOf?: (place: BlockPlace) => readonly DraftLog[]
  /** For what no EVM does. */
  readonly isMadeUp?: boolean
}

/** A chain with a ledger on it: made up, or with real contracts in a real EVM, as the checks are run. A test's outcome tells which. */
export async function aLedgerChain(options: LedgerChainOptions = {}): Promise<ChaosChain> {
  const {
    seed = pace.seed,
    chainId = 31_337,
    blocks = 200,
    logsOf = ledgerLogs,
    isMadeUp = pace.chain !== 'evm',
  } = options
  onTestFinished(({ task }) => {
    task.meta.chain = isMadeUp ? 'made up' : 'evm'
  })
  if (isMadeUp) return new GeneratedChain({ seed, chainId, blocks, logsOf, call: ledgerCall })
  const transactionsOf = (place: BlockPlace) => transactionsFor(logsOf(place))
  return evmChain({ url: await anEvm(chainId), seed, blocks, transactionsOf })
}

declare module 'vitest' {
  interface TaskMeta {
    chain?: 'made up' | 'evm'
  }
}

/** An anvil that has the contracts from its first block on. */
async function anEvm(chainId: number): Promise<string> {
  const contracts = await compileContracts(join(import.meta.dirname, 'contracts'))
  const places = { Ledger: ledger, PlainToken: tokens.plain, MuteToken: tokens.mute, OddToken: tokens.odd }
  const alloc = Object.entries(places).map(([name, at]) => [at, { balance: '0x0', code: contracts[name]?.deployed }])
  const folder = await mkdtemp(join(tmpdir(), 'heddle-genesis-'))
  const genesis = join(folder, 'genesis.json')
  await writeFile(
    genesis,
    JSON.stringify({ config: { chainId }, timestamp: '0x6553f100', alloc: Object.fromEntries(alloc) }),
  )
  const anvil = await startAnvil({ args: [...evmArgs, '--chain-id', String(chainId), '--init', genesis] })
  onTestFinished(async () => {
    await anvil.stop()
    await rm(folder, { recursive: true })
  })
  return anvil.url
}

/** Most of a ledger's logs in one transaction. */
const logsAtOnce = 100

/** The ledger numbers its logs as the EVM does: a log index that is asked for is not to be had. */
function transactionsFor(logs: readonly DraftLog[]): readonly EvmTransaction[] {
  const calls = logs.map(callFor)
  return Array.from({ length: Math.ceil(calls.length / logsAtOnce) }, (_, i) => {
    const some = calls.slice(i * logsAtOnce, (i + 1) * logsAtOnce)
    return { to: ledger, data: encodeFunctionData({ abi: ledgerAbi, functionName: 'all', args: [some] }) }
  })
}

/** What makes the ledger write such a log. */
function callFor(log: DraftLog): Hex {
  const { transfer, update } = decoded(log)
  if (transfer !== undefined) {
    const { from, to, value } = transfer
    return encodeFunctionData({ abi: ledgerAbi, functionName: 'transfer', args: [from, to, value] })
  }
  return encodeFunctionData({ abi: ledgerAbi, functionName: 'update', args: [update.token, update.uri] })
}
