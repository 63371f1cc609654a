import { RpcError } from '../../errors.ts'
import { abortable, pause } from '../abort.ts'
import { type BlockPtr, type Hex, isRaw } from '../block.ts'
import { isRevert } from '../call.ts'
import { type HttpNode, httpNode } from '../http.ts'
import { isTransient, NodeBusyError, RpcRefusal } from '../refusal.ts'
import type { Question } from '../rpc.ts'
import { Breaker } from './breaker.ts'
import type { Budget } from './budget.ts'
import type { HeadSocket } from './head-socket.ts'
import { Latency } from './latency.ts'
import { Limits } from './limits.ts'
import type { Outcome } from './outcome.ts'
import { OutrunError } from './race.ts'
import type { NodeSettings } from './settings.ts'
import type { Subject } from './subject.ts'

/** What is counted of a node, from the start. */
export interface NodeCounts {
  /** Questions put to it; of a batch, each. */
  requests: number
  /** Those it failed to answer: not what it refused. */
  failures: number
  refusals: number
  /** Questions put to it because another node took too long. */
  hedges: number
  /** Answers in which two others outvoted it. */
  outvoted: number
  /** Milliseconds that questions waited for its budget. */
  budgetWaitMs: number
}

export interface NodeRooms {
  readonly timeoutMs: number
  readonly batchSize: number
  readonly budget: Budget
  /** Told when it goes away, and when it is back. */
  readonly onHealth: (node: PoolNode, health: 'away' | 'back', why: string | null) => void
}

/** Whether an answer's last block is of the branch that whoever asks stands on. */
export type IsOfBranch = (block: BlockPtr) => Promise<boolean>

/** For so long others are asked first, after it was outvoted. */
const DISTRUST_MS = 60_000
/** Where a busy node does not say when it wants to be asked again. */
const BUSY_MS = 1_000

/** One node of a pool: how to ask it, and what is known of it. */
export class PoolNode {
  readonly settings: NodeSettings
  readonly budget: Budget
  readonly breaker = new Breaker()
  readonly latency = new Latency()
  readonly limits = new Limits()
  readonly counts: NodeCounts = { requests: 0, failures: 0, refusals: 0, hedges: 0, outvoted: 0, budgetWaitMs: 0 }
  /** Of its chain; null: it has not said yet. */
  chainId: number | null = null
  /** The newest block that it is known to have. */
  head: { readonly number: number; readonly at: number } | null = null
  socket: HeadSocket | null = null
  readonly #http: HttpNode
  readonly #onHealth: NodeRooms['onHealth']
  #distrustedUntil = 0

  constructor(settings: NodeSettings, { timeoutMs, batchSize, budget, onHealth }: NodeRooms) {
    this.settings = settings
    this.budget = budget
    this.#http = httpNode(settings.url, { timeoutMs, batchSize })
    this.#onHealth = onHealth
  }

  get name(): string {
    return this.settings.name
  }

  get batchSize(): number {
    return this.#http.batchSize
  }

  get isDistrusted(): boolean {
    return performance.now() < this.#distrustedUntil
  }

  outvoted(): void {
    this.counts.outvoted += 1
    this.#distrustedUntil = performance.now() + DISTRUST_MS
  }

  /** It has this block, and as far as it knows none above. */
  sawHead(number: number): void {
    this.head = { number, at: performance.now() }
    this.socket?.saw(number)
  }

  /**
   * Asks it once, when its budget allows.
   * @param isOfBranch - for logs of a range, which come together with the range's last block; null: it is the only node, and is believed
   * @throws the signal's reason, nothing else
   */
  async ask<T>(
    question: Question<T>,
    subject: Subject,
    isOfBranch: IsOfBranch | null,
    signal?: AbortSignal,
  ): Promise<Outcome<T>> {
    const { method, params, read } = question
    const isAnchored = subject.blocks !== null && subject.block !== null && isOfBranch !== null
    let startedAt = performance.now()
    try {
      if (isOfBranch !== null) await this.introduce(signal)
      await this.#turn(isAnchored ? 2 : 1, signal)
      startedAt = performance.now()
      const [raw, last] = await Promise.all([
        this.#http.call(method, params, signal),
        isAnchored ? this.#http.call('eth_getBlockByNumber', [hexOf(subject.block), false], signal) : undefined,
      ])
      const value = read(raw)
      this.latency.note(method, performance.now() - startedAt)
      this.#lives()
      if (subject.isHead) this.#noteHead(raw)
      if (last !== undefined && isOfBranch !== null) {
        const block = pointerOf(last)
        if (block === null) return this.#lacks(subject)
        if (!(await abortable(isOfBranch(block), signal))) return { kind: 'astray' }
      }
      return subject.isLookup && (raw === null || raw === undefined)
        ? { kind: 'nothing', value }
        : { kind: 'answer', value }
    } catch (error) {
      if (signal?.aborted) {
        if (signal.reason instanceof OutrunError) this.#lost(method, performance.now() - startedAt)
        throw signal.reason
      }
      return this.#went(method, subject, error)
    }
  }

  /** Asks which chain it is of, unless that is known. @throws the signal's reason, RpcError */
  async introduce(signal?: AbortSignal): Promise<void> {
    if (this.chainId !== null) return
    this.counts.requests += 1
    this.budget.take()
    const id = Number(await this.#http.call('eth_chainId', [], signal))
    if (Number.isSafeInteger(id)) this.chainId = id
  }

  /** Looks what its newest block is, to know what it can be asked, and whether it is there at all. */
  async look(timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs)
    this.counts.requests += 1
    this.budget.take()
    try {
      await this.introduce(signal)
      this.#noteHead(await this.#http.call('eth_getBlockByNumber', ['latest', false], signal))
      this.#lives()
    } catch (error) {
      this.#went('eth_getBlockByNumber', null, error instanceof RpcError ? error : tooLong)
    }
  }

  async #turn(calls: number, signal: AbortSignal | undefined): Promise<void> {
    let waitMs = 0
    for (let i = 0; i < calls; i++) waitMs = Math.max(waitMs, this.budget.take())
    this.counts.requests += calls
    if (waitMs === 0) return
    this.counts.budgetWaitMs += waitMs
    await pause(waitMs, signal)
  }

  #noteHead(raw: unknown): void {
    const head = pointerOf(raw)
    if (head) this.sawHead(head.number)
  }

  /** It answered, but does not have the block; whatever was thought of its head. */
  #lacks({ block }: Subject): Outcome<never> {
    if (block !== null && this.head !== null && this.head.number >= block) this.head = null
    return { kind: 'nothing', value: null }
  }

  #lives(): void {
    if (this.breaker.succeeded()) this.#onHealth(this, 'back', null)
  }

  #fails(why: string): void {
    this.counts.failures += 1
    if (this.breaker.failed()) this.#onHealth(this, 'away', why)
  }

  /** Another one was faster. */
  #lost(method: string, ms: number): void {
    const usual = this.latency.p95Ms(method)
    if (ms < MIN_SLOW_MS || (usual !== null && ms < usual)) return
    this.latency.note(method, ms)
    this.#fails('it is much slower than it was')
  }

  #went(method: string, subject: Subject | null, error: unknown): Outcome<never> {
    const failure =
      error instanceof RpcError ? error : new RpcError(method, error instanceof Error ? error.message : String(error))
    if (failure instanceof RpcRefusal && !isTransient(failure)) {
      this.#lives()
      if (method === 'eth_call' && isRevert(failure.answer)) return { kind: 'reverted', error: failure }
      this.counts.refusals += 1
      if (subject?.blocks && subject.blocks > 1) this.limits.refusesRange(subject.blocks)
      else if (!ALWAYS_KNOWN.includes(method) && CANNOT.includes(failure.answer.code)) this.limits.refuses(method)
      return { kind: 'refused', error: failure }
    }
    if (failure instanceof NodeBusyError) {
      this.counts.failures += 1
      this.budget.hold(failure.retryAfterMs ?? BUSY_MS)
    } else if (failure instanceof RpcRefusal && failure.answer.code === 429) {
      this.counts.failures += 1
      this.budget.hold(BUSY_MS)
    } else this.#fails(failure.facts.reason)
    return { kind: 'failed', error: failure }
  }
}

/** What no node is without: such a refusal is of a range, or of a tag such as `finalized`. */
const ALWAYS_KNOWN = ['eth_getLogs', 'eth_getBlockByNumber']
/** Method not found, invalid parameters, method not supported. */
const CANNOT = [-32601, -32602, -32004]
/** An answer that took less is not slow, whatever is usual. */
export const MIN_SLOW_MS = 200
const tooLong = new RpcError('eth_getBlockByNumber', 'it took too long')

/** The number and hash of a block as it came over the wire; null: it is none. */
export function pointerOf(raw: unknown): BlockPtr | null {
  if (!isRaw(raw) || typeof raw.number !== 'string' || typeof raw.hash !== 'string') return null
  return { number: Number(raw.number), hash: raw.hash.toLowerCase() as Hex }
}

export function hexOf(number: number | null): Hex {
  return `0x${(number ?? 0).toString(16)}`
}
