import { LRUCache } from 'lru-cache'
import { type Entity, keyText } from './entity.ts'
import type { Value } from './value.ts'

/** How much may be kept of what the store could be asked for again. */
export interface KnownLimits {
  readonly maxEntities?: number
  /** An estimate of memory, not exact. */
  readonly maxBytes?: number
  /** Of what one block may write; absent: graph-node's four billion. */
  readonly maxBlockBytes?: number
}

/** Stands for "the store has no such entity", which is worth remembering as well. */
const absent: Entity = new Map()

/**
 * Entities as of the last block that ended: null where it is known that there is none, undefined where nothing is known.
 *
 *     pending   changed by blocks whose commit is still under way: the store would answer with an older version
 *     inBlock   loaded for the current block: forgetting them could make a handler ask for ever
 *     recent    everything else, least recently used first out
 */
export class KnownEntities {
  readonly #pending = new Map<string, Map<string, Pending>>()
  readonly #inBlock = new Map<string, Entity>()
  readonly #recent: LRUCache<string, Entity>
  #committedUpTo = -1

  constructor({ maxEntities = 250_000, maxBytes = 128 * 1024 * 1024 }: KnownLimits = {}) {
    this.#recent = new LRUCache({ max: maxEntities, maxSize: maxBytes, sizeCalculation: estimateBytes })
  }

  get(type: string, id: string): Entity | null | undefined {
    const pending = this.#pending.get(type)?.get(id)
    if (pending !== undefined) return pending.entity
    const key = keyText(type, id)
    let found = this.#inBlock.get(key)
    if (found === undefined) {
      found = this.#recent.get(key)
      if (found === undefined) return undefined
      this.#inBlock.set(key, found)
    }
    return found === absent ? null : found
  }

  has(type: string, id: string): boolean {
    return this.get(type, id) !== undefined
  }

  remember(type: string, id: string, entity: Entity | null): void {
    if (!this.has(type, id)) this.#inBlock.set(keyText(type, id), entity ?? absent)
  }

  setPending(type: string, id: string, entity: Entity | null, block: number): void {
    const ofType = this.#pending.get(type)
    if (ofType === undefined) this.#pending.set(type, new Map([[id, { entity, block }]]))
    else ofType.set(id, { entity, block })
    this.#inBlock.delete(keyText(type, id))
  }

  pendingIds(type: string): Iterable<string> {
    return this.#pending.get(type)?.keys() ?? []
  }

  /** Lets go of what the commits reported by {@link committed} have written. */
  beginBlock(): void {
    if (this.#committedUpTo < 0) return
    for (const [type, ofType] of this.#pending) {
      for (const [id, { entity, block }] of ofType) {
        if (block > this.#committedUpTo) continue
        ofType.delete(id)
        this.#recent.set(keyText(type, id), entity ?? absent)
      }
    }
    this.#committedUpTo = -1
  }

  endBlock(): void {
    for (const [key, entity] of this.#inBlock) this.#recent.set(key, entity)
    this.#inBlock.clear()
  }

  committed(upTo: number): void {
    this.#committedUpTo = Math.max(this.#committedUpTo, upTo)
  }

  clear(): void {
    this.#pending.clear()
    this.#inBlock.clear()
    this.#recent.clear()
    this.#committedUpTo = -1
  }
}

interface Pending {
  readonly entity: Entity | null
  readonly block: number
}

export function estimateBytes(entity: Entity): number {
  let bytes = 128
  for (const value of entity.values()) bytes += 64 + estimateValue(value)
  return bytes
}

function estimateValue(value: Value): number {
  switch (value.kind) {
    case 'String':
    case 'Bytes':
      return 2 * value.value.length
    case 'List':
      return value.value.reduce((sum, each) => sum + 32 + estimateValue(each), 0)
    default:
      return 32
  }
}
