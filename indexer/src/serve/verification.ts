import { setTimeout as pause } from 'node:timers/promises'
import { Gauge, type Registry } from 'prom-client'
import { readDeployments } from '../store/deployments.ts'
import type { Runner } from '../store/postgres.ts'
import {
  readDifferences,
  readVerification,
  type StoredDifference,
  type StoredVerification,
} from '../store/verification.ts'
import { type Handler, json } from './http.ts'

/** How a deployment stands against its chain, as `GET /verification` of the status door tells it. */
export interface ShownVerification {
  /** `Qm…` */
  readonly deployment: string
  readonly names: readonly string[]
  /** Null: nothing was compared, as where there are no invariants. */
  readonly verified: StoredVerification | null
  /** Those that are open first, then the last that were healed. */
  readonly differences: readonly StoredDifference[]
}

const shownDifferences = 100
const goodForMs = 2_000
/** How long whoever asks for the metrics waits for the database. */
const longestReadMs = 1_000

/** Every deployment that has a name. */
export async function readVerifications(runner: Runner): Promise<ShownVerification[]> {
  const named = (await readDeployments(runner)).filter(({ names }) => names.length > 0)
  return Promise.all(
    named.map(async ({ id, number, names }) => ({
      deployment: id,
      names,
      verified: await readVerification(runner, number),
      differences: await readDifferences(runner, number, shownDifferences),
    })),
  )
}

/** Answers `GET /verification`; all else goes to the door behind. */
export function withVerification(runner: Runner, door: Handler): Handler {
  return async (request) => {
    if (request.method !== 'GET' || request.path !== '/verification') return door(request)
    return json(200, { deployments: await readVerifications(runner) }, { 'access-control-allow-origin': '*' })
  }
}

/**
 * What to tell beside an answer, known at once: looked up again every few seconds, and only while somebody asks.
 * @returns by a deployment's id; undefined where nothing was compared
 */
export function verifiedNow(runner: Runner): (deployment: string) => object | undefined {
  let known: ReadonlyMap<string, object> = new Map()
  let readAt = Number.NEGATIVE_INFINITY
  const read = async () => {
    const all = await readVerifications(runner)
    known = new Map(
      all.flatMap(({ deployment, verified }) => {
        if (verified === null) return []
        const { block, checked, differing, quarantined } = verified
        return [[deployment, { block: block.number, checked, differing, quarantined }]]
      }),
    )
  }
  return (deployment) => {
    if (performance.now() - readAt > goodForMs) {
      readAt = performance.now()
      read().catch(() => undefined)
    }
    return known.get(deployment)
  }
}

/** What was compared and what differs, by deployment; read when somebody asks for the metrics. */
export function verifyMetrics(runner: Runner, registry: Registry): void {
  const shown: Readonly<Record<string, readonly [string, (verified: StoredVerification) => number]>> = {
    heddle_verify_checked: ['Comparisons of the index with its chain', ({ checked }) => checked],
    heddle_verify_unknown: ['Comparisons that no node could answer', ({ unknown }) => unknown],
    heddle_verify_differing: ['Differences that are being healed', ({ differing }) => differing],
    heddle_verify_healed: ['Differences that were healed', ({ healed }) => healed],
    heddle_verify_quarantined: ['Differences that nothing healed', ({ quarantined }) => quarantined],
    heddle_verify_block: ['The block of the last comparison', ({ block }) => block.number],
  }
  let last: readonly ShownVerification[] = []
  let reading: Promise<void> | null = null
  const read = async () => {
    // All of them are collected in one go; while the database is away, they stay what they were.
    reading ??= readVerifications(runner)
      .then((all) => {
        last = all
      })
      .catch(() => undefined)
      .finally(() => {
        reading = null
      })
    await Promise.race([reading, pause(longestReadMs, undefined, { ref: false })])
    return last
  }
  for (const [name, [help, pick]] of Object.entries(shown)) {
    new Gauge({
      name,
      help,
      labelNames: ['deployment'],
      registers: [registry],
      async collect() {
        const all = await read()
        this.reset()
        for (const { deployment, verified } of all) if (verified) this.set({ deployment }, pick(verified))
      },
    })
  }
}
