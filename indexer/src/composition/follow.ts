import type { Rpc } from '../chain/rpc.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { InvalidDeploymentError } from '../errors.ts'
import { type Followed, type Following, findBuild, findLinks, indexFollowed, readFollowing } from '../store/arrivals.ts'
import { followProblems } from '../store/follow-rules.ts'
import type { Postgres } from '../store/postgres.ts'
import type { Store } from '../store/store.ts'
import { ComposedStream } from './stream.ts'

export interface FollowRooms {
  readonly deployment: Deployment
  readonly store: Pick<Store, 'ancestors'>
  readonly postgres: Postgres
  readonly rpc: Rpc
  readonly pollMs?: number
}

/** Whether a deployment follows others instead of the chain. */
export function isComposed({ dataSources }: Deployment): boolean {
  return dataSources.some(({ entitySource }) => entitySource !== undefined)
}

/**
 * The stream of a deployment that follows others of the same database.
 * @returns it throws {@link InvalidDeploymentError} once one of them is there and cannot be followed
 */
export function followDeployments({ deployment, store, postgres, rpc, pollMs }: FollowRooms): ComposedStream {
  const followed = followedBy(deployment)
  const known = new Set<string>()
  const meet = async (found: readonly Following[]) => {
    const fresh = followed.filter(({ id }) => !known.has(id) && found.some((one) => one.id === id && one.progress))
    await indexFollowed(postgres, fresh)
    for (const { id } of fresh) known.add(id)
  }
  return new ComposedStream({
    rpc,
    read: async (from, mostBlocks) => {
      // One that is deployed later may turn out to be none that can be followed.
      if (known.size < followed.length) await requireFollowable(deployment, postgres)
      const found = await readFollowing(postgres, followed, from, mostBlocks)
      await meet(found.all)
      return found
    },
    linksAt: (numbers) => Promise.all(followed.map(({ id }) => findLinks(postgres, id, numbers))),
    ancestors: (below) => store.ancestors(below),
    ...(pollMs === undefined ? {} : { pollMs }),
  })
}

async function requireFollowable(deployment: Deployment, postgres: Postgres): Promise<void> {
  const problems = await followProblems(deployment, (id) => findBuild(postgres, id))
  if (problems.length > 0) throw new InvalidDeploymentError(deployment.id, problems)
}

function followedBy({ dataSources }: Deployment): Followed[] {
  return dataSources.flatMap(({ entitySource }) =>
    entitySource === undefined
      ? []
      : [{ id: entitySource.deployment, types: [...new Set(entitySource.handlers.map(({ entity }) => entity))] }],
  )
}
