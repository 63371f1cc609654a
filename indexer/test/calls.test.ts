import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MemoryStore } from '../kit/memory-store.ts'
import { plainEntity } from '../kit/plain.ts'
import { loadDeployment } from '../src/deployment/deployment.ts'
import { aCallsChain, alpha, type CallsChain } from './calls-chain.ts'
import { replay } from './replay.ts'
import { buildSubgraph } from './subgraph.ts'

let chain: CallsChain
beforeAll(async () => {
  chain = await aCallsChain()
})
afterAll(() => chain[Symbol.asyncDispose]())

function steps(store: MemoryStore): string[] {
  const type = store.typeOf('Step')
  const rows = store.all('Step').map((step) => plainEntity(type, step))
  return rows
    .sort((a, b) => Number(a.id) - Number(b.id))
    .map(({ block, what }) =>
      `${block} ${what}`.replaceAll(alpha, '<alpha>').replaceAll(/0xf39f[0-9a-f]{36}/g, '<sender>'),
    )
}

/**
 * What graph-node 0.45.0 does, in its order, but for one thing: while it reads a range of old blocks, `called` and the other
 * block handlers of a block come in either order; here it is always the order that it has for new blocks.
 */
it.each([
  ['block by block', 250],
  ['by ranges', 0],
])(
  'runs once handlers, logs, calls and block handlers in the order of graph-node, %s',
  async (_, finality) => {
    const deployment = await loadDeployment(await buildSubgraph('calls'))
    expect(steps(await replay(deployment, chain.rpc, { finality }))).toEqual([
      '6 Alpha once',
      '6 Beta once',
      '6 Alpha Did 10',
      '6 Alpha loud 10',
      '6 Beta quiet 11 from <sender>',
      '6 Alpha Did 12',
      '6 Alpha act(12, hi) = 12 0x7624778d from <sender> to <alpha> value 5 index 2 names n note sum hash same true',
      '6 Alpha called',
      '6 Beta called',
      '6 Alpha called',
      '6 Alpha polling',
      '6 Beta polling',
      '7 Again once',
      '7 Alpha Did 20',
      '7 Again Did 20',
      '7 Alpha Did 23',
      '7 Again Did 23',
      '7 Alpha outer 20',
      '7 Beta quiet 21 from <alpha>',
      '7 Alpha quiet 22 from <alpha>',
      '7 Again quiet 22 from <alpha>',
      '7 Alpha quiet 30 from <sender>',
      '7 Again quiet 30 from <sender>',
      '7 Alpha called',
      '7 Beta called',
      '7 Alpha called',
      '8 Alpha attempt',
      '8 Alpha quiet 40 from <alpha>',
      '8 Again quiet 40 from <alpha>',
      '8 Alpha called',
      '10 Alpha lend',
      '10 Beta quiet 50 from <alpha>',
      '10 Alpha called',
      '10 Beta called',
      '10 Alpha polling',
      '11 Beta quiet 60 from <sender>',
      '11 Alpha called',
      '11 Beta called',
      '11 Alpha called',
      '11 Beta polling',
      '13 Beta quiet 70 from <sender>',
      '13 Alpha Did 1',
      '13 Alpha Made',
      '13 Alpha quiet 73 from <sender>',
      '13 Beta called',
      '13 Alpha called',
      '13 Alpha/child once',
      '13 Alpha/child Did 71',
      '13 Alpha/child quiet 72 from <sender>',
      '13 Alpha/child called',
      '13 Alpha/child polling',
      '14 Alpha/child quiet 80 from <sender>',
      '14 Alpha/child Did 81',
      '14 Alpha quiet 82 from <sender>',
      '14 Alpha/child called',
      '14 Alpha called',
      '14 Alpha polling',
      '15 Alpha called',
      '15 Alpha/child polling',
      '16 Beta polling',
      // Four calls, of which the last three are alike to the gas they used: they are taken for one.
      '17 Beta quiet 0 from <alpha>',
      '17 Beta quiet 0 from <alpha>',
      '17 Alpha called',
      '17 Beta called',
      '17 Alpha/child polling',
      '18 Alpha polling',
    ])
  },
  60_000,
)
