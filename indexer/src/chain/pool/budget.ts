/**
 * How many calls a node may be asked in a second, and until when it is left alone. Two numbers in memory that all threads share:
 * when the next call is due if calls came evenly, and when the node wants to be asked again.
 *
 *     due ─────┬──────┬──────┬──▶   a call moves it by 1/rate; it is never further back than a second's calls, which is the burst
 *              1/rate
 *
 * @see "generic cell rate algorithm": a bucket of tokens without a clock that fills it
 */
export class Budget {
  readonly #cell: BigInt64Array
  readonly #everyUs: bigint
  readonly #burstUs: bigint

  /** @param cell - two numbers, microseconds by the machine's clock; 0 at first */
  constructor(callsPerSecond: number | null, cell: BigInt64Array = new BigInt64Array(2)) {
    this.#cell = cell
    this.#everyUs = callsPerSecond === null ? 0n : BigInt(Math.ceil(1e6 / callsPerSecond))
    this.#burstUs = this.#everyUs > 1_000_000n ? 0n : 1_000_000n - this.#everyUs
  }

  /** Takes a call's place. @returns how long to wait for it, in milliseconds */
  take(): number {
    const held = this.#heldUs()
    if (this.#everyUs === 0n) return toMs(held)
    for (;;) {
      const now = nowUs()
      const was = Atomics.load(this.#cell, 0)
      const due = was > now - this.#burstUs ? was : now - this.#burstUs
      if (Atomics.compareExchange(this.#cell, 0, was, due + this.#everyUs) !== was) continue
      return toMs(due - now > held ? due - now : held)
    }
  }

  /** How long a call would have to wait that is made now, in milliseconds. */
  get delayMs(): number {
    const due = this.#everyUs === 0n ? 0n : Atomics.load(this.#cell, 0) - nowUs()
    const held = this.#heldUs()
    return toMs(due > held ? due : held)
  }

  /** Leaves the node alone for so long, in all threads. */
  hold(ms: number): void {
    const until = nowUs() + BigInt(Math.ceil(ms * 1000))
    for (;;) {
      const was = Atomics.load(this.#cell, 1)
      if (was >= until || Atomics.compareExchange(this.#cell, 1, was, until) === was) return
    }
  }

  #heldUs(): bigint {
    return Atomics.load(this.#cell, 1) - nowUs()
  }
}

/** Memory for the budgets of so many nodes, to be shared between threads. */
export function budgetMemory(nodes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(nodes * CELL_BYTES)
}

/** The part of it that is a node's. */
export function budgetCell(memory: SharedArrayBuffer, node: number): BigInt64Array {
  return new BigInt64Array(memory, node * CELL_BYTES, 2)
}

const CELL_BYTES = 2 * BigInt64Array.BYTES_PER_ELEMENT

/** The same in all threads, unlike `performance.now()`. */
function nowUs(): bigint {
  return process.hrtime.bigint() / 1000n
}

function toMs(us: bigint): number {
  return us > 0n ? Number(us) / 1000 : 0
}
