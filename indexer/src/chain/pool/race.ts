import { setTimeout as delay } from 'node:timers/promises'
import { type Outcome, settles } from './outcome.ts'

/** Why a question is ended of which the answer is known already. */
export class OutrunError extends Error {
  override readonly name = 'OutrunError'
}

export interface RaceRules<N, T> {
  /** Never rejects but with the signal's reason. */
  readonly ask: (node: N, signal: AbortSignal) => Promise<Outcome<T>>
  /** After how long a node's answer takes longer than usual; null: it is waited for. */
  readonly patienceMs: (node: N) => number | null
  /** Asked when it does, and again after as long: whether another one may be asked beside it. */
  readonly mayHedge: (node: N) => boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks one node after another until one settles the question. Where one takes longer than usual, the next is asked beside it, and
 * the first answer wins; the other question is ended.
 * @returns how each ended, in the order in which they did; the last settles it, or none does
 */
export async function race<N, T>(nodes: readonly N[], rules: RaceRules<N, T>): Promise<Outcome<T>[]> {
  const { ask, patienceMs, mayHedge, signal } = rules
  const waiting = [...nodes]
  const underWay = new Map<N, Promise<{ node: N; outcome: Outcome<T> }>>()
  const outcomes: Outcome<T>[] = []
  const ending = new AbortController()
  const giveUp = () => ending.abort(signal?.reason)
  signal?.throwIfAborted()
  signal?.addEventListener('abort', giveUp, { once: true })
  const start = (node: N) => {
    const asked = ask(node, ending.signal).then((outcome) => ({ node, outcome }))
    asked.catch(() => undefined)
    underWay.set(node, asked)
  }
  let hasHedged = false
  try {
    for (;;) {
      const [next] = waiting
      if (underWay.size === 0) {
        if (next === undefined) return outcomes
        start(next)
        waiting.shift()
      }
      const [alone] = underWay.keys()
      const patience =
        alone === undefined || underWay.size > 1 || waiting.length === 0 || hasHedged ? null : patienceMs(alone)
      const first = await firstOf([...underWay.values()], patience)
      if (first === 'late') {
        const [other] = waiting
        if (alone === undefined || other === undefined || !mayHedge(alone)) continue
        hasHedged = true
        waiting.shift()
        start(other)
        continue
      }
      underWay.delete(first.node)
      outcomes.push(first.outcome)
      if (settles(first.outcome)) return outcomes
    }
  } finally {
    signal?.removeEventListener('abort', giveUp)
    ending.abort(new OutrunError())
  }
}

async function firstOf<T>(work: readonly Promise<T>[], patienceMs: number | null): Promise<T | 'late'> {
  if (patienceMs === null) return Promise.race(work)
  const timer = new AbortController()
  const late = delay(patienceMs, 'late' as const, { signal: timer.signal })
  late.catch(() => undefined)
  try {
    return await Promise.race([...work, late])
  } finally {
    timer.abort()
  }
}
