import { RpcError } from '../errors.ts'
import { join, readRange, type Source, type Stretch, wantedNumbers } from './read.ts'
import { weightOf } from './weight.ts'

export interface RangeOptions {
  /** Most blocks in one question for logs. */
  readonly maxRange: number
  /** How many ranges are read ahead. */
  readonly inFlight: number
  /** How much may wait to be taken, in bytes of memory as {@link weightOf} has it, before no more is read ahead. 64 MiB by default. */
  readonly maxAheadBytes?: number
}

/** What was read ahead, and waits to be taken. */
export interface Ahead {
  readonly ranges: number
  readonly bytes: number
}

/** A range with more blocks to fetch than this is followed by a smaller one, for the memory's sake. */
const MANY_BLOCKS = 500
const MANY_LOGS = 10_000
const MANY_BYTES = 16 * 1024 * 1024
const AHEAD_BYTES = 64 * 1024 * 1024

/**
 * Reads old blocks range after range, some of them ahead of time. The ranges grow as long as they are easy, and shrink when
 * the node refuses them, takes too long, or they bring too much.
 */
export class RangeReader {
  readonly #source: Source
  readonly #options: RangeOptions
  readonly #abort = new AbortController()
  /** Of ranges that follow each other, the first one next to be taken. */
  readonly #ahead: { readonly from: number; readonly work: Promise<Stretch>; bytes: number | null }[] = []
  /** Of the range that was read last: what one on its way is taken for. */
  #lastBytes = 0
  #size: number
  #next: number

  constructor(source: Source, from: number, options: RangeOptions) {
    this.#source = source
    this.#next = from
    this.#options = options
    this.#size = Math.min(FIRST_SIZE, options.maxRange)
  }

  /** Where the range that {@link take} hands out begins. */
  get from(): number {
    return this.#ahead[0]?.from ?? this.#next
  }

  get ahead(): Ahead {
    return {
      ranges: this.#ahead.length,
      bytes: this.#ahead.reduce((sum, { bytes }) => sum + (bytes ?? this.#lastBytes), 0),
    }
  }

  /** The next range, and in the background those behind it, none beyond `last`. */
  async take(last: number): Promise<Stretch> {
    this.#readAhead(last)
    const [first] = this.#ahead
    if (!first) throw new RangeError(`nothing to read from ${this.#next} to ${last}`)
    const stretch = await first.work
    this.#ahead.shift()
    this.#readAhead(last)
    return stretch
  }

  /** Gives up what is being read ahead. */
  stop(): void {
    this.#abort.abort(new Error('no longer needed'))
  }

  #readAhead(last: number): void {
    while (this.#hasRoom() && this.#next <= last) {
      const from = this.#next
      const to = Math.min(last, this.#endOf(from))
      const work = this.#read(from, to)
      // Whoever takes it sees the error; if no one does, it is nobody's concern.
      const one = { from, work, bytes: null as number | null }
      work.then(
        ({ blocks }) => {
          one.bytes = weightOf(blocks)
          this.#lastBytes = one.bytes
        },
        () => undefined,
      )
      this.#ahead.push(one)
      this.#next = to + 1
    }
  }

  /** For the one that is to be taken next there is always room. */
  #hasRoom(): boolean {
    const { inFlight, maxAheadBytes = AHEAD_BYTES } = this.#options
    const { ranges, bytes } = this.ahead
    return ranges === 0 || (ranges < inFlight && bytes + this.#lastBytes <= maxAheadBytes)
  }

  /** Fewer blocks where all or many of them are wanted. */
  #endOf(from: number): number {
    const to = from + this.#size - 1
    return wantedNumbers(this.#source.filter, from, to)[MANY_BLOCKS] ?? to
  }

  async #read(from: number, to: number): Promise<Stretch> {
    const { signal } = this.#abort
    const size = to - from + 1
    try {
      const stretch = await readRange(this.#source, from, to, size === 1 ? { signal } : { signal, attempts: 2 })
      this.#learn(stretch, size)
      return stretch
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof RpcError) || size === 1) throw error
      // Too many results, too long a range, too slow: in no two nodes' words the same. Half of it may do.
      const half = Math.floor(size / 2)
      this.#size = Math.min(this.#size, half)
      return join(await this.#read(from, from + half - 1), await this.#read(from + half, to))
    }
  }

  #learn({ blocks }: Stretch, size: number): void {
    const logs = blocks.reduce((sum, block) => sum + block.logs.length, 0)
    const bytes = weightOf(blocks)
    if (blocks.length > MANY_BLOCKS || logs > MANY_LOGS || bytes > MANY_BYTES)
      this.#size = Math.max(1, Math.floor(size / 2))
    else if (size >= this.#size && blocks.length * 2 < MANY_BLOCKS && logs * 2 < MANY_LOGS && bytes * 2 < MANY_BYTES) {
      this.#size = Math.min(size * 2, this.#options.maxRange)
    }
  }
}

const FIRST_SIZE = 64
