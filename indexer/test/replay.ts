import { MemoryStore } from '../kit/memory-store.ts'
import type { BlockPtr } from '../src/chain/block.ts'
import { stateAt } from '../src/chain/call.ts'
import type { Rpc } from '../src/chain/rpc.ts'
import { BlockStream } from '../src/chain/stream.ts'
import { instantiate, staticSources } from '../src/deployment/data-source.ts'
import type { DataSource, Deployment } from '../src/deployment/deployment.ts'
import { Execution } from '../src/execution.ts'
import { streamFilter } from '../src/trigger/filter.ts'

/**
 * Runs a deployment over a chain that stands still, from its start to the head, and keeps the rows in memory.
 * @param finality - how many of the newest blocks are read one by one
 */
export async function replay(deployment: Deployment, rpc: Rpc, { finality = 250 } = {}): Promise<MemoryStore> {
  const store = new MemoryStore(deployment.schema)
  const stream = new BlockStream({ rpc, finality, ancestors: async () => [] })
  const execution = new Execution(
    deployment,
    {
      entities: async (keys) => store.entities(keys),
      related: async (question) => store.related(question),
      chain: (block, needs) => stateAt(rpc, block.header, needs),
      blockFor: (block, filter) => stream.blockWithLogs(block, filter),
    },
    { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  )
  let sources: readonly DataSource[] = staticSources(deployment)
  const resume = (from: BlockPtr | null) => stream.resume(from, deployment.startBlock, streamFilter(sources))
  resume(null)
  for (;;) {
    const step = await stream.next()
    if (step.kind === 'revert') throw new Error('the chain was to stand still')
    let at = step.links.at(-1)
    for (const [index, block] of step.blocks.entries()) {
      const { changes, newSources } = await execution.runBlock(block, step.blocks.slice(index + 1), sources)
      store.write(changes)
      execution.cache.committed(block.header.number)
      if (newSources.length === 0) continue
      sources = [...sources, ...newSources.map((each) => instantiate(deployment, each, block.header.number))]
      resume(block.header)
      at = block.header
      break
    }
    if (at?.number === step.head.number) {
      stream.stop()
      return store
    }
  }
}
