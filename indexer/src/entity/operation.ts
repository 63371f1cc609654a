import { type Entity, mergeEntity } from './entity.ts'

/** What a mapping did to one entity, as far as it is known without looking at the store. */
export type Operation =
  /** Lay `data` over what is there, or take it alone where nothing is. Nulls clear. `order`: number of the last write. */
  | { readonly kind: 'patch'; readonly data: Entity; readonly order: number }
  /** Removed and written again: what was stored does not shine through. */
  | { readonly kind: 'overwrite'; readonly data: Entity; readonly order: number }
  | { readonly kind: 'remove' }

/** Folds a later operation into an earlier one, such that applying the result equals applying both. */
export function accumulate(earlier: Operation | undefined, later: Operation): Operation {
  if (earlier === undefined || later.kind !== 'patch') return later
  switch (earlier.kind) {
    case 'remove':
      return { kind: 'overwrite', data: later.data, order: later.order }
    case 'patch':
    case 'overwrite':
      // Nulls stay: what they clear may lie further down.
      return { kind: earlier.kind, data: new Map([...earlier.data, ...later.data]), order: later.order }
  }
}

/** @returns the entity afterwards, null if there is none. Where nothing lies below, Nulls stay: mappings see them, as in graph-node */
export function applyOperation(operation: Operation | undefined, before: Entity | null): Entity | null {
  if (operation === undefined) return before
  switch (operation.kind) {
    case 'remove':
      return null
    case 'overwrite':
      return operation.data
    case 'patch':
      return before === null ? operation.data : mergeEntity(before, operation.data)
  }
}
