import { setTimeout as wait } from 'node:timers/promises'
import type { Hex, LocalAccount } from 'viem'
import { type Rpc, RpcError } from '../rpc.ts'
import type { Step } from './step.ts'
import type { Story } from './story.ts'

/** What the player needs of the accounts: who signs, and each one's nonce before the history. */
export type Sender = { readonly account: LocalAccount; readonly firstNonce: number }

export type PlayOptions = {
  readonly chainId: number
  readonly senders: readonly Sender[]
  /** Told after each block; what it returns decides whether to go on. */
  readonly onBlock: (sent: number, all: number) => boolean
}

/** The chain holds something that this history does not lead to, so it cannot be completed there. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError'
}

type Numbered = Step & { readonly nonce: number }

const GWEI = 10n ** 9n
/** Upper bounds, not estimates, which would cost a request each. */
const GAS = 500_000n
const CREATION_GAS = 5_000_000n
const RECEIPT_TIMEOUT_MS = 60_000
const POLL_MS = 50

/**
 * Plays what is left of a story. A block of the story becomes one block of the chain, at its time, if the node lets us
 * say so (`evm_*`); other nodes mine as they are used to.
 * @throws {@link DivergedError} if the accounts' nonces do not fit any moment of the story, or a transaction fails
 */
export async function play(
  rpc: Rpc,
  { steps, times }: Story,
  { chainId, senders, onBlock }: PlayOptions,
): Promise<void> {
  const numbered = numberSteps(steps, senders)
  const control = await takeControl(rpc)
  try {
    let sent = await countDone(rpc, numbered, senders)
    while (sent < numbered.length) {
      const block = numbered[sent]?.block ?? 0
      const group = numbered.slice(sent).filter((step) => step.block === block)
      await playBlock(rpc, group, { chainId, senders, control, time: times[block] ?? 0 })
      sent += group.length
      if (!onBlock(sent, numbered.length)) return
    }
  } finally {
    if (control) await releaseControl(rpc)
  }
}

function numberSteps(steps: readonly Step[], senders: readonly Sender[]): Numbered[] {
  const next = senders.map(({ firstNonce }) => firstNonce)
  return steps.map((step) => {
    const nonce = next[step.sender] ?? 0
    next[step.sender] = nonce + 1
    return { ...step, nonce }
  })
}

/** How many steps the chain has seen. They have to be the first ones: blocks are mined whole and in order. */
async function countDone(rpc: Rpc, steps: readonly Numbered[], senders: readonly Sender[]): Promise<number> {
  const nonces = await Promise.all(
    senders.map(async ({ account }) => Number(await rpc<Hex>('eth_getTransactionCount', account.address, 'latest'))),
  )
  const isDone = ({ sender, nonce }: Numbered) => nonce < (nonces[sender] ?? 0)
  const firstOpen = steps.findIndex((step) => !isDone(step))
  const done = firstOpen === -1 ? steps.length : firstOpen
  if (steps.slice(done).some(isDone)) {
    throw new DivergedError('The accounts have sent transactions of their own; the history does not fit on this chain.')
  }
  return done
}

type BlockOptions = Omit<PlayOptions, 'onBlock'> & { readonly control: boolean; readonly time: number }

async function playBlock(rpc: Rpc, group: readonly Numbered[], { chainId, senders, control, time }: BlockOptions) {
  const hashes: Hex[] = []
  for (const [index, { sender, to, data, value, what, nonce }] of group.entries()) {
    const signed = await senders[sender]?.account.signTransaction({
      type: 'eip1559',
      chainId,
      nonce,
      to,
      data,
      value,
      gas: what === 'Atelier.createCollection' ? CREATION_GAS : GAS,
      // A miner takes the best paid first; falling tips keep the order in which the story tells them.
      maxPriorityFeePerGas: GWEI - BigInt(index),
      maxFeePerGas: 20n * GWEI,
    })
    hashes.push(await rpc<Hex>('eth_sendRawTransaction', signed))
  }
  if (control) {
    await optional(rpc, 'evm_setNextBlockTimestamp', time)
    await rpc('evm_mine')
  }
  const receipts = await Promise.all(hashes.map((hash) => receiptOf(rpc, hash)))
  const failed = receipts.findIndex(({ status }) => status !== '0x1')
  if (failed >= 0) throw new DivergedError(`A transaction of the history failed: ${group[failed]?.what}.`)
}

type Receipt = { readonly status: Hex }

async function receiptOf(rpc: Rpc, hash: Hex): Promise<Receipt> {
  const deadline = Date.now() + RECEIPT_TIMEOUT_MS
  for (;;) {
    const receipt = await rpc<Receipt | null>('eth_getTransactionReceipt', hash)
    if (receipt) return receipt
    if (Date.now() > deadline) throw new DivergedError(`Transaction ${hash} was not mined within a minute.`)
    await wait(POLL_MS)
  }
}

/** Stops the node from mining by itself. What an interrupted run left waiting is dropped: it will be sent again. */
async function takeControl(rpc: Rpc): Promise<boolean> {
  if (!(await optional(rpc, 'evm_setAutomine', false))) return false
  await optional(rpc, 'anvil_dropAllTransactions')
  return true
}

/** Gives mining back, and the present time if the chain has not run past it. */
async function releaseControl(rpc: Rpc): Promise<void> {
  await rpc('evm_setAutomine', true)
  const head = await rpc<{ timestamp: Hex }>('eth_getBlockByNumber', 'latest', false)
  const now = Math.floor(Date.now() / 1000)
  if (Number(head.timestamp) < now) await optional(rpc, 'evm_setTime', now)
}

/** Asks for something that only development nodes know. */
async function optional(rpc: Rpc, method: string, ...params: readonly unknown[]): Promise<boolean> {
  try {
    await rpc(method, ...params)
    return true
  } catch (error) {
    if (error instanceof RpcError && error.isUnknownMethod) return false
    throw error
  }
}
