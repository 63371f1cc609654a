import { type Value, valuesEqual } from './value.ts'

/** Field values by name, the `id` among them; a field without value is absent. Only what a block has created may hold Nulls, until it ends. */
export type Entity = ReadonlyMap<string, Value>

/** `id` in its text form: `0x…` for Bytes ids, decimal for Int8. */
export interface EntityKey {
  readonly type: string
  readonly id: string
}

/** A key as one string. Type names hold no slash, so no two keys share one. */
export function keyText(type: string, id: string): string {
  return `${type}/${id}`
}

export function entitiesEqual(a: Entity, b: Entity): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [name, value] of a) {
    const other = b.get(name)
    if (other === undefined || !valuesEqual(value, other)) return false
  }
  return true
}

/** Lays a patch over an entity: fields of the patch win, a Null removes its field. */
export function mergeEntity(base: Entity, patch: Entity): Entity {
  const merged = new Map(base)
  for (const [name, value] of patch) {
    if (value.kind === 'Null') merged.delete(name)
    else merged.set(name, value)
  }
  return merged
}

/** The patch on its own: what it leaves when nothing was there. */
export function withoutNulls(patch: Entity): Entity {
  for (const value of patch.values()) {
    if (value.kind === 'Null') return mergeEntity(new Map(), patch)
  }
  return patch
}
