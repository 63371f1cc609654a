import type { Block } from '../chain/block.ts'
import { isLive } from '../deployment/data-source.ts'
import type { DataSource } from '../deployment/deployment.ts'
import type { Entity } from '../entity/entity.ts'
import { AmbiguousHandlersError } from '../errors.ts'
import type { EntityTrigger } from './trigger.ts'

/** An entity that another deployment made. */
export interface Arrival {
  /** `Qm…` */
  readonly deployment: string
  readonly type: string
  readonly entity: Entity
}

/** A block with what other deployments made in it; of each deployment, in the order it wrote. */
export interface ComposedBlock extends Block {
  readonly arrivals: readonly Arrival[]
}

/**
 * @returns by data source, in their order; what one of them gets, in the order its deployment wrote it
 * @throws {@link AmbiguousHandlersError} if a data source has two handlers for an entity's type
 */
export function arrivalTriggers(block: Block, sources: readonly DataSource[]): EntityTrigger[] {
  if (!isComposed(block)) return []
  return sources
    .filter((source) => isLive(source, block.header.number))
    .flatMap((source) => block.arrivals.flatMap((arrival) => triggersOf(arrival, source, block)))
}

function isComposed(block: Block): block is ComposedBlock {
  return 'arrivals' in block
}

function triggersOf({ deployment, type, entity }: Arrival, source: DataSource, block: Block): EntityTrigger[] {
  const { entitySource, name } = source.definition
  if (entitySource?.deployment !== deployment) return []
  const matching = entitySource.handlers.filter((one) => one.entity === type)
  const [first] = matching
  if (first === undefined) return []
  if (matching.length > 1) throw new AmbiguousHandlersError(name, type)
  return [{ kind: 'entity', source, handler: first.handler, block, entity }]
}
