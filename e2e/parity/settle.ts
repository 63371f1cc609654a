import { setTimeout as pause } from 'node:timers/promises'
import { ask } from '../graphql.ts'
import type { Endpoint, Runtime } from './runtime.ts'

export interface Standing {
  readonly health: string
  readonly latest: { readonly number: number; readonly hash: string } | undefined
  readonly message: string | undefined
  /** Hash of the chain's newest block, as far as it is known there. */
  readonly head: string | undefined
}

const query = `{ indexingStatuses { subgraph health fatalError { message } chains { chainHeadBlock { hash } latestBlock { number hash } } } }`

type Statuses = {
  readonly indexingStatuses: readonly {
    readonly subgraph: string
    readonly health: string
    readonly fatalError: { readonly message: string } | null
    readonly chains: readonly {
      readonly chainHeadBlock: { readonly hash: string } | null
      readonly latestBlock: { readonly number: string; readonly hash: string } | null
    }[]
  }[]
}

/** How far each deployment is, in their order; undefined where it is not known (yet). */
export async function standings({ deployments }: Runtime): Promise<(Standing | undefined)[]> {
  const pages = new Map<string, Promise<Statuses | undefined>>()
  const pageOf = ({ statusUrl }: Endpoint) => {
    const known =
      pages.get(statusUrl) ??
      ask(statusUrl, query).then(
        ({ data }) => data as Statuses | undefined,
        () => undefined,
      )
    pages.set(statusUrl, known)
    return known
  }
  return await Promise.all(
    deployments.map(async (deployment) => {
      const page = await pageOf(deployment)
      const status = page?.indexingStatuses?.find(({ subgraph }) => subgraph === deployment.id)
      if (status === undefined) return undefined
      const latest = status.chains[0]?.latestBlock
      return {
        health: status.health,
        latest: latest ? { number: Number(latest.number), hash: latest.hash.replace(/^0x/, '') } : undefined,
        message: status.fatalError?.message,
        head: status.chains[0]?.chainHeadBlock?.hash.replace(/^0x/, ''),
      }
    }),
  )
}

/**
 * Waits until every deployment has the block, has failed for good, or has not moved for a long time.
 * @returns how each stands then
 */
export async function settled(
  runtime: Runtime,
  head: { readonly number: number; readonly hash: string },
  { withinMs, stuckAfterMs }: { readonly withinMs: number; readonly stuckAfterMs: number },
): Promise<readonly (Standing | undefined)[]> {
  const hash = head.hash.replace(/^0x/, '')
  const isDone = (standing: Standing | undefined) =>
    standing !== undefined && (standing.health === 'failed' || standing.latest?.hash === hash)
  // One that was refused is not known; one that is known and has no block yet is still being started.
  const hasBegun = (standing: Standing | undefined) => standing === undefined || standing.latest !== undefined
  const deadline = Date.now() + withinMs
  let seen = ''
  let movedAt = Date.now()
  for (;;) {
    if (!runtime.isRunning())
      throw new Error(`${runtime.name} has ended by itself: its log in e2e/parity/build says more`)
    const now = await standings(runtime)
    const isStuck = Date.now() - movedAt > stuckAfterMs && now.every(hasBegun)
    const isHeadKnown = now.length === 0 || now.some((one) => one?.head === hash)
    if ((now.every(isDone) && isHeadKnown) || Date.now() > deadline || isStuck) return now
    const text = JSON.stringify(now)
    if (text !== seen) {
      seen = text
      movedAt = Date.now()
    }
    await pause(200)
  }
}
