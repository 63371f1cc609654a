import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aBlockLink, aDeployment } from '../../test/deployment.ts'
import { aHeader } from '../../test/mapping.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import { blockChanges } from '../../test/rows.ts'
import type { BlockLink, BlockPtr } from '../chain/block.ts'
import type { Rpc } from '../chain/rpc.ts'
import type { Step } from '../chain/step.ts'
import type { SourceDefinition } from '../deployment/deployment.ts'
import { createPostgres, type Postgres } from '../store/postgres.ts'
import { openStore, type Store } from '../store/store.ts'
import type { ComposedBlock } from '../trigger/arrival.ts'
import { followDeployments } from './follow.ts'

const schemaText = 'type Made @entity(immutable: true) { id: ID! }'

let database: ScratchDatabase
let postgres: Postgres
beforeAll(async () => {
  database = await scratchDatabase()
  postgres = createPostgres(database.url, { max: 8 })
})
afterAll(async () => {
  await postgres.end()
  await database[Symbol.asyncDispose]()
})

/** A deployment whose progress a test moves by hand. */
interface Followed extends AsyncDisposable {
  readonly id: string
  readonly store: Store
  /** Passes blocks of a branch one by one up to a number, each making an entity `<id>:<number>/<branch>` where `makes` says so. */
  reach(
    number: number,
    options?: { branch?: number; makes?: (number: number) => boolean; isFar?: boolean },
  ): Promise<void>
  back(link: BlockLink): Promise<void>
}

let count = 0
async function aFollowed(): Promise<Followed> {
  count += 1
  const deployment = aDeployment(schemaText, {
    id: `QmFollowed${count}`,
    manifestText: 'specVersion: 1.3.0\nschema: { file: schema.graphql }\n',
  })
  const store = await openStore(postgres, deployment)
  const head = aBlockLink(1000)
  return {
    id: deployment.id,
    store,
    reach: async (number, { branch = 0, makes = () => true, isFar = false } = {}) => {
      const from = ((await store.progress()).block?.number ?? -1) + 1
      const links = Array.from({ length: number - from + 1 }, (_, i) => branchLink(from + i, branch))
      const batch = links.flatMap((link) => {
        if (!makes(link.number)) return []
        const row = { id: `${deployment.id}:${link.number}/${ownBranch(link.number, branch)}` }
        const changes = blockChanges(deployment.schema, { number: link.number, write: { Made: [row] } }, new Set())
        return [{ ...changes, block: link }]
      })
      // Far from the head, only blocks with something in them are seen, and the last.
      const seen = isFar ? links.filter((link) => makes(link.number) || link.number === number) : links
      await store.commit(batch, seen, head)
    },
    back: (link) => store.revertTo(link),
    [Symbol.asyncDispose]: () => store.close(),
  }
}

/** Branch n leaves the usual one behind block 10 n. */
function branchLink(number: number, branch: number): BlockLink {
  const link = aBlockLink(number, ownBranch(number, branch))
  return { ...link, parentHash: aBlockLink(number - 1, ownBranch(number - 1, branch)).hash }
}

function ownBranch(number: number, branch: number): number {
  return number <= branch * 10 ? 0 : branch
}

/** A follower that stores what the stream tells it. */
async function aFollower(followed: readonly Followed[], options: { startBlock?: number; branch?: () => number } = {}) {
  const { startBlock = 0, branch = () => 0 } = options
  const rpc = { headerByNumber: async (number: number) => ({ ...aHeader, ...branchLink(number, branch()) }) }
  const dataSources = followed.map(({ id }) => ({
    entitySource: { deployment: id, handlers: [{ entity: 'Made', handler: 'handle' }] },
  }))
  const deployment = aDeployment(schemaText, { dataSources: dataSources as unknown as SourceDefinition[] })
  const links: BlockLink[] = []
  const heard: { at: number; id: string }[] = []
  const stream = followDeployments({
    deployment,
    store: { ancestors: async () => links.toReversed() },
    postgres,
    rpc: rpc as unknown as Rpc,
    pollMs: 5,
  })
  stream.resume(null, startBlock)
  const apply = (step: Step) => {
    if (step.kind === 'revert') {
      const to = step.to?.number ?? -1
      links.splice(0, Number.POSITIVE_INFINITY, ...links.filter(({ number }) => number <= to))
      heard.splice(0, Number.POSITIVE_INFINITY, ...heard.filter(({ at }) => at <= to))
      return
    }
    links.push(...step.links)
    for (const block of step.blocks as ComposedBlock[]) {
      for (const { entity } of block.arrivals) {
        const id = entity.get('id')
        heard.push({ at: block.header.number, id: id?.kind === 'String' ? id.value : '' })
      }
    }
  }
  const next = async (timeoutMs = 2_000): Promise<Step | 'nothing'> => {
    try {
      const step = await stream.next(AbortSignal.timeout(timeoutMs))
      apply(step)
      return step
    } catch (error) {
      if ((error as Error).name === 'TimeoutError' || (error as Error).name === 'AbortError') return 'nothing'
      throw error
    }
  }
  const until = async (end: BlockPtr) => {
    while (links.at(-1)?.hash !== end.hash) if ((await next(5_000)) === 'nothing') throw new Error('it does not move')
  }
  return { links, heard, next, until, texts: () => heard.map(({ id }) => id.replace(/^QmFollowed\d+:/, '')) }
}

it('never goes beyond the slowest of those it follows', async () => {
  await using one = await aFollowed()
  await using other = await aFollowed()
  await one.reach(8)
  const follower = await aFollower([one, other])
  expect(await follower.next(100)).toBe('nothing')
  await other.reach(5)
  await follower.until(branchLink(5, 0))
  expect(await follower.next(100)).toBe('nothing')
  expect(follower.texts()).toEqual(['0/0', '0/0', '1/0', '1/0', '2/0', '2/0', '3/0', '3/0', '4/0', '4/0', '5/0', '5/0'])
  await other.reach(8)
  await follower.until(branchLink(8, 0))
})

it('goes back with a source to where both agree, and on along the new branch', async () => {
  await using one = await aFollowed()
  let branch = 0
  const follower = await aFollower([one], { branch: () => branch })
  await one.reach(14, { makes: (number) => number >= 9 })
  await follower.until(branchLink(14, 0))
  await one.back(branchLink(10, 0))
  branch = 1
  await one.reach(13, { branch: 1 })
  expect(await follower.next()).toMatchObject({ kind: 'revert', to: { number: 10, hash: branchLink(10, 0).hash } })
  await follower.until(branchLink(13, 1))
  expect(follower.texts()).toEqual(['9/0', '10/0', '11/1', '12/1', '13/1'])
})

it('goes back with a source that has only gone back so far', async () => {
  await using one = await aFollowed()
  const follower = await aFollower([one])
  await one.reach(7)
  await follower.until(branchLink(7, 0))
  await one.back(branchLink(4, 0))
  expect(await follower.next()).toMatchObject({ kind: 'revert', to: { number: 4 } })
  expect(await follower.next(100)).toBe('nothing')
})

it('holds final what all of those it follows hold final', async () => {
  await using one = await aFollowed()
  await using other = await aFollowed()
  const settle = ({ store }: Followed, number: number, final: number | null) =>
    store.commit([], [branchLink(number, 0)], branchLink(number, 0), { final, safe: final })
  await settle(one, 5, 4)
  await settle(other, 5, null)
  const follower = await aFollower([one, other])
  expect(await follower.next()).toMatchObject({ links: [{ number: 5 }], settled: { final: null, safe: null } })
  await settle(one, 9, 8)
  await settle(other, 8, 6)
  expect(await follower.next()).toMatchObject({ links: [{ number: 8 }], settled: { final: 6, safe: 6 } })
})

it('waits while those it follows are on different branches', async () => {
  await using one = await aFollowed()
  await using other = await aFollowed()
  const follower = await aFollower([one, other], { branch: () => 1 })
  await one.reach(12, { branch: 1 })
  await other.reach(12, { branch: 0 })
  expect(await follower.next(100)).toBe('nothing')
  await other.back(branchLink(10, 0))
  await follower.until(branchLink(10, 0))
  await other.reach(12, { branch: 1 })
  await follower.until(branchLink(12, 1))
})

it('waits while the node is on another branch than they are', async () => {
  await using one = await aFollowed()
  let branch = 1
  const follower = await aFollower([one], { branch: () => branch, startBlock: 11 })
  await one.reach(12, { branch: 0 })
  expect(await follower.next(100)).toBe('nothing')
  branch = 0
  await follower.until(branchLink(12, 0))
})

it('hears nothing twice and misses nothing where only some blocks were seen', async () => {
  await using one = await aFollowed()
  await one.reach(500, { makes: (number) => number % 90 === 7, isFar: true })
  const follower = await aFollower([one], { startBlock: 50 })
  await follower.until(branchLink(500, 0))
  expect(follower.texts()).toEqual(['97/0', '187/0', '277/0', '367/0', '457/0'])
})

it('ends up with what its sources hold, however they moved', async () => {
  const move = fc.record({ who: fc.nat(1), to: fc.integer({ min: 8, max: 16 }), branch: fc.nat(1), steps: fc.nat(2) })
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 6 }), async (moves) => {
      await using one = await aFollowed()
      await using other = await aFollowed()
      const both = [one, other]
      let nodeBranch = 0
      const follower = await aFollower(both, { branch: () => nodeBranch })
      const go = async (who: Followed, to: number, branch: number) => {
        const at = (await who.store.progress()).block
        if (at !== null && (at.number > to || branchLink(at.number, branch).hash !== at.hash)) {
          await who.back(branchLink(Math.min(10, to, at.number), 0))
        }
        const now = (await who.store.progress()).block?.number ?? -1
        if (now < to) await who.reach(to, { branch })
      }
      for (const { who, to, branch, steps } of moves) {
        nodeBranch = branch
        await go(both[who] ?? one, to, branch)
        for (let i = 0; i < steps; i++) await follower.next(40)
      }
      nodeBranch = 1
      await go(one, 17, 1)
      await go(other, 17, 1)
      await follower.until(branchLink(17, 1))
      const expected = Array.from({ length: 18 }, (_, number) =>
        both.map(({ id }) => `${id}:${number}/${number > 10 ? 1 : 0}`),
      ).flat()
      expect(follower.heard.map(({ id }) => id)).toEqual(expected)
      expect(follower.links.every((link, i) => i === 0 || link.parentHash === follower.links[i - 1]?.hash)).toBe(true)
    }),
    { numRuns: 12 },
  )
})
