import { LRUCache } from 'lru-cache'
import { pause } from '../chain/abort.ts'
import { type Block, type BlockLink, type BlockPtr, type Header, type Hex, link, pointer } from '../chain/block.ts'
import type { Settled } from '../chain/finality.ts'
import { readAgain } from '../chain/read.ts'
import type { Rpc } from '../chain/rpc.ts'
import type { Step, StreamFilter } from '../chain/step.ts'
import type { Following, Made } from '../store/arrivals.ts'
import type { Arrival, ComposedBlock } from '../trigger/arrival.ts'

export interface ComposedStreamOptions {
  readonly rpc: Rpc
  /** What the followed deployments made from a block on, and how far all of them have come; in the order of the data sources. */
  readonly read: (
    from: number,
    mostBlocks: number,
  ) => Promise<{ readonly to: number; readonly all: readonly Following[] }>
  /** Stored links of the followed deployments at some numbers, one map for each deployment. */
  readonly linksAt: (numbers: readonly number[]) => Promise<readonly ReadonlyMap<number, BlockPtr>[]>
  /** What this deployment has stored below a block, newest first, not all of it at once. */
  readonly ancestors: (below: number) => Promise<readonly BlockPtr[]>
  /** How often to look whether they have moved. 100 ms by default. */
  readonly pollMs?: number
}

/** Most blocks in one step. */
const MANY_BLOCKS = 20_000
/** Headers asked for at once. */
const MANY_HEADERS = 100
const SEEN_BLOCKS = 1_000

/**
 * The chain as other deployments of the database have indexed it, in the steps that `BlockStream` would make of it: never
 * beyond the slowest of them, and back where one of them went back.
 *
 *     one      ──────────────────────────●  8
 *     another  ─────────────────●           5
 *     this     ──────────●  3 → blocks 4 and 5, with what both made in them
 *
 * What they hold is the truth here. The node is asked for the headers of blocks in which something was made; where it already
 * follows another branch than they do, their next step is waited for. Data sources that its handlers grow from templates see the
 * block that grew them and no later one: the chain is not listened to, as graph-node does not either.
 */
export class ComposedStream {
  readonly #options: ComposedStreamOptions
  readonly #seen = new LRUCache<Hex, Block>({ max: SEEN_BLOCKS })
  #progress: BlockPtr | null = null
  #startBlock = 0

  constructor(options: ComposedStreamOptions) {
    this.#options = options
  }

  /**
   * Sets where the stream stands.
   * @param from - the last block that was processed; null to begin at `startBlock`
   */
  resume(from: BlockPtr | null, startBlock: number): void {
    this.#progress = from && pointer(from)
    this.#startBlock = startBlock
  }

  /** What to do next. Waits while the followed deployments stand where this one does. */
  async next(signal?: AbortSignal): Promise<Step> {
    for (;;) {
      signal?.throwIfAborted()
      const step = await this.#step(signal)
      if (step !== null) return step
      await pause(this.#options.pollMs ?? 100, signal)
    }
  }

  /** A block again, with what another filter wants of it. @throws BlockGoneError if it is no longer on the chain */
  blockWithLogs(block: Block, filter: StreamFilter, signal?: AbortSignal): Promise<Block> {
    return readAgain({ rpc: this.#options.rpc, filter, seen: this.#seen }, block, signal)
  }

  stop(): void {}

  async #step(signal?: AbortSignal): Promise<Step | null> {
    const progress = this.#progress
    const from = progress === null ? this.#startBlock : progress.number + 1
    const { to, all } = await this.#options.read(from, MANY_BLOCKS)
    const head = newest(all)
    if (head === null) return null
    if (progress !== null && all.some((one) => contradicts(one, progress))) return this.#revert(progress, all, head)
    const links = agreed(all)
    if (to < from || links === null) return null
    const blocks = await this.#blocks(all, links, signal)
    if (blocks === null) return null
    const last = links.get(to) ?? (await this.#header(to, signal))
    if (last === null) return null
    this.#progress = pointer(last)
    const passed = new Map([...links].filter(([number]) => number >= from && number <= to))
    for (const one of [...blocks.map(({ header }) => header), last]) passed.set(one.number, link(one))
    return {
      kind: 'blocks',
      blocks,
      links: [...passed.values()].sort((a, b) => a.number - b.number),
      head,
      settled: settledBy(all),
    }
  }

  /** To the newest block of ours that one of them still has, none contradicts, and none has yet to reach. */
  async #revert(progress: BlockPtr, all: readonly Following[], head: BlockPtr): Promise<Step> {
    const reached = Math.min(...all.map((one) => one.progress?.block?.number ?? -1))
    const to = await this.#shared(Math.min(progress.number, reached + 1))
    this.#progress = to && pointer(to)
    return { kind: 'revert', to: this.#progress, head }
  }

  async #shared(below: number): Promise<BlockPtr | null> {
    for (;;) {
      const ours = (await this.#options.ancestors(below)).filter(({ number }) => number < below)
      const theirs = await this.#options.linksAt(ours.map(({ number }) => number))
      const shared = ours.find(({ number, hash }) => {
        const found = theirs.flatMap((links) => links.get(number)?.hash ?? [])
        return found.length > 0 && found.every((one) => one === hash)
      })
      const lowest = ours.at(-1)
      if (shared !== undefined || lowest === undefined) return shared ?? null
      below = lowest.number
    }
  }

  /** @returns null if the node is on another branch than the deployments, or does not have a block */
  async #blocks(
    all: readonly Following[],
    links: ReadonlyMap<number, BlockLink>,
    signal?: AbortSignal,
  ): Promise<ComposedBlock[] | null> {
    const arrivals = arrivalsByBlock(all)
    const numbers = [...arrivals.keys()].sort((a, b) => a - b)
    const blocks: ComposedBlock[] = []
    for (let at = 0; at < numbers.length; at += MANY_HEADERS) {
      const some = numbers.slice(at, at + MANY_HEADERS)
      const found = await Promise.all(some.map((number) => this.#header(number, signal)))
      for (const [index, number] of some.entries()) {
        const header = found[index] ?? null
        const known = links.get(number)
        if (header === null || (known !== undefined && known.hash !== header.hash)) return null
        const arrived = arrivals.get(number) ?? []
        blocks.push({ header, logs: [], transactions: new Map(), receipts: new Map(), arrivals: arrived })
      }
    }
    return blocks
  }

  #header(number: number, signal?: AbortSignal): Promise<Header | null> {
    return this.#options.rpc.headerByNumber(number, signal)
  }
}

/** As far as all of them know it. */
function settledBy(all: readonly Following[]): Settled {
  const least = (numbers: readonly (number | null | undefined)[]) =>
    numbers.reduce<number | null>(
      (low, one) => (low === null || one == null ? null : Math.min(low, one)),
      Number.MAX_SAFE_INTEGER,
    )
  return {
    final: least(all.map(({ progress }) => progress?.final)),
    safe: least(all.map(({ progress }) => progress?.safe)),
  }
}

function newest(all: readonly Following[]): BlockPtr | null {
  const heads = all.flatMap(({ progress }) => progress?.head ?? [])
  return heads.reduce<BlockPtr | null>((best, one) => (best === null || one.number > best.number ? one : best), null)
}

/** Whether a deployment stands before a block, or on another branch. One that is not there (yet) says nothing. */
function contradicts({ progress, links }: Following, { number, hash }: BlockPtr): boolean {
  if (progress === null) return false
  if (progress.block === null || progress.block.number < number) return true
  if (progress.block.number === number) return progress.block.hash !== hash
  return links.some(
    (one) => (one.number === number && one.hash !== hash) || (one.number === number + 1 && one.parentHash !== hash),
  )
}

/** All their links by number; null while they are on different branches. */
function agreed(all: readonly Following[]): Map<number, BlockLink> | null {
  const links = new Map<number, BlockLink>()
  for (const one of all.flatMap((each) => each.links)) {
    const known = links.get(one.number)
    if (known !== undefined && known.hash !== one.hash) return null
    links.set(one.number, one)
  }
  for (const { number, parentHash } of links.values()) {
    const parent = links.get(number - 1)
    if (parent !== undefined && parent.hash !== parentHash) return null
  }
  return links
}

function arrivalsByBlock(all: readonly Following[]): Map<number, Arrival[]> {
  const arrival = (deployment: string, { type, entity }: Made): Arrival => ({ deployment, type, entity })
  const placed = all.flatMap(({ id, made }) => made.map((one) => ({ at: one.at, arrival: arrival(id, one) })))
  const byBlock = new Map<number, Arrival[]>()
  for (const { at, arrival: one } of placed) {
    const known = byBlock.get(at)
    if (known === undefined) byBlock.set(at, [one])
    else known.push(one)
  }
  return byBlock
}
