import type { EntityType, Schema } from '../src/deployment/schema.ts'
import type { RelatedQuestion } from '../src/entity/cache.ts'
import type { Change } from '../src/entity/change.ts'
import type { Entity, EntityKey } from '../src/entity/entity.ts'
import { idText } from '../src/entity/ids.ts'
import type { Value } from '../src/entity/value.ts'
import { KitError } from './kit-error.ts'

/** The newest version of every entity. */
export class MemoryStore {
  readonly #schema: Schema
  readonly #entities = new Map<string, Map<string, Entity>>()
  /** What handlers of files wrote: no handler of the chain sees it. */
  readonly #ofFiles = new Set<Entity>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  get(type: string, id: string): Entity | null {
    const byId = this.#of(this.typeOf(type).name)
    return byId.get(id) ?? byId.get(id.toLowerCase()) ?? null
  }

  /** By id. */
  all(type: string): Entity[] {
    const byId = [...this.#of(this.typeOf(type).name)]
    return byId.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entity]) => entity)
  }

  entities(keys: readonly EntityKey[]): (Entity | null)[] {
    return keys.map(({ type, id }) => {
      const found = this.#of(type).get(id) ?? null
      return found !== null && this.#ofFiles.has(found) ? null : found
    })
  }

  /** As handlers of the chain see it. */
  relatedOnChain(question: RelatedQuestion): Entity[] {
    return this.related(question).filter((entity) => !this.#ofFiles.has(entity))
  }

  related({ type, id, field }: RelatedQuestion): Entity[] {
    const { derivedFrom, type: target } = this.#derivedField(type, field)
    const names = this.#schema.interfaces.get(target.name)?.implementations ?? [target.name]
    return names.flatMap((name) => this.all(name)).filter((entity) => refersTo(entity.get(derivedFrom), id))
  }

  write(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'remove') this.#of(change.type).delete(change.id)
      else this.#of(change.type).set(change.id, change.entity)
      if (change.kind !== 'remove' && change.region !== undefined) this.#ofFiles.add(change.entity)
    }
  }

  /** @throws {@link KitError} if the schema has no such type */
  typeOf(name: string): EntityType {
    const found = this.#schema.entities.get(name)
    if (found) return found
    throw new KitError(`The schema has no entity ${name}. It has: ${[...this.#schema.entities.keys()].join(', ')}.`)
  }

  /** The type that a derived field holds. */
  derivedType(type: string, field: string): EntityType {
    return this.typeOf(this.#derivedField(type, field).type.name)
  }

  #derivedField(type: string, name: string) {
    const owner = this.#schema.interfaces.get(type) ?? this.typeOf(type)
    const field = owner.fields.find((each) => each.name === name)
    if (field?.derivedFrom !== undefined) return { ...field, derivedFrom: field.derivedFrom }
    throw new KitError(`${type} has no derived field ${name}.`)
  }

  #of(type: string): Map<string, Entity> {
    const found = this.#entities.get(type) ?? new Map<string, Entity>()
    this.#entities.set(type, found)
    return found
  }
}

function refersTo(value: Value | undefined, id: string): boolean {
  if (value === undefined) return false
  return value.kind === 'List' ? value.value.some((each) => idText(each) === id) : idText(value) === id
}
