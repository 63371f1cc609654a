import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import type { NodeState } from '../chain/pool/state.ts'
import { NodeBoard, nodeMetrics } from './node-board.ts'

const aNode = (changes: Partial<NodeState> = {}, requests = 1): NodeState => ({
  name: 'https://node.example',
  isUp: true,
  breaker: 'closed',
  head: 7,
  latencyMs: 20,
  weight: 1,
  callsPerSecond: null,
  socket: null,
  maxRange: null,
  maxBatch: 100,
  counts: { requests, failures: 0, refusals: 0, hedges: 0, outvoted: 0, budgetWaitMs: 500 },
  ...changes,
})

it('shows each node once, whoever asks it', () => {
  const board = new NodeBoard()
  board.join('mainnet', () => [aNode({ socket: 'closed' }, 3), aNode({ name: 'https://other.example', isUp: false })])
  board.join('mainnet', () => [aNode({ isUp: false, breaker: 'open', head: 9, socket: 'open' }, 4)])
  board.join('base', () => [aNode({ head: 2 })])

  const shown = board.nodes().map(({ network, name, isUp, head, socket, counts: { requests } }) => {
    return [network, name, isUp, head, socket, requests]
  })
  expect(shown).toEqual([
    ['mainnet', 'https://node.example', true, 9, 'open', 7],
    ['mainnet', 'https://other.example', false, 7, null, 1],
    ['base', 'https://node.example', true, 2, null, 1],
  ])
})

it('keeps what was counted by who is gone', () => {
  const board = new NodeBoard()
  const leave = board.join('mainnet', () => [aNode({}, 10)])
  leave()
  leave()
  board.join('mainnet', () => [aNode({}, 1)])

  expect(board.nodes()[0]?.counts).toMatchObject({ requests: 11, budgetWaitMs: 1_000 })
})

it('is read when the metrics are', async () => {
  const registry = new Registry()
  const board = new NodeBoard()
  nodeMetrics(board, registry)
  let requests = 1
  const leave = board.join('mainnet', () => [aNode({ breaker: 'trying' }, requests++)])

  await registry.metrics()
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('heddle_'))
  const labels = '{network="mainnet",node="https://node.example"}'
  expect(lines).toContain(`heddle_node_up${labels} 1`)
  expect(lines).toContain(`heddle_node_breaker${labels} 1`)
  expect(lines).toContain(`heddle_node_latency_seconds${labels} 0.02`)
  expect(lines).toContain(`heddle_node_budget_wait_seconds_total${labels} 0.5`)
  leave()
  expect(await registry.metrics()).not.toContain('heddle_node_up{')
})
