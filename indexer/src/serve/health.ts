import type { Assignment } from '../store/assignments.ts'
import type { StoredDeployment } from '../store/deployments.ts'
import { type Handler, json } from './http.ts'

/** What a thread of a deployment does, as its process sees it. `crashed`: it is started again after a pause. */
export type Standing =
  | { readonly kind: 'starting' | 'atWork' | 'standingBy' }
  | { readonly kind: 'crashed'; readonly code: string }

/** Where the health door learns what it tells. */
export interface HealthSource {
  deployments(): Promise<readonly StoredDeployment[]>
  assignments(): Promise<readonly Assignment[]>
  /** Which of the assigned ones are ours. */
  readonly node: string
  /** Absent: it does not run here, or ended by itself. */
  standing(id: string): Standing | undefined
  /** The newest block of a network's chain, as its node says now. */
  head(network: string, signal: AbortSignal): Promise<number>
}

export type DeploymentState = 'ready' | 'behind' | 'failed' | 'paused' | 'crashed'

export interface DeploymentHealth {
  readonly deployment: string
  readonly names: readonly string[]
  readonly state: DeploymentState
  /** Another process indexes it, and this one answers and waits for its turn. No reason against being asked, so it is among the notes. */
  readonly standsBy: boolean
  readonly block: number | null
  readonly head: number | null
}

export interface HealthReport {
  readonly ready: boolean
  /** What is missing, in words without addresses or secrets; empty when ready. */
  readonly reasons: readonly string[]
  /** What is good to know and speaks against nothing: for what this process only stands by. */
  readonly notes: readonly string[]
  /** Those that a name leads to and that are ours to index. */
  readonly deployments: readonly DeploymentHealth[]
}

/** A deployment that had caught up may be this far behind before it is told; as graph-node's metric `deployment_synced` has it. */
const behindBlocks = 10
const timeoutMs = 2_000
/** Whoever asks more often gets the same answer. */
const rememberedMs = 500

/** Puts `GET /health/live` and `GET /health/ready` before what a door answers otherwise. */
export function withHealth(handler: Handler, check: (name?: string) => Promise<HealthReport>): Handler {
  return async (request) => {
    const { method, path, search } = request
    if (method !== 'GET' && method !== 'HEAD') return handler(request)
    if (path === '/health/live') return json(200, { live: true })
    if (path !== '/health/ready') return handler(request)
    const report = await check(search.get('name') ?? undefined)
    return json(report.ready ? 200 : 503, report, { 'cache-control': 'no-store' })
  }
}

/** Looks at most twice a second. @returns what tells the state of all deployments, or of the one that a name leads to */
export function healthCheck(source: HealthSource): (name?: string) => Promise<HealthReport> {
  let last: { readonly at: number; readonly report: Promise<Found> } | undefined
  return async (name) => {
    if (last === undefined || performance.now() - last.at > rememberedMs) {
      last = { at: performance.now(), report: look(source) }
    }
    return reportOf(await last.report, name)
  }
}

interface Found {
  readonly database: boolean
  /** Networks whose node does not answer. */
  readonly away: ReadonlySet<string>
  readonly deployments: readonly (DeploymentHealth & { readonly network: string; readonly why: string | null })[]
}

function reportOf({ database, away, deployments }: Found, name: string | undefined): HealthReport {
  const asked = deployments.filter(({ names }) => name === undefined || names.includes(name))
  const networks = new Set(asked.map(({ network }) => network))
  const reasons = [
    ...(database ? [] : ['the database cannot be reached']),
    ...(database && name !== undefined && asked.length === 0 ? [`${name} is not indexed here`] : []),
    ...[...networks].filter((one) => away.has(one)).map((one) => `the node of ${one} cannot be reached`),
    ...asked.flatMap(({ why }) => (why === null ? [] : [why])),
  ]
  const notes = asked
    .filter(({ standsBy }) => standsBy)
    .map(
      ({ deployment, names }) =>
        `${names[0] ?? deployment} is indexed by another process: this one answers, and takes over`,
    )
  const shown = asked.map(({ network: _network, why: _why, ...health }) => health)
  return { ready: reasons.length === 0, reasons, notes, deployments: shown }
}

async function look(source: HealthSource): Promise<Found> {
  const signal = AbortSignal.timeout(timeoutMs)
  const stored = await within(signal, Promise.all([source.deployments(), source.assignments()])).catch(() => null)
  if (stored === null) return { database: false, away: new Set(), deployments: [] }
  const ours = new Map(stored[1].filter(({ node }) => node === source.node).map((one) => [one.id, one]))
  const named = stored[0].filter(({ id, names }) => names.length > 0 && ours.has(id))
  const networks = [...new Set(named.map(({ network }) => network))]
  const heads = new Map(
    await Promise.all(
      networks.map(async (network): Promise<[string, number | null]> => {
        const head = await within(signal, source.head(network, signal)).catch(() => null)
        return [network, head]
      }),
    ),
  )
  return {
    database: true,
    away: new Set(networks.filter((network) => heads.get(network) === null)),
    deployments: named.map((one) => {
      const isPaused = one.progress.isPaused || ours.get(one.id)?.isPaused === true
      return healthOf(one, { isPaused, head: heads.get(one.network) ?? null, standing: source.standing(one.id) })
    }),
  }
}

interface Seen {
  readonly isPaused: boolean
  readonly head: number | null
  readonly standing: Standing | undefined
}

function healthOf({ id, names, network, progress }: StoredDeployment, { isPaused, head, standing }: Seen) {
  const block = progress.block?.number ?? null
  const newest = Math.max(head ?? -1, progress.head?.number ?? -1)
  const isBehind = !progress.isSynced || newest - (block ?? -1) > behindBlocks
  const called = names[0] ?? id
  const at = `at block ${block ?? 'none'} of ${newest < 0 ? 'an unknown number' : newest}`
  const told = (state: DeploymentState, why: string | null) => ({
    deployment: id,
    names,
    network,
    state,
    standsBy: standing?.kind === 'standingBy',
    block,
    head: newest < 0 ? null : newest,
    why,
  })
  if (isPaused) return told('paused', `${called} is paused`)
  if (progress.health === 'failed') return told('failed', `${called} has failed ${at}: its status says why`)
  if (standing?.kind === 'crashed')
    return told('crashed', `${called} cannot be indexed (${standing.code}) and is tried again`)
  if (isBehind) return told('behind', `${called} is behind: ${at}`)
  return told('ready', null)
}

async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const onAbort = () => late.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
