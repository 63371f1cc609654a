import type { BlockLink } from '../chain/block.ts'
import type { EntityType, Field, Schema } from '../deployment/schema.ts'
import { MappingError, StoreRuleError } from '../errors.ts'
import type { Change } from './change.ts'
import { type Entity, type EntityKey, entitiesEqual, withoutNulls } from './entity.ts'
import { autoId, canonicalId, describeId, generateId, idProblem, idText, idValue } from './ids.ts'
import { estimateBytes, KnownEntities, type KnownLimits } from './known.ts'
import { accumulate, applyOperation, type Operation } from './operation.ts'
import { findProblem } from './validate.ts'
import { describeKind, type Value, valuesEqual } from './value.ts'

/** What the cache asks when it does not know. Both answer at once or throw; when they throw, the cache is as it was. */
export interface EntitySource {
  load(key: EntityKey): Entity | null
  /** Stored entities of the types behind a derived field that refer to `id`; `type` and `field` as the mapping names them. */
  loadRelated(question: RelatedQuestion): readonly Entity[]
}

export interface RelatedQuestion {
  readonly type: string
  readonly id: string
  readonly field: string
}

/**
 * What mappings read and write: one entity at a time, always seeing their own writes.
 *
 *     handler    what the running handler did; dropped if it fails
 *     block      what earlier handlers of the block did; becomes changes at its end
 *     known      what the store holds, or will once pending commits are through (known.ts)
 *     source     asked for the rest
 *
 * The upper two hold operations, not entities: setting an entity that was never loaded is a patch, and loading what it
 * patches waits until somebody needs to know.
 * @see graphprotocol/graph-node graph/src/components/store/entity_cache.rs
 */
export class EntityCache {
  readonly #schema: Schema
  readonly #source: EntitySource
  readonly #known: KnownEntities
  readonly #fieldNames = new Map<string, ReadonlySet<string>>()
  readonly #block: Layer = new Map()
  readonly #handler: Layer = new Map()
  readonly #maxBlockBytes: number
  #link: BlockLink | null = null
  /** Numbers of the next generated id and of the next write; both count through the block. */
  #counters: Counters = { id: 0, write: 0, bytes: 0 }
  #countersBefore: Counters = { id: 0, write: 0, bytes: 0 }

  constructor(schema: Schema, source: EntitySource, limits?: KnownLimits) {
    this.#schema = schema
    this.#source = source
    this.#known = new KnownEntities(limits)
    this.#maxBlockBytes = limits?.maxBlockBytes ?? 4_000_000_000
  }

  beginBlock(link: BlockLink): void {
    this.#link = link
    this.#block.clear()
    this.#handler.clear()
    this.#counters = { id: 0, write: 0, bytes: 0 }
    this.#known.beginBlock()
  }

  beginHandler(): void {
    this.#handler.clear()
    this.#countersBefore = { ...this.#counters }
  }

  /** The handler is done: what it did now belongs to the block. */
  keepHandler(): void {
    for (const [type, operations] of this.#handler) {
      const below = layerOf(this.#block, type)
      for (const [id, operation] of operations) below.set(id, accumulate(below.get(id), operation))
    }
    this.#handler.clear()
  }

  /**
   * Forgets what the handler did.
   * @param reason - `suspended`: it will run again, and must be given the same ids again. `failed`: the ids it took stay taken
   */
  dropHandler(reason: 'suspended' | 'failed' = 'suspended'): void {
    this.#handler.clear()
    if (reason === 'suspended') this.#counters = { ...this.#countersBefore }
  }

  /**
   * @returns the entity as the running handler sees it, or null
   * @throws {@link StoreRuleError} if the type is no entity type; whatever the source throws when it has to be asked
   */
  get(type: string, id: string): Entity | null {
    return this.#current(type, this.#parseId(this.#readable(type), id))
  }

  /** @returns only what this block wrote: of a patched entity only the patch, null if untouched or removed */
  getInBlock(type: string, id: string): Entity | null {
    const canonical = this.#parseId(this.#readable(type), id)
    const inBlock = applyOperation(this.#block.get(type)?.get(canonical), null)
    return applyOperation(this.#handler.get(type)?.get(canonical), inBlock)
  }

  /**
   * Lays the block's changes over what the store knows of a derived field.
   * @param type - the type with the derived field
   * @returns by id, each as the running handler sees it; but of one that was no child before the block only what the block wrote, as
   * from graph-node
   * @throws {@link StoreRuleError} if the field is not derived
   */
  loadRelated(type: string, id: string, field: string): Entity[] {
    const { parentId, base, baseField } = this.#relation(type, id, field)
    const stored = this.#source.loadRelated({ type, id: idText(parentId) ?? id, field })
    const isChild = (entity: Entity) => refersTo(entity.get(baseField.name), parentId)
    const before = this.#rememberAll(base.name, stored)
    return [...this.#candidates(base.name, before)].sort(byId(base)).flatMap((candidate) => {
      const [below, above] = [this.#block, this.#handler].map((layer) => layer.get(base.name)?.get(candidate))
      const old = before.has(candidate) ? this.#stored(base.name, candidate) : null
      const entity = applyOperation(above, applyOperation(below, old !== null && isChild(old) ? old : null))
      return entity !== null && isChild(entity) ? [entity] : []
    })
  }

  /**
   * Writes an entity. Fields that are absent keep what they had, a Null clears.
   * @param data - by field name; need not hold the id
   * @param options - `apiVersion` of the data source: from 0.0.8 on, unknown fields are an error, before they were dropped
   * @returns the id, which for `auto` was made just now
   * @throws {@link MappingError} or {@link StoreRuleError} in graph-node's words; whatever the source throws
   */
  set(type: string, id: string, data: Entity, { apiVersion }: { apiVersion: string }): string {
    const entityType = this.#writable(type)
    const { id: canonical, entity } = this.#complete(entityType, id, this.#knownFields(entityType, data, apiVersion))
    const patch: Operation = { kind: 'patch', data: entity, order: this.#counters.write }
    if (findProblem(entityType, canonical, entity) !== null) {
      // Not whole by itself; it may be a patch of something that is.
      const merged = applyOperation(patch, this.#current(type, canonical)) ?? entity
      const problem = findProblem(entityType, canonical, merged)
      if (problem !== null) throw new StoreRuleError(problem)
    }
    const bytes = this.#counters.bytes + estimateBytes(entity)
    if (bytes > this.#maxBlockBytes && !this.#known.has(type, canonical)) {
      throw new MappingError(`exceeded block write limit when writing entity \`${canonical}\``)
    }
    this.#counters.bytes = bytes
    this.#counters.write += 1
    if (isGenerated(entityType, id)) this.#counters.id += 1
    this.#record(type, canonical, patch)
    return canonical
  }

  /** Removes an entity, or does nothing if there is none. */
  remove(type: string, id: string): void {
    const entityType = this.#writable(type, 'remove')
    this.#record(type, this.#parseId(entityType, id), { kind: 'remove' })
  }

  /** @returns keys that {@link endBlock} will ask the source for: load them together and {@link remember} them before */
  unknownKeys(): EntityKey[] {
    const keys: EntityKey[] = []
    for (const [type, operations] of this.#block) {
      for (const [id, operation] of operations) {
        if (this.#mustLoad(type, operation) && !this.#known.has(type, id)) keys.push({ type, id })
      }
    }
    return keys
  }

  /**
   * Folds the block into one change for each entity that is now different, in order of last writes. The changes count as
   * stored from here on.
   * @throws whatever the source throws; call again once it has the answer
   */
  endBlock(): Change[] {
    const link = this.#link
    if (link === null) throw new StoreRuleError('no block was begun')
    const outcomes = [...this.#block].flatMap(([type, operations]) =>
      [...operations].map(([id, operation]) => this.#outcome(type, id, operation)),
    )
    const changes: Change[] = []
    for (const { type, id, after, change } of outcomes.sort((a, b) => a.order - b.order)) {
      if (change === null) continue
      changes.push(change)
      this.#known.setPending(type, id, after, link.number)
    }
    this.#known.endBlock()
    this.#block.clear()
    this.#link = null
    return changes
  }

  /**
   * Takes an answer of the store. It is ignored where the cache knows better: an entity with changes under way.
   * Answers must have been asked for after the block before the current one was ended.
   */
  remember({ type, id }: EntityKey, entity: Entity | null): void {
    this.#known.remember(type, id, entity)
  }

  /** Whether {@link get} will not have to ask. */
  has({ type, id }: EntityKey): boolean {
    return this.#known.has(type, id)
  }

  /**
   * Changes up to this block are in the database, so their entities may be forgotten and asked for again. Takes effect when the
   * next block begins: answers that handlers of the current one got may be older than the commit.
   * @param upTo - number of the last committed block; without it, all that ended
   */
  committed(upTo?: number): void {
    this.#known.committed(upTo ?? Number.POSITIVE_INFINITY)
    if (this.#link === null) this.#known.beginBlock()
  }

  /** Forgets everything, as after a revert. */
  clear(): void {
    this.#link = null
    this.#block.clear()
    this.#handler.clear()
    this.#known.clear()
  }

  #current(type: string, id: string): Entity | null {
    const below = this.#block.get(type)?.get(id)
    const above = this.#handler.get(type)?.get(id)
    if (above === undefined && below === undefined) return this.#stored(type, id)
    const needsStored = (above ?? below)?.kind === 'patch' && (below === undefined || below.kind === 'patch')
    const inBlock = applyOperation(below, needsStored ? this.#stored(type, id) : null)
    return applyOperation(above, inBlock)
  }

  #stored(type: string, id: string): Entity | null {
    const known = this.#known.get(type, id)
    if (known !== undefined) return known
    const loaded = this.#source.load({ type, id })
    this.#known.remember(type, id, loaded)
    return loaded
  }

  #record(type: string, id: string, operation: Operation): void {
    const operations = layerOf(this.#handler, type)
    operations.set(id, accumulate(operations.get(id), operation))
  }

  #outcome(type: string, id: string, operation: Operation): Outcome {
    const before = this.#mustLoad(type, operation) ? this.#stored(type, id) : (this.#known.get(type, id) ?? null)
    const applied = applyOperation(operation, before)
    const order = operation.kind === 'remove' ? -1 : operation.order
    return {
      type,
      id,
      after: applied && withoutNulls(applied),
      order,
      change: changeBetween(type, id, before, applied, order),
    }
  }

  /** Immutable entities are taken for new ones; where that is wrong, the database's unique index says so. */
  #mustLoad(type: string, operation: Operation): boolean {
    return operation.kind === 'remove' || this.#schema.entities.get(type)?.isImmutable !== true
  }

  /** @returns ids of these, and of those that will be stored when pending commits are through */
  #rememberAll(type: string, stored: readonly Entity[]): Set<string> {
    const ids = new Set(this.#known.pendingIds(type))
    for (const entity of stored) {
      const value = entity.get('id')
      const id = value === undefined ? null : idText(value)
      if (id === null) continue
      ids.add(id)
      this.#known.remember(type, id, entity)
    }
    return ids
  }

  #candidates(type: string, before: ReadonlySet<string>): Set<string> {
    return new Set([
      ...before,
      ...[this.#block, this.#handler].flatMap((layer) => [...(layer.get(type)?.keys() ?? [])]),
    ])
  }

  #relation(type: string, id: string, fieldName: string): Relation {
    const owner = this.#named(type)
    if (owner === null) throw new StoreRuleError(`Entity ${type}[${id}]: unknown entity type \`${fieldName}\``)
    const field = owner.fields.find(({ name }) => name === fieldName)
    if (field === undefined) throw new StoreRuleError(`Entity ${type}[${id}]: unknown field \`${fieldName}\``)
    if (field.derivedFrom === undefined) {
      throw new StoreRuleError(`Entity ${type}[${id}]: field is not derived \`${fieldName}\``)
    }
    const base = this.#readable(field.type.name)
    const baseField = base.fields.find(({ name }) => name === field.derivedFrom)
    if (baseField === undefined) throw new MappingError(`${base.name} has no field \`${field.derivedFrom}\``)
    return { parentId: idValue(owner.idType, this.#parseId(owner, id)), base, baseField }
  }

  #readable(type: string): EntityType {
    const found = this.#named(type)
    if (found === null)
      throw new StoreRuleError(`Cannot get entity of type \`${type}\`. The type must be an @entity type`)
    return found
  }

  #writable(type: string, verb: 'set' | 'remove' = 'set'): EntityType {
    const found = this.#named(type)
    if (found === null)
      throw new MappingError(`Cannot ${verb} entity of type \`${type}\`. The type must be an @entity type`)
    return found
  }

  /** @returns null for an interface or an aggregation */
  #named(type: string): EntityType | null {
    const found = this.#schema.entities.get(type)
    if (found !== undefined) return found
    if (this.#schema.interfaces.has(type) || this.#schema.aggregations.has(type)) return null
    throw new StoreRuleError(`internal error: unknown name ${type} when looking up entity type`)
  }

  #parseId(type: EntityType, id: string): string {
    const canonical = canonicalId(type.idType, id)
    if (canonical === null) throw new StoreRuleError(idProblem(type.idType, id))
    return canonical
  }

  #knownFields(type: EntityType, data: Entity, apiVersion: string): Entity {
    const names = this.#namesOf(type)
    let unknown: string[] | null = null
    for (const name of data.keys()) {
      if (!names.has(name)) unknown = [...(unknown ?? []), name]
    }
    if (unknown === null) return data
    if (refusesUnknownFields(apiVersion)) {
      throw new MappingError(
        `Attempted to set undefined fields [${unknown.sort().join(', ')}] for the entity type \`${type.name}\`. ` +
          'Make sure those fields are defined in the schema.',
      )
    }
    return new Map([...data].filter(([name]) => names.has(name)))
  }

  /** Fills in the id, and what a timeseries gets from its block. */
  #complete(type: EntityType, asked: string, data: Entity): { id: string; entity: Entity } {
    const block = this.#link
    if (block === null) throw new StoreRuleError('no block was begun')
    const isMade = isGenerated(type, asked)
    const id = isMade ? generateId(type.idType, block.number, this.#counters.id) : this.#parseId(type, asked)
    const value = idValue(type.idType, id)
    const given = data.get('id')
    if (!type.isTimeseries && !isMade && given !== undefined) {
      requireSameId(type, given, value)
      return { id, entity: data }
    }
    const entity = new Map(data).set('id', value)
    if (type.isTimeseries) entity.set('timestamp', { kind: 'Timestamp', value: BigInt(block.timestamp) * 1_000_000n })
    return { id, entity }
  }

  #namesOf(type: EntityType): ReadonlySet<string> {
    const known = this.#fieldNames.get(type.name)
    if (known !== undefined) return known
    const names = new Set(type.fields.map(({ name }) => name))
    this.#fieldNames.set(type.name, names)
    return names
  }
}

type Layer = Map<string, Map<string, Operation>>

interface Counters {
  id: number
  write: number
  /** Written so far, about. */
  bytes: number
}

interface Outcome {
  readonly type: string
  readonly id: string
  readonly after: Entity | null
  readonly order: number
  readonly change: Change | null
}

interface Relation {
  readonly parentId: Value
  readonly base: EntityType
  readonly baseField: Field
}

function layerOf(layer: Layer, type: string): Map<string, Operation> {
  const found = layer.get(type)
  if (found !== undefined) return found
  const made = new Map<string, Operation>()
  layer.set(type, made)
  return made
}

function changeBetween(
  type: string,
  id: string,
  before: Entity | null,
  after: Entity | null,
  order: number,
): Change | null {
  if (after === null) return before === null ? null : { kind: 'remove', type, id }
  const entity = withoutNulls(after)
  if (before === null) return { kind: 'insert', type, id, entity, order }
  // A Null that was written after a removal makes a version, even where there was nothing before: as in graph-node.
  return entitiesEqual(before, after) ? null : { kind: 'overwrite', type, id, entity, order }
}

function byId({ idType }: EntityType): (a: string, b: string) => number {
  if (idType === 'Int8') return (a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)
  return (a, b) => (a < b ? -1 : 1)
}

function isGenerated(type: EntityType, id: string): boolean {
  return type.isTimeseries || id === autoId
}

function requireSameId(type: EntityType, given: Value, asked: Value): void {
  if (valuesEqual(given, asked)) return
  if (given.kind !== asked.kind) {
    throw new StoreRuleError(
      `Attribute \`${type.name}.id\` has wrong type: expected ${asked.kind} but got ${describeKind(given)}`,
    )
  }
  throw new StoreRuleError(
    `Value of ${type.name} attribute 'id' conflicts with ID passed to \`store.set()\`: ${describeId(given, 'value')} != ${describeId(asked, 'key')}`,
  )
}

function refersTo(reference: Value | undefined, id: Value): boolean {
  if (reference === undefined) return false
  return reference.kind === 'List' ? reference.value.some((each) => valuesEqual(each, id)) : valuesEqual(reference, id)
}

/** `0.0.8` and later. */
function refusesUnknownFields(apiVersion: string): boolean {
  const [major = 0, minor = 0, patch = 0] = apiVersion.split('.').map(Number)
  return major > 0 || minor > 0 || patch >= 8
}
