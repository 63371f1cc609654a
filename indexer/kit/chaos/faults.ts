import { roll } from './dice.ts'

/** What goes wrong at a node; what is left out does not. */
export interface Faults {
  /** Breaks a share of what is asked: each request is met by at most one of them, taken in turn by the dice. */
  readonly broken?: { readonly share: number; readonly kinds: readonly FaultKind[] }
  /** The newest block it admits to is this many below the chain's. */
  readonly behind?: number
  /** Answers are not true, though they look it: half of a list is left out, or everything says something else. */
  readonly lies?: 'omits' | 'alters'
  /** What it lies about; logs by default. Of all but logs and traces, only `alters` is told. */
  readonly liesAbout?: readonly Subject[]
  /** Most blocks in one question for logs. */
  readonly maxRange?: number
  /** Most logs in one answer. */
  readonly maxLogs?: number
  /** Most bytes in one answer. */
  readonly maxBytes?: number
  /** Most calls in one batch. */
  readonly maxBatch?: number
  /** Every log comes twice. */
  readonly duplicates?: boolean
  /** Logs come in any order. */
  readonly shuffles?: boolean
  /** The share of blocks asked for that it says are not there. */
  readonly missingBlocks?: number
  /** The share of receipts asked for that it says are not there. */
  readonly missingReceipts?: number
  /** Calls at blocks below this one fail: it has thrown their state away. */
  readonly prunedBelow?: number
  /** Milliseconds before each answer. */
  readonly slowMs?: number
  /** Subscriptions stay open and say nothing. */
  readonly silentSocket?: boolean
  /** New heads are told twice, and out of order. */
  readonly confusedSocket?: boolean
}

/** What can be lied about. `blocks`: their times, and what their transactions send. `states`: calls, balances and code. */
export type Subject = 'logs' | 'blocks' | 'receipts' | 'states' | 'traces'

/**
 * How a request can break: an error of JSON-RPC, HTTP 429 or 502, no answer at all, half an answer, an answer that is no JSON,
 * the connection cut. `silentLogs` leaves only questions for logs without an answer.
 */
export type FaultKind = 'error' | 'busy' | 'gateway' | 'stall' | 'truncated' | 'malformed' | 'dropped' | 'silentLogs'

/** Which faults there are at the moment, and how the dice fall. */
export class FaultBox {
  readonly #seed: string
  #faults: Faults = {}
  #rolls = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  get now(): Faults {
    return this.#faults
  }

  /** In place of all there were. */
  set(faults: Faults): void {
    this.#faults = faults
  }

  clear(): void {
    this.#faults = {}
  }

  /** @param share - of a hundred askings, how many are met, as 0.01 to 1 */
  isMet(share: number | undefined): boolean {
    return share !== undefined && share > 0 && roll(this.#seed, this.#rolls++) < share
  }

  /** How the next request breaks; null: it does not. */
  nextBreak(): FaultKind | null {
    const { broken } = this.#faults
    if (broken === undefined || !this.isMet(broken.share)) return null
    return broken.kinds[Math.floor(roll(this.#seed, this.#rolls++) * broken.kinds.length)] ?? null
  }
}
