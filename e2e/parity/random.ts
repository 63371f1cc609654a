/** A stream of numbers that is the same for the same seed. */
export interface Random {
  /** In [0, 1). */
  next(): number
  below(limit: number): number
  pick<T>(from: readonly T[]): T | undefined
  /** Up to `count` different ones, in their order. */
  some<T>(from: readonly T[], count: number): T[]
}

/** mulberry32, seeded by a text. */
export function seeded(text: string): Random {
  let state = 0x9e3779b9
  for (const letter of text) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    pick: (from) => from[below(from.length)],
    some: (from, count) => {
      const marked = from.map((one, index) => ({ one, index, key: next() }))
      const chosen = marked.sort((a, b) => a.key - b.key).slice(0, count)
      return chosen.sort((a, b) => a.index - b.index).map(({ one }) => one)
    },
  }
}
