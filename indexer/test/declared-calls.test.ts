import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { encodeFunctionData, encodeFunctionResult, parseAbi } from 'viem'
import { beforeAll, expect, it } from 'vitest'
import { MemoryStore } from '../kit/memory-store.ts'
import { plainEntity } from '../kit/plain.ts'
import type { Block, Hex } from '../src/chain/block.ts'
import { staticSources } from '../src/deployment/data-source.ts'
import { assembleDeployment, type Deployment } from '../src/deployment/deployment.ts'
import { RpcError } from '../src/errors.ts'
import { type ChainNeed, Execution, type Reach } from '../src/execution.ts'
import { aBlock, aLogOf } from './block.ts'
import { buildSubgraph } from './subgraph.ts'

const [did, describing] = parseAbi([
  'event Did(string what, uint256 number)',
  'function describe(uint256 number) view returns (string)',
])
const probe = '0x2000000000000000000000000000000000000001'

/** The subgraph `probe`, whose handler of Did asks `describe`; its manifest says so, and its numbers have no sign. */
let declared: Deployment
beforeAll(async () => {
  const manifest = await buildSubgraph('probe')
  const unsigned = (text: string) => text.replaceAll(/(?<!u)int256/g, 'uint256')
  const call = 'Probe[event.address].describe(event.params.number)'
  const text = unsigned(await readFile(manifest, 'utf8')).replace(
    /(\n +)handler: handleDid\n/,
    `$1handler: handleDid$1calls:$1  One: ${call}$1  Same: ${call}\n`,
  )
  declared = await assembleDeployment(manifest, text, async (link) => {
    const content = await readFile(join(dirname(manifest), link))
    return link.endsWith('.json') ? new TextEncoder().encode(unsigned(content.toString('utf8'))) : content
  })
}, 60_000)

function aDidBlock(number: number, ...numbers: readonly bigint[]): Block {
  const logs = numbers.map((each, logIndex) =>
    aLogOf(did, { what: 'describe', number: each }, { address: probe, logIndex, blockNumber: number }),
  )
  return aBlock({ header: { number }, logs })
}

/** Runs blocks, and tells what was asked of the chain: one list for each time. */
async function run(
  blocks: readonly Block[],
  { callsAhead = true, fault = (_round: number): Error | null => null } = {},
) {
  const store = new MemoryStore(declared.schema)
  const rounds: string[][] = []
  const reach: Reach = {
    entities: async (keys) => store.entities(keys),
    related: async (question) => store.related(question),
    blockFor: async (block) => block,
    chain: async (block, needs) => {
      rounds.push(needs.map((need) => `${block.header.number} ${nameOf(need)}`))
      const error = fault(rounds.length)
      if (error) throw error
      return needs.map((need) => encodeFunctionResult({ abi: [describing], result: `the ${nameOf(need)}` }) as Hex)
    },
  }
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const execution = new Execution(declared, reach, log, { callsAhead })
  const sources = staticSources(declared)
  for (const [index, block] of blocks.entries()) {
    const { changes } = await execution.runBlock(block, blocks.slice(index + 1), sources)
    store.write(changes)
  }
  return { rounds, answer: plainEntity(store.typeOf('Answer'), store.get('Answer', 'describe') ?? new Map()).text }
}

function nameOf(need: ChainNeed): string {
  if (need.kind !== 'call') return need.kind
  const known = [1n, 2n, 3n].find(
    (number) => encodeFunctionData({ abi: [describing], args: [number] }) === need.data && need.to === probe,
  )
  return `description of ${known}`
}

it('makes the declared calls of all blocks at hand at once, each one once', async () => {
  const { rounds, answer } = await run([aDidBlock(7, 1n, 2n, 1n), aDidBlock(8, 3n)])
  expect(rounds).toEqual([['7 description of 1', '7 description of 2'], ['8 description of 3']])
  expect(answer).toBe('the description of 3')
})

it('lets the handler ask where a declared call got no answer', async () => {
  const fault = (round: number) => (round === 1 ? new RpcError('eth_call', 'it is busy') : null)
  const { rounds, answer } = await run([aDidBlock(7, 2n)], { fault })
  expect(rounds).toEqual([['7 description of 2'], ['7 description of 2']])
  expect(answer).toBe('the description of 2')
})

it('makes none ahead of the handlers when it is told so', async () => {
  const fault = (round: number) => (round === 1 ? new RpcError('eth_call', 'it is busy') : null)
  await expect(run([aDidBlock(7, 2n)], { callsAhead: false, fault })).rejects.toThrow(RpcError)
})
