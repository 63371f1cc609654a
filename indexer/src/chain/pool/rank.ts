import type { PoolNode } from './node.ts'
import type { Subject } from './subject.ts'

/**
 * Whom to ask first, second, and so on: first those who can answer, then those who may now, then by chance, in which a faster node
 * or one of more weight has more of it.
 * @param leader - who told the newest block last. Whatever is asked by number is asked of it first: nodes may be on different branches
 * @param dice - from 0 to 1, 1 excluded
 */
export function ranked(
  nodes: readonly PoolNode[],
  method: string,
  subject: Subject,
  leader: PoolNode | null,
  dice: () => number = Math.random,
): PoolNode[] {
  const known = nodes.flatMap(({ latency }) => latency.meanMs(method) ?? [])
  // Nobody knows how fast a new one is: it is thought the best, and soon found out.
  const best = known.length === 0 ? 1 : Math.min(...known)
  const places = nodes.map((node) => {
    const share = node.settings.weight / ((node.latency.meanMs(method) ?? best) + 1)
    const luck = -Math.log(1 - dice()) / share
    return { node, place: [...placeOf(node, method, subject, leader), luck] }
  })
  return places.sort((a, b) => compare(a.place, b.place)).map(({ node }) => node)
}

/** Smaller is sooner; the first number that differs decides. */
function placeOf(node: PoolNode, method: string, subject: Subject, leader: PoolNode | null): number[] {
  const head = node.head?.number ?? null
  const lacksIt = subject.block !== null && head !== null && head < subject.block
  const first = subject.isByNumber && node !== leader
  return [
    Number(node.isDistrusted),
    Number(!node.limits.allows(method, subject.blocks)),
    Number(lacksIt),
    Number(node.budget.delayMs > 0),
    subject.isHead ? -(head ?? -1) : 0,
    Number(first),
  ]
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, one] of a.entries()) {
    const difference = one - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
