/** Chance that comes out the same on every machine: everything drawn follows from the seed. */
export type Random = {
  /** At least 0, below 1. */
  unit(): number
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number
  chance(probability: number): boolean
  /** One of the items, or undefined if there are none. */
  pick<Item>(items: readonly Item[]): Item | undefined
  /** One of the keys, each as often as its weight; undefined if no weight is positive. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key | undefined
}

/** @see Tommy Ettinger's mulberry32, in the public domain */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    unit,
    int: (low, high) => low + Math.floor(unit() * (high - low + 1)),
    chance: (probability) => unit() < probability,
    pick: (items) => items[Math.floor(unit() * items.length)],
    weighted: <Key extends string>(weights: Readonly<Record<Key, number>>) => {
      const entries = Object.entries<number>(weights).filter(([, weight]) => weight > 0) as [Key, number][]
      let left = unit() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [key, weight] of entries) {
        left -= weight
        if (left < 0) return key
      }
      return entries.at(-1)?.[0]
    },
  }
}
