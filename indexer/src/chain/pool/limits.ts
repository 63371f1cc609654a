/** For how long a refusal is remembered: limits change, and some hold for what was asked only. */
const GOOD_FOR_MS = 60_000

/** What a node has refused: ranges too wide, and methods it does not have. All of it is forgotten after a while. */
export class Limits {
  readonly #goodForMs: number
  readonly #refused = new Map<string, number>()
  #range: { readonly blocks: number; readonly until: number } | null = null

  constructor(goodForMs = GOOD_FOR_MS) {
    this.#goodForMs = goodForMs
  }

  /** It does not answer such questions, while others do. */
  refuses(method: string): void {
    this.#refused.set(method, performance.now() + this.#goodForMs)
  }

  /** It refused so many blocks in one question for logs. */
  refusesRange(blocks: number): void {
    const known = this.rangeBlocks ?? Number.POSITIVE_INFINITY
    this.#range = { blocks: Math.min(known, blocks - 1), until: performance.now() + this.#goodForMs }
  }

  allows(method: string, blocks: number | null): boolean {
    if ((this.#refused.get(method) ?? 0) > performance.now()) return false
    return blocks === null || blocks <= (this.rangeBlocks ?? Number.POSITIVE_INFINITY)
  }

  /** Most blocks that it is asked for; null: nothing is known against any number. */
  get rangeBlocks(): number | null {
    return this.#range && this.#range.until > performance.now() ? this.#range.blocks : null
  }
}
