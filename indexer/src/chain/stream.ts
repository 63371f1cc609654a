import { LRUCache } from 'lru-cache'
import { BlockGoneError } from '../errors.ts'
import { pause } from './abort.ts'
import { type Block, type BlockLink, type BlockPtr, type Header, type Hex, link, pointer } from './block.ts'
import { finalityOf, type Settled } from './finality.ts'
import { type Ahead, RangeReader } from './range.ts'
import { readAgain, readLinked, type Source, type Stretch } from './read.ts'
import { commonAncestor } from './reorg.ts'
import type { Rpc } from './rpc.ts'
import type { Step, StreamFilter } from './step.ts'
import { weightOfBlock } from './weight.ts'

export interface StreamOptions {
  readonly rpc: Rpc
  /** Where nothing better is known, blocks this far below the head no longer change; nearer ones are linked one by one. 250 by default. */
  readonly finality?: number
  /** How far the chain is settled; by default, as far as `finality` says. */
  readonly settled?: (head: BlockPtr, signal?: AbortSignal) => Promise<Settled>
  /** How often to look for a new head; by default 100 ms on a local chain, else 1000. */
  readonly pollMs?: number
  /** Waits between two looks; may end earlier, when it knows of a new head. */
  readonly pause?: typeof pause
  /** How long a head below ours, on the same chain, is taken for a node that is behind. A minute by default. */
  readonly lagPatienceMs?: number
  /** Most blocks in one question for old logs. 2000 by default. */
  readonly maxRange?: number
  /** How many ranges of old blocks are read ahead. 4 by default. */
  readonly inFlight?: number
  /** What is stored below a block, newest first, not all of it at once: where to look for what is left after a reorg. */
  readonly ancestors: (below: number) => Promise<readonly BlockPtr[]>
}

/** Most headers of new blocks in one step. */
const NEAR_BLOCKS = 100

/**
 * The chain as a series of steps: "these blocks come next" or "go back to this one". It remembers where it is, so `next` can
 * be called again and again; a step that was handed out counts as done.
 *
 *     stored      links, one by one           old blocks, by ranges ahead of time       new blocks, one by one
 *     ────────────┬───────────────── … ───────┬────────────────────────────────────────┬──────────────── head
 *                 progress                    progress + 1                             head - finality
 */
export class BlockStream {
  readonly #rpc: Rpc
  readonly #finality: number
  readonly #settledAt: (head: BlockPtr, signal?: AbortSignal) => Promise<Settled>
  readonly #rangeOptions: { readonly maxRange: number; readonly inFlight: number }
  readonly #lagPatienceMs: number
  readonly #ancestors: StreamOptions['ancestors']
  /** Survives a change of the filter: what was read ahead for the old one does not come over the wire again. */
  readonly #seen = new LRUCache<Hex, Block>({
    max: SEEN_BLOCKS,
    maxSize: SEEN_BYTES,
    sizeCalculation: weightOfBlock,
  })
  readonly #pause: typeof pause
  #pollMs: number | null
  #progress: BlockPtr | null = null
  #startBlock = 0
  #filter: StreamFilter = { logs: [], wantsReceipts: false }
  #reader: RangeReader | null = null
  /** What was handed out since the start, oldest first: it may not be stored yet. */
  #handedOut: BlockPtr[] = []
  /** Since when the node's head has been below ours; null: it is not. */
  #behindSince: number | null = null

  constructor(options: StreamOptions) {
    const { rpc, finality = 250, lagPatienceMs = 60_000, pollMs, maxRange = 2_000, inFlight = 4, ancestors } = options
    this.#pause = options.pause ?? pause
    this.#rpc = rpc
    this.#finality = finality
    this.#settledAt = options.settled ?? finalityOf(rpc, { kind: 'blocks', blocks: finality })
    this.#lagPatienceMs = lagPatienceMs
    this.#pollMs = pollMs ?? null
    this.#rangeOptions = { maxRange, inFlight }
    this.#ancestors = ancestors
  }

  /**
   * Sets where the stream stands and what it looks for.
   * @param from - the last block that was processed; null to begin at `startBlock`
   */
  resume(from: BlockPtr | null, startBlock: number, filter: StreamFilter): void {
    this.#dropReader()
    this.#progress = from && pointer(from)
    this.#startBlock = startBlock
    this.#filter = filter
    this.#handedOut = this.#handedOut.filter((one) => from !== null && one.number <= from.number)
  }

  /**
   * What to do next. Waits at the head until there is something.
   * @throws RpcError when the node cannot be reached; the stream then stands where it stood, and can be asked again
   */
  async next(signal?: AbortSignal): Promise<Step> {
    for (;;) {
      signal?.throwIfAborted()
      const head = await this.#rpc.headerByNumber('latest', signal)
      const step = head && (await this.#stepTowards(head, signal))
      if (step) return step
      await this.#pause(await this.#pollInterval(), signal)
    }
  }

  /** A block again, with what another filter wants of it. @throws BlockGoneError if it is no longer on the chain */
  blockWithLogs(block: Block, filter: StreamFilter, signal?: AbortSignal): Promise<Block> {
    return readAgain(this.#sourceFor(filter), block, signal)
  }

  /** What was read ahead, and waits for its turn. */
  get ahead(): Ahead {
    return this.#reader?.ahead ?? { ranges: 0, bytes: 0 }
  }

  /** Ends what is being read ahead. */
  stop(): void {
    this.#dropReader()
  }

  /** @returns null if there is nothing to do yet, or the chain changed while it was looked at */
  async #stepTowards(head: Header, signal?: AbortSignal): Promise<Step | null> {
    const progress = this.#progress
    const from = progress ? progress.number + 1 : this.#startBlock
    if (progress?.number === head.number && progress.hash === head.hash) {
      this.#behindSince = null
      return null
    }
    if (progress && head.number <= progress.number) {
      return (await this.#lags(head, signal)) ? null : this.#revertUnlessCanonical(progress, head, signal)
    }
    this.#behindSince = null
    const { lastBlock = head.number } = this.#filter
    if (from > Math.min(head.number, lastBlock)) {
      return progress && this.#revertUnlessCanonical(progress, head, signal)
    }
    try {
      const settled = await this.#settledAt(head, signal)
      const lastOld = Math.min(settled.final ?? head.number - this.#finality, lastBlock)
      const at = { head, settled }
      return from <= lastOld ? await this.#oldBlocks(at, lastOld, signal) : await this.#newBlocks(at, from, signal)
    } catch (error) {
      if (!(error instanceof BlockGoneError)) throw error
      // It changed under our hands. Perhaps what we stand on went with it; if not, look again.
      this.#dropReader()
      return progress ? this.#revertUnlessCanonical(progress, head, signal) : null
    }
  }

  // ── old blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #oldBlocks(at: ChainState, last: number, signal?: AbortSignal): Promise<Step | null> {
    const progress = this.#progress
    const from = progress ? progress.number + 1 : this.#startBlock
    if (this.#reader?.from !== from) {
      this.#dropReader()
      this.#reader = new RangeReader(this.#sourceFor(this.#filter), from, this.#rangeOptions)
    }
    const stretch = await this.#taken(this.#reader, last, signal)
    // After the range, not before: only so do we know that it was read from the chain we stand on.
    const end = stretch.links.at(-1)
    const [revert, there] = await Promise.all([
      progress && this.#revertUnlessCanonical(progress, at.head, signal),
      end && this.#rpc.headerByNumber(end.number, signal),
    ])
    if (revert) return revert
    // Read ahead before the chain became what we stand on: nobody is to see the two together.
    if (end && there?.hash !== end.hash) throw new BlockGoneError(end)
    return this.#handOut(stretch, at)
  }

  async #taken(reader: RangeReader, last: number, signal?: AbortSignal): Promise<Stretch> {
    const stop = () => this.#dropReader()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      return await reader.take(last)
    } catch (error) {
      this.#dropReader()
      signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  #dropReader(): void {
    this.#reader?.stop()
    this.#reader = null
  }

  // ── new blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #newBlocks(at: ChainState, from: number, signal?: AbortSignal): Promise<Step | null> {
    const { head } = at
    this.#dropReader()
    const to = Math.min(head.number, from + NEAR_BLOCKS - 1, this.#filter.lastBlock ?? head.number)
    const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i)
    const found = await Promise.all(
      numbers.map((number) => (number === head.number ? head : this.#rpc.headerByNumber(number, signal))),
    )
    const headers = found.filter((header) => header !== null)
    const first = headers[0]
    const progress = this.#progress
    if (headers.length < numbers.length || !first) return null
    if (progress && first.parentHash !== progress.hash) return this.#revertUnlessCanonical(progress, head, signal)
    if (headers.some((header, i) => i > 0 && header.parentHash !== headers[i - 1]?.hash)) return null
    return this.#handOut(await readLinked(this.#sourceFor(this.#filter), headers, signal), at)
  }

  /**
   * Whether a head below what we have is one of our own blocks, and has not been for too long: then the node is behind, as one of
   * several behind one address may be. Another block in the place of ours is a reorg at once.
   */
  async #lags(head: Header, signal?: AbortSignal): Promise<boolean> {
    this.#behindSince ??= performance.now()
    if (performance.now() - this.#behindSince >= this.#lagPatienceMs) return false
    const nearest = await this.#nearest(head.number + 1)
    if (nearest?.number === head.number) return nearest.hash === head.hash
    // Of old blocks not all are known. What holds for the nearest one below holds for those we have above it.
    return nearest !== undefined && (await this.#rpc.headerByNumber(nearest.number, signal))?.hash === nearest.hash
  }

  // ── reverts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** @returns null if the chain still holds the block */
  async #revertUnlessCanonical(block: BlockPtr, head: Header, signal?: AbortSignal): Promise<Step | null> {
    const there = await this.#rpc.headerByNumber(block.number, signal)
    if (there?.hash === block.hash) return null
    this.#dropReader()
    this.#behindSince = null
    const to = await commonAncestor(
      this.#rpc,
      { lost: block, ours: this.#known(block.number), first: this.#startBlock },
      signal,
    )
    this.#progress = to && pointer(to)
    this.#handedOut = this.#handedOut.filter((one) => to !== null && one.number <= to.number)
    return { kind: 'revert', to, head: pointer(head) }
  }

  async #nearest(below: number): Promise<BlockPtr | undefined> {
    for await (const [newest] of this.#known(below)) return newest
    return undefined
  }

  /** Everything below a block that we know to be ours, newest first, page after page. */
  async *#known(number: number): AsyncGenerator<readonly BlockPtr[]> {
    for (let below = number; ; ) {
      const stored = await this.#ancestors(below)
      const last = stored.at(-1)?.number ?? 0
      const handedOut = this.#handedOut.filter((one) => one.number >= last)
      // What was handed out is newer than what is stored of the same number.
      const byNumber = new Map([...stored, ...handedOut].map((one) => [one.number, one]))
      const page = [...byNumber.values()].filter((one) => one.number < below).sort((a, b) => b.number - a.number)
      const lowest = page.at(-1)
      if (lowest === undefined) return
      yield page
      below = lowest.number
    }
  }

  // ── both ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #handOut({ blocks, links }: Stretch, { head, settled }: ChainState): Step {
    const plain: BlockLink[] = links.map(link)
    const last = plain.at(-1)
    if (last) this.#progress = pointer(last)
    this.#handedOut = [...this.#handedOut, ...plain.map(pointer)].slice(-REMEMBERED)
    return { kind: 'blocks', blocks, links: plain, head: pointer(head), settled }
  }

  #sourceFor(filter: StreamFilter): Source {
    return { rpc: this.#rpc, filter, seen: this.#seen }
  }

  async #pollInterval(): Promise<number> {
    this.#pollMs ??= (await this.#rpc.isLocal()) ? 100 : 1_000
    return this.#pollMs
  }
}

/** How the chain looked when it was asked. */
interface ChainState {
  readonly head: Header
  readonly settled: Settled
}

/** They hold only the transactions of wanted logs, so they are small. */
const SEEN_BLOCKS = 4_000
const SEEN_BYTES = 64 * 1024 * 1024
/** Enough to hold what is not stored yet. */
const REMEMBERED = 2_000
