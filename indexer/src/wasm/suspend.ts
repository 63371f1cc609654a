import type { Hex } from '../chain/block.ts'
import type { EnsLabel } from '../entity/ens-label.ts'
import type { Entity, EntityKey } from '../entity/entity.ts'

/*
 * Handlers are synchronous, what they ask for is not. A host function that lacks an answer throws a Suspension through the
 * WASM frames. Whoever called the handler gets the answer and calls it again from the beginning:
 *
 *     attempt 1   start ─ store.get ✗                              → Suspension { need: that entity }
 *                           (loaded, remembered)
 *     attempt 2   start ─ store.get ✓ ─ store.set ─ ethereum.call ✗ → Suspension { need: that call }
 *                           (asked, remembered; the store.set is forgotten)
 *     attempt 3   start ─ store.get ✓ ─ store.set ─ ethereum.call ✓ ─ store.set ─ end
 *                                                                    only now its writes are kept
 *
 * This is sound because
 *  - a handler is deterministic: given the same answers it asks the same questions in the same order, so each attempt gets
 *    at least one answer further, and the last one does what an unbroken run would have done;
 *  - nothing of a broken attempt remains: memory and globals are restored (instance.ts), entity writes lie in the cache's
 *    handler layer until they are kept, created sources and log lines in lists of the attempt;
 *  - answers do not change between attempts: entities and calls are those of one block.
 *
 * Replaying costs microseconds, an answer costs milliseconds; an answer that is known before costs neither.
 */

/** What a handler asked and nobody knew. */
export type Need =
  | { readonly kind: 'entity'; readonly key: EntityKey }
  | { readonly kind: 'related'; readonly type: string; readonly id: string; readonly field: string }
  /** `eth_call` at the block. */
  | { readonly kind: 'call'; readonly to: Hex; readonly data: Hex }
  | { readonly kind: 'balance'; readonly address: Hex }
  | { readonly kind: 'code'; readonly address: Hex }
  /** A file of IPFS, or one block of it. */
  | { readonly kind: 'file' | 'block'; readonly path: string }
  /** The label that has this hash. */
  | { readonly kind: 'label'; readonly hash: string }

export type IpfsNeed = Extract<Need, { kind: 'file' | 'block' }>

/** The answer to each kind of need. */
export interface AnswerOf {
  readonly entity: Entity | null
  /** As the store holds them; the cache lays the block's changes over it. */
  readonly related: readonly Entity[]
  /** What the call returned; null if it was reverted. */
  readonly call: Hex | null
  readonly balance: bigint
  /** Whether there is code. */
  readonly code: boolean
  /** Null if it was not found in time. */
  readonly file: Uint8Array | null
  readonly block: Uint8Array | null
  readonly label: EnsLabel
}

export type AnswerTo<N extends Need> = AnswerOf[N['kind']]

/** Stops a handler until its need is met. Not an Error: it is thrown often, and no one wants its stack. */
export class Suspension {
  readonly need: Need

  constructor(need: Need) {
    this.need = need
  }
}

/** What is known at one block, beyond the entities (those the EntityCache remembers itself). */
export class Answers {
  readonly #known = new Map<string, AnswerOf[Need['kind']]>()

  /** @throws {@link Suspension} if the answer has not been given yet */
  get<N extends Need>(need: N): AnswerTo<N> {
    const answer = this.#known.get(needText(need))
    if (answer === undefined) throw new Suspension(need)
    return answer as AnswerTo<N>
  }

  has(need: Need): boolean {
    return this.#known.has(needText(need))
  }

  give<N extends Need>(need: N, answer: AnswerTo<N>): void {
    this.#known.set(needText(need), answer)
  }

  /** For the next block, or after a revert. */
  clear(): void {
    this.#known.clear()
  }
}

/** One text for each different need. */
export function needText(need: Need): string {
  switch (need.kind) {
    case 'entity':
      return `entity/${need.key.type}/${need.key.id}`
    case 'related':
      return `related/${need.type}/${need.field}/${need.id}`
    case 'call':
      return `call/${need.to}/${need.data}`
    case 'label':
      return `label/${need.hash}`
    case 'file':
    case 'block':
      return `${need.kind}/${need.path}`
    default:
      return `${need.kind}/${need.address}`
  }
}

/**
 * Attempts until nothing is missing.
 * @param attempt - leaves no trace when it throws a {@link Suspension}
 * @param load - gets the answer and puts it where the next attempt will find it
 * @throws what else `attempt` or `load` throw; an Error if an answer that was loaded is asked for again
 */
export async function runToEnd<T>(attempt: () => T, load: (need: Need) => Promise<void>): Promise<T> {
  let last = ''
  for (;;) {
    const outcome = attemptOnce(attempt)
    if (!(outcome instanceof Suspension)) return outcome.value
    const asked = needText(outcome.need)
    if (asked === last) throw new Error(`The answer to "${asked}" was loaded but is still missing.`)
    last = asked
    await load(outcome.need)
  }
}

function attemptOnce<T>(attempt: () => T): { value: T } | Suspension {
  try {
    return { value: attempt() }
  } catch (error) {
    if (error instanceof Suspension) return error
    throw error
  }
}
