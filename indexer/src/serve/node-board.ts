import { Counter, Gauge, type Registry } from 'prom-client'
import type { NodeState } from '../chain/pool/state.ts'

/** What all threads together know of the nodes. */
export class NodeBoard {
  readonly #reporters = new Set<Reporter>()
  /** What those who are gone have counted. */
  readonly #gone = new Map<string, NodeState['counts']>()

  /**
   * Adds one who asks the nodes of a network.
   * @param read - what it knows at the moment
   * @returns what takes it away again; what it has counted stays
   */
  join(network: string, read: () => readonly NodeState[]): () => void {
    const reporter = { network, read }
    this.#reporters.add(reporter)
    return () => {
      if (!this.#reporters.delete(reporter)) return
      for (const { name, counts } of read()) {
        const key = keyOf(network, name)
        this.#gone.set(key, sum(this.#gone.get(key), counts))
      }
    }
  }

  /** Each node once: up if it is for anybody, its counts those of all. */
  nodes(): ShownNode[] {
    const all = [...this.#reporters].flatMap(({ network, read }) => read().map((state) => ({ network, ...state })))
    const byNode = Map.groupBy(all, ({ network, name }) => keyOf(network, name))
    return [...byNode].flatMap(([key, views]) => {
      const [first] = views
      if (first === undefined) return []
      const latencies = views.flatMap(({ latencyMs }) => latencyMs ?? [])
      const heads = views.flatMap(({ head }) => head ?? [])
      const counts = views.reduce((so, view) => sum(so, view.counts), this.#gone.get(key))
      return [
        {
          ...first,
          isUp: views.some(({ isUp }) => isUp),
          breaker:
            (['closed', 'trying', 'open'] as const).find((state) => views.some((one) => one.breaker === state)) ??
            'open',
          head: heads.length === 0 ? null : Math.max(...heads),
          latencyMs: latencies.length === 0 ? null : Math.max(...latencies),
          socket:
            (['open', 'connecting', 'closed'] as const).find((state) => views.some((one) => one.socket === state)) ??
            null,
          counts: counts ?? first.counts,
        },
      ]
    })
  }
}

/** A node as `GET /nodes` of the status door tells it. */
export type ShownNode = NodeState & { readonly network: string }

interface Reporter {
  readonly network: string
  readonly read: () => readonly NodeState[]
}

/** Puts the board on the metrics' page; each is read when somebody looks. */
export function nodeMetrics(board: NodeBoard, registry: Registry): void {
  const labelNames = ['network', 'node'] as const
  const registers = [registry]
  const gauge = (name: string, help: string, read: (node: ShownNode) => number | null) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const node of board.nodes()) {
          const value = read(node)
          if (value !== null) this.set({ network: node.network, node: node.name }, value)
        }
      },
    })
  const counter = (name: string, help: string, read: (counts: NodeState['counts']) => number) =>
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const { network, name: node, counts } of board.nodes()) this.inc({ network, node }, read(counts))
      },
    })
  gauge('heddle_node_up', '1 if the node answers', ({ isUp }) => Number(isUp))
  gauge('heddle_node_breaker', '0 asked, 1 tried now and then, 2 left alone', ({ breaker }) =>
    breakers.indexOf(breaker),
  )
  gauge('heddle_node_head', 'The newest block the node is known to have', ({ head }) => head)
  gauge('heddle_node_latency_seconds', 'How long the node takes to answer, on average', ({ latencyMs }) =>
    latencyMs === null ? null : latencyMs / 1000,
  )
  counter('heddle_node_requests_total', 'Questions put to the node', ({ requests }) => requests)
  counter('heddle_node_failures_total', 'Questions the node failed to answer', ({ failures }) => failures)
  counter('heddle_node_refusals_total', 'Questions the node refused', ({ refusals }) => refusals)
  counter('heddle_node_hedges_total', 'Questions put to the node because another was slow', ({ hedges }) => hedges)
  counter('heddle_node_outvoted_total', 'Answers in which two other nodes outvoted it', ({ outvoted }) => outvoted)
  counter(
    'heddle_node_budget_wait_seconds_total',
    'How long questions waited for the node’s budget',
    ({ budgetWaitMs }) => budgetWaitMs / 1000,
  )
}

const breakers = ['closed', 'trying', 'open']

function keyOf(network: string, name: string): string {
  return `${network} ${name}`
}

function sum(one: NodeState['counts'] | undefined, other: NodeState['counts']): NodeState['counts'] {
  if (one === undefined) return other
  return {
    requests: one.requests + other.requests,
    failures: one.failures + other.failures,
    refusals: one.refusals + other.refusals,
    hedges: one.hedges + other.hedges,
    outvoted: one.outvoted + other.outvoted,
    budgetWaitMs: one.budgetWaitMs + other.budgetWaitMs,
  }
}
