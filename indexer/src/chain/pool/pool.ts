import { BlockGoneError, NodesDisagreeError, NodesOfTwoChainsError, RpcError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { pause } from '../abort.ts'
import type { BlockPtr, Header } from '../block.ts'
import { type Ask, pauseMs, type Question, type Rpc, rpcOver } from '../rpc.ts'
import { agreed, revertedText, textOf, type Word } from './agreement.ts'
import { Bell } from './bell.ts'
import { Branch } from './branch.ts'
import { Budget, budgetCell, budgetMemory } from './budget.ts'
import { HeadSocket } from './head-socket.ts'
import { hexOf, MIN_SLOW_MS, PoolNode, pointerOf } from './node.ts'
import { type Outcome, settles } from './outcome.ts'
import { race } from './race.ts'
import { ranked } from './rank.ts'
import type { NodeSettings } from './settings.ts'
import { type NodeState, stateOf } from './state.ts'
import { type Subject, subjectOf } from './subject.ts'

export interface PoolOptions {
  readonly network?: string
  /** How long to wait for one answer of a node. */
  readonly timeoutMs?: number
  /** How often to ask all of them before giving up. */
  readonly attempts?: number
  readonly batchSize?: number
  /** Where the budgets are kept, for all threads of a process; of one's own by default. @see budgetMemory */
  readonly budgets?: SharedArrayBuffer
  /** Whether to listen to new heads, where nodes tell them. */
  readonly listens?: boolean
  /** How long a socket may say nothing while there are new heads. */
  readonly silenceMs?: number
  /** How long a node that is away keeps others from being believed that a block is not there. */
  readonly absenceMs?: number
  readonly log?: Pick<Log, 'info' | 'warn'>
}

/** Several nodes of one network, asked as if they were one. */
export interface Pool extends Rpc {
  /** Waits for a new head, at most so long. Where no node tells its heads, always so long. @throws the signal's reason */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  state(): NodeState[]
  /** Ends what it listens to. */
  close(): void
}

/** How old the knowledge of a node's head may be while somebody follows the chain. */
const LOOK_EVERY_MS = 2_000
const LOOK_TIMEOUT_MS = 5_000
/** Of a hundred questions, how many may be put to a second node because the first is slow; and how many at once. */
const HEDGED_SHARE = 0.1
const HEDGES_AT_ONCE = 10
/** Before it is known what is usual. */
const FIRST_PATIENCE_MS = 1_000

/**
 * Asks whichever node can answer, so that a question fails only if none can.
 *
 *     question ─▶ rank ─▶ race: the first, beside it the second if it is slow, then the others ─▶ answer
 *                            └─ each: budget ─▶ HTTP ─▶ outcome ─▶ latency, breaker, limits, head
 *
 * Where nodes must agree, two are asked at once, and more only when they differ.
 */
export function createPool(settings: readonly NodeSettings[], options: PoolOptions = {}): Pool {
  return new NodePool(settings, options).rpc()
}

class NodePool {
  readonly #nodes: readonly PoolNode[]
  readonly #options: PoolOptions
  readonly #timeoutMs: number
  readonly #mustAgree: boolean
  readonly #branch = new Branch()
  readonly #bell = new Bell()
  readonly #looking = new Set<PoolNode>()
  #introductions: Promise<unknown> | null = null
  #leader: PoolNode | null = null
  /** What was told last as the newest block. */
  #told: { readonly number: number; readonly hash: string } | null = null
  #hedges = HEDGES_AT_ONCE

  constructor(settings: readonly NodeSettings[], options: PoolOptions) {
    const { timeoutMs = 30_000, batchSize = 100, budgets = budgetMemory(settings.length) } = options
    this.#options = options
    this.#timeoutMs = timeoutMs
    this.#mustAgree = settings.some(({ mustAgree }) => mustAgree)
    this.#nodes = settings.map((one, i) => {
      const budget = new Budget(one.callsPerSecond, budgetCell(budgets, i))
      return new PoolNode(one, { timeoutMs, batchSize, budget, onHealth: (...news) => this.#tellHealth(...news) })
    })
    if (options.listens === true) for (const node of this.#nodes) this.#listen(node)
  }

  rpc(): Pool {
    const urls = this.#nodes.map(({ settings }) => settings.url)
    const base = rpcOver(this.#ask, urls)
    return {
      ...base,
      headerByNumber: (number, signal) => {
        const asked = base.headerByNumber(number, signal)
        if (typeof number === 'number') this.#branch.tell(number, asked)
        else if (number === 'latest') asked.then((head) => head && this.#toldHead(head)).catch(() => undefined)
        return asked
      },
      pause: (ms, signal) => this.#bell.wait(ms, signal),
      state: () => this.#nodes.map(stateOf),
      close: () => {
        for (const { socket } of this.#nodes) socket?.close()
      },
    }
  }

  readonly #ask: Ask = async (question) => {
    const { method, params, signal, attempts = this.#options.attempts ?? 5 } = question
    const subject = subjectOf(method, params)
    await this.#introduced()
    this.#look(subject)
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted()
      this.#hedges = Math.min(this.#hedges + HEDGED_SHARE, HEDGES_AT_ONCE)
      const outcomes = await this.#answers(question, subject)
      this.#checkChain()
      const end = this.#conclude(method, subject, outcomes)
      if (end.kind === 'answer') return end.value
      if (!end.mayAskAgain || attempt >= attempts) throw end.error
      await pause(pauseMs(attempt, end.error), signal)
    }
  }

  #answers<T>(question: Question<T>, subject: Subject): Promise<Outcome<T>[]> {
    if (!this.#mustAgree || !subject.decides) return this.#firstAnswer(question, subject)
    return subject.isTagged ? this.#agreedBlock(question, subject) : this.#agreement(question, subject)
  }

  // ── one answer ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #firstAnswer<T>(question: Question<T>, subject: Subject): Promise<Outcome<T>[]> {
    const [only] = this.#nodes
    // Nothing to choose: as if there were no pool.
    if (this.#nodes.length === 1 && only !== undefined)
      return [await only.ask(question, subject, null, question.signal)]
    const present = this.#present()
    const outcomes = await this.#race(present, question, subject)
    // Those who are away are only asked where nobody else could say anything.
    if (outcomes.some(({ kind }) => kind !== 'failed')) return outcomes
    const away = this.#nodes.filter((node) => !present.includes(node))
    return [...outcomes, ...(await this.#race(away, question, subject))]
  }

  async #race<T>(nodes: readonly PoolNode[], question: Question<T>, subject: Subject): Promise<Outcome<T>[]> {
    const { method, signal } = question
    let asked = 0
    const order = ranked(nodes, method, subject, this.#leader)
    return race<PoolNode, T>(order, {
      signal,
      ask: async (node, own) => {
        asked += 1
        const outcome = await this.#askOne(node, question, subject, own)
        if (outcome.kind === 'answer' && subject.isHead) this.#follow(node)
        return outcome
      },
      patienceMs: (node) => {
        const usual = node.latency.p95Ms(method) ?? FIRST_PATIENCE_MS
        return Math.min(Math.max(usual, MIN_SLOW_MS), this.#timeoutMs / 2) + node.budget.delayMs
      },
      mayHedge: (node) => {
        if (node.breaker.state === 'closed') {
          if (this.#hedges < 1) return false
          this.#hedges -= 1
        }
        const next = order[asked]
        if (next) next.counts.hedges += 1
        return true
      },
    })
  }

  #askOne<T>(node: PoolNode, question: Question<T>, subject: Subject, signal?: AbortSignal): Promise<Outcome<T>> {
    // One node alone is on its own branch, whatever that is.
    const isOfBranch = this.#nodes.length > 1 ? (block: Parameters<Branch['has']>[0]) => this.#branch.has(block) : null
    return node.ask(question, subject, isOfBranch, signal)
  }

  /** What all that was heard amounts to. */
  #conclude<T>(method: string, subject: Subject, outcomes: readonly Outcome<T>[]): End<T> {
    const final = outcomes.find(settles)
    if (final?.kind === 'answer') return final
    if (final?.kind === 'reverted') return { kind: 'error', error: final.error, mayAskAgain: false }
    const failed = outcomes.findLast((one) => one.kind === 'failed')
    const refused = outcomes.find((one) => one.kind === 'refused')
    const nothing = outcomes.find((one) => one.kind === 'nothing')
    if (nothing && (failed || this.#isSomeoneMissed())) {
      const reason = 'it is not at the nodes that answer, and others do not'
      return { kind: 'error', error: new RpcError(method, reason, failed?.error), mayAskAgain: true }
    }
    if (nothing && subject.isLookup) return { kind: 'answer', value: nothing.value as T }
    if (nothing || outcomes.some(({ kind }) => kind === 'astray')) {
      return { kind: 'error', error: new BlockGoneError({ number: subject.block ?? 0 }), mayAskAgain: false }
    }
    if (failed) return { kind: 'error', error: refused?.error ?? failed.error, mayAskAgain: true }
    const error = refused?.error ?? new RpcError(method, 'no node could be asked')
    return { kind: 'error', error, mayAskAgain: false }
  }

  /** Whether a node has not been there for a short time only: what the others do not have, it may have. */
  #isSomeoneMissed(): boolean {
    const { absenceMs = 60_000 } = this.#options
    return (
      this.#nodes.length > 1 && this.#nodes.some(({ breaker }) => breaker.awayMs !== null && breaker.awayMs < absenceMs)
    )
  }

  // ── two alike ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async #agreement<T>(question: Question<T>, subject: Subject): Promise<Outcome<T>[]> {
    const { method } = question
    const words = await this.#words(question, subject, (heard) => agreed(heard) !== null)
    const found = agreed(words)
    if (found !== null) {
      for (const node of found.outvoted) {
        node.outvoted()
        this.#options.log?.warn('node.outvoted', { ...this.#facts(node), method })
      }
      return [found.outcome]
    }
    const spoke = words.filter(({ text }) => text !== null).map(({ node }) => node.name)
    if (spoke.length > 1) return [{ kind: 'failed', error: new NodesDisagreeError(method, spoke) }]
    const others = words.filter(({ text }) => text === null).map(({ outcome }) => outcome)
    return spoke.length === 1 ? [...others, { kind: 'failed', error: onlyOne(method) }] : others
  }

  /**
   * The newest block of two nodes: of their two, the lower one, if both know it alike. What one alone claims to have, the other cannot
   * confirm yet.
   */
  async #agreedBlock<T>(question: Question<T>, subject: Subject): Promise<Outcome<T>[]> {
    const { method, params } = question
    const read = (raw: unknown) => ({ value: question.read(raw), block: pointerOf(raw) })
    const words = await this.#words({ ...question, read }, subject, (heard) => blocksOf(heard).length > 1)
    const same = agreed(words)
    if (same?.outcome.kind === 'answer') return [{ kind: 'answer', value: same.outcome.value.value }]
    const [one, other] = blocksOf(words)
    if (one !== undefined && other !== undefined) {
      const lower = [hexOf(Math.min(one.number, other.number)), ...params.slice(1)]
      return this.#agreement({ ...question, params: lower }, subjectOf(method, lower))
    }
    const others = words.flatMap(({ outcome }) => (outcome.kind === 'answer' ? [] : [outcome as Outcome<T>]))
    return one === undefined ? others : [{ kind: 'failed', error: onlyOne(method) }]
  }

  /** Asks two, and one more after the other until it is enough. */
  async #words<T>(
    question: Question<T>,
    subject: Subject,
    isEnough: (words: readonly Word<PoolNode, T>[]) => boolean,
  ): Promise<Word<PoolNode, T>[]> {
    const present = this.#present()
    const away = this.#nodes.filter((node) => !present.includes(node))
    const order = [present, away].flatMap((some) => ranked(some, question.method, subject, this.#leader))
    const words: Word<PoolNode, T>[] = []
    while (order.length > 0 && !isEnough(words)) {
      const next = order.splice(0, words.length === 0 ? 2 : 1)
      words.push(...(await Promise.all(next.map((node) => this.#word(node, question, subject)))))
    }
    return words
  }

  async #word<T>(node: PoolNode, question: Question<T>, subject: Subject): Promise<Word<PoolNode, T>> {
    let said: unknown
    const read = (raw: unknown) => {
      said = raw
      return question.read(raw)
    }
    const outcome = await this.#askOne(node, { ...question, read }, subject, question.signal)
    if (outcome.kind === 'reverted') return { node, outcome, text: revertedText }
    return { node, outcome, text: outcome.kind === 'answer' ? textOf(question.method, said, outcome.value) : null }
  }

  // ── who is there, and how far ───────────────────────────────────────────────────────────────────────────────────────

  /** Before the first question, all are asked which chain they are of: those of another must not answer any. */
  #introduced(): Promise<unknown> | null {
    if (this.#nodes.length === 1) return null
    this.#introductions ??= Promise.allSettled(
      this.#nodes.map((node) => node.introduce(AbortSignal.timeout(LOOK_TIMEOUT_MS))),
    )
    return this.#introductions
  }

  /** @throws NodesOfTwoChainsError */
  #checkChain(): void {
    const known = this.#nodes.flatMap(({ name, chainId }) => (chainId === null ? [] : [[name, chainId] as const]))
    if (known.every(([, id]) => id === known[0]?.[1])) return
    throw new NodesOfTwoChainsError(this.#options.network ?? 'this network', Object.fromEntries(known))
  }

  #present(): PoolNode[] {
    return this.#nodes.filter(({ breaker }) => breaker.state === 'closed')
  }

  /** In the background: who is back, and, while somebody follows the chain, how far each node is. */
  #look({ isHead }: Subject): void {
    if (this.#nodes.length === 1) return
    for (const node of this.#nodes) {
      const { head, breaker, budget } = node
      const isOld = isHead && node !== this.#leader && (head === null || performance.now() - head.at > LOOK_EVERY_MS)
      const isDue = breaker.state === 'trying' || (breaker.state === 'closed' && isOld && budget.delayMs === 0)
      if (!isDue || this.#looking.has(node)) continue
      this.#looking.add(node)
      void node.look(LOOK_TIMEOUT_MS).finally(() => this.#looking.delete(node))
    }
  }

  /** Whoever has the newest block is asked by number, unless it fails. */
  #follow(node: PoolNode): void {
    const [mine, theirs] = [node.head?.number ?? 0, this.#leader?.head?.number ?? -1]
    const isThere = this.#leader?.breaker.state === 'closed'
    if (!isThere || mine >= theirs) this.#leader = node
  }

  #toldHead(head: Header): void {
    this.#told = head
    this.#branch.tell(head.number, Promise.resolve(head))
  }

  #listen(node: PoolNode): void {
    const { wsUrl } = node.settings
    if (wsUrl === null) return
    const { silenceMs, log } = this.#options
    node.socket = new HeadSocket(wsUrl, {
      ...(silenceMs === undefined ? {} : { silenceMs }),
      onHead: ({ number, hash }) => {
        if (node.head === null || node.head.number < number) node.head = { number, at: performance.now() }
        // Told again, or late: whoever follows the chain has seen it.
        const { number: seen, hash: seenHash } = this.#told ?? { number: -1, hash: '' }
        if (number > seen || (number === seen && hash !== seenHash)) this.#bell.ring()
      },
      onChange: (state, why) => {
        if (state === 'open') log?.info('node.listens', this.#facts(node))
        else if (state === 'closed') log?.warn('node.silent', { ...this.#facts(node), why })
      },
    })
  }

  #tellHealth(node: PoolNode, health: 'away' | 'back', why: string | null): void {
    if (health === 'back') this.#options.log?.info('node.back', this.#facts(node))
    else this.#options.log?.warn('node.away', { ...this.#facts(node), why })
  }

  #facts({ name }: PoolNode): { network?: string; node: string } {
    const { network } = this.#options
    return { ...(network === undefined ? {} : { network }), node: name }
  }
}

function blocksOf(words: readonly Word<PoolNode, { readonly block: BlockPtr | null }>[]): BlockPtr[] {
  return words.flatMap(({ outcome }) => (outcome.kind === 'answer' ? (outcome.value.block ?? []) : []))
}

function onlyOne(method: string): RpcError {
  return new RpcError(method, 'two nodes have to give the same answer, and only one could be asked')
}

type End<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'error'; readonly error: Error; readonly mayAskAgain: boolean }
