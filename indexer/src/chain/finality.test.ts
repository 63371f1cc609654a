import { expect, it } from 'vitest'
import { GeneratedChain, NodeError, serveNode } from '../../kit/chaos/index.ts'
import type { BlockPtr } from './block.ts'
import { type Finality, finalityOf, finalityText, parseFinality } from './finality.ts'
import { createRpc } from './rpc.ts'

async function aNode(chain: GeneratedChain) {
  const node = await serveNode(chain)
  const rpc = createRpc(node.url, { attempts: 1 })
  return {
    rpc,
    asked: () => node.traffic.requests,
    head: async (): Promise<BlockPtr> => ({ number: chain.head, hash: (await chain.hashAt(chain.head)) ?? '0x' }),
    [Symbol.asyncDispose]: () => node.close(),
  }
}

it.each([
  ['latest', { kind: 'blocks', blocks: 0 }],
  ['safe', { kind: 'tag', tag: 'safe' }],
  ['finalized', { kind: 'tag', tag: 'finalized' }],
  ['12', { kind: 'blocks', blocks: 12 }],
  ['-1', null],
  ['soon', null],
  ['', null],
])('reads %j', (text, finality) => {
  expect(parseFinality(text)).toEqual(finality)
  if (finality !== null) expect(parseFinality(finalityText(finality as Finality))).toEqual(finality)
})

it.each<[string, { safe: number | null; final: number | null }]>([
  ['latest', { safe: null, final: 30 }],
  ['12', { safe: null, final: 18 }],
  ['31', { safe: null, final: null }],
  ['safe', { safe: 26, final: 26 }],
  ['finalized', { safe: 26, final: 22 }],
])('knows how far a chain is settled by %s', async (text, settled) => {
  await using node = await aNode(new GeneratedChain({ seed: 'a', blocks: 30 }))
  const finality = parseFinality(text)
  if (finality === null) throw new Error(text)
  expect(await finalityOf(node.rpc, finality)(await node.head())).toEqual(settled)
})

it('asks the node once for each head', async () => {
  const chain = new GeneratedChain({ seed: 'a', blocks: 30 })
  await using node = await aNode(chain)
  const settledAt = finalityOf(node.rpc, { kind: 'tag', tag: 'finalized' })
  const [first, again] = [await settledAt(await node.head()), await settledAt(await node.head())]
  expect(again).toEqual(first)
  // Both tags in one request.
  expect(node.asked()).toBe(1)
  await chain.mine()
  expect(await settledAt(await node.head())).toEqual({ safe: 27, final: 23 })
})

it('calls nothing final where the node does not know the tags, and says so once', async () => {
  class OldChain extends GeneratedChain {
    override async answer(method: string, params: readonly unknown[]): Promise<unknown> {
      if (params[0] === 'finalized' || params[0] === 'safe') throw new NodeError(-32602, 'invalid argument 0')
      return super.answer(method, params)
    }
  }
  const chain = new OldChain({ seed: 'a', blocks: 30 })
  await using node = await aNode(chain)
  const reasons: string[] = []
  const settledAt = finalityOf(node.rpc, { kind: 'tag', tag: 'finalized' }, (reason) => reasons.push(reason))
  expect(await settledAt(await node.head())).toEqual({ safe: null, final: null })
  await chain.mine()
  expect(await settledAt(await node.head())).toEqual({ safe: null, final: null })
  expect(reasons).toEqual(['invalid argument 0'])
})

it('calls nothing final beyond the head, whatever another node behind the address says', async () => {
  await using node = await aNode(new GeneratedChain({ seed: 'a', blocks: 30, safeDepth: 0, finalizedDepth: 1 }))
  const behind: BlockPtr = { number: 20, hash: '0x20' }
  expect(await finalityOf(node.rpc, { kind: 'tag', tag: 'finalized' })(behind)).toEqual({ safe: 20, final: 20 })
})
