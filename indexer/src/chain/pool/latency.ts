/** How much of an average the newest answer makes up. */
const NEWEST = 0.2
const REMEMBERED = 64
/** Before so many answers nobody can say what is usual. */
const FEW = 8

interface Seen {
  mean: number
  readonly last: number[]
}

/** How long a node takes to answer, method by method. */
export class Latency {
  readonly #seen = new Map<string, Seen>()

  /** @param ms - how long an answer took; or, of one that was not waited for to the end, how long it had taken by then */
  note(method: string, ms: number): void {
    const seen = this.#seen.get(method) ?? { mean: ms, last: [] }
    seen.mean += NEWEST * (ms - seen.mean)
    seen.last.push(ms)
    if (seen.last.length > REMEMBERED) seen.last.shift()
    this.#seen.set(method, seen)
  }

  /** The average, in which the newest answers weigh most; of all methods where this one was not asked yet, null where none was. */
  meanMs(method: string): number | null {
    return this.#seen.get(method)?.mean ?? this.overallMs
  }

  get overallMs(): number | null {
    const means = [...this.#seen.values()].map(({ mean }) => mean)
    return means.length === 0 ? null : means.reduce((sum, mean) => sum + mean) / means.length
  }

  /** What nineteen of twenty answers take at most; null: too few were seen. */
  p95Ms(method: string): number | null {
    const last = this.#seen.get(method)?.last ?? []
    if (last.length < FEW) return null
    return last.toSorted((a, b) => a - b)[Math.ceil(last.length * 0.95) - 1] ?? null
  }
}
