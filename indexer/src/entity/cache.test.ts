import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockLink } from '../chain/block.ts'
import { parseSchema } from '../deployment/schema.ts'
import { EntityCache, type RelatedQuestion } from './cache.ts'
import type { Change } from './change.ts'
import { type Entity, type EntityKey, keyText } from './entity.ts'
import type { Value } from './value.ts'

const schema = parseSchema(`
  type Owner @entity(immutable: false) { id: ID!  name: String  things: [Thing!]! @derivedFrom(field: "owner") }
  type Thing @entity(immutable: false) { id: ID!  a: Int  b: String  owner: Owner }
  type Strict @entity(immutable: false) { id: ID!  size: Int!  tags: [String!]  amount: BigInt }
  type Note @entity(immutable: true) { id: Bytes!  text: String! }
  type Numbered @entity(immutable: true) { id: Int8!  text: String! }
  type Sample @entity(timeseries: true) { id: Int8!  timestamp: Timestamp!  price: BigDecimal! }
`)
const apiVersion = '0.0.9'

const string = (value: string): Value => ({ kind: 'String', value })
const int = (value: number): Value => ({ kind: 'Int', value })
const none: Value = { kind: 'Null' }
const fields = (values: Record<string, Value>): Entity => new Map(Object.entries(values))

function aLink(number: number): BlockLink {
  return { number, hash: `0x${number}`, parentHash: `0x${number - 1}`, timestamp: 1_700_000_000 + number }
}

/** A cache over a map that stands for the database, with block 1 begun. */
function aCache(stored: Record<string, Entity> = {}) {
  const asked: string[] = []
  const cache = new EntityCache(schema, {
    load: ({ type, id }) => {
      asked.push(keyText(type, id))
      return stored[keyText(type, id)] ?? null
    },
    loadRelated: ({ id }) =>
      Object.entries(stored)
        .filter(([key, entity]) => key.startsWith('Thing/') && plain(entity, 'owner') === id)
        .map(([, entity]) => entity),
  })
  cache.beginBlock(aLink(1))
  cache.beginHandler()
  return { cache, asked }
}

function plain(entity: Entity | null, field: string): unknown {
  const value = entity?.get(field)
  return value === undefined || value.kind === 'Null' ? undefined : value.value
}

describe('reading', () => {
  it('sees what the running handler, earlier handlers and earlier blocks wrote', () => {
    const { cache, asked } = aCache()
    cache.set('Thing', 'x', fields({ a: int(1) }), { apiVersion })
    expect(plain(cache.get('Thing', 'x'), 'a')).toBe(1)
    cache.keepHandler()
    cache.beginHandler()
    expect(plain(cache.get('Thing', 'x'), 'a')).toBe(1)
    cache.endBlock()
    cache.beginBlock(aLink(2))
    expect(plain(cache.get('Thing', 'x'), 'a')).toBe(1)
    expect(asked).toEqual(['Thing/x'])
  })

  it('gives from the block only what the block wrote', () => {
    const { cache } = aCache({ 'Thing/x': fields({ id: string('x'), a: int(1), b: string('old') }) })
    expect(cache.getInBlock('Thing', 'x')).toBeNull()
    cache.set('Thing', 'x', fields({ a: int(2) }), { apiVersion })
    expect(cache.getInBlock('Thing', 'x')).toEqual(fields({ id: string('x'), a: int(2) }))
    cache.remove('Thing', 'x')
    expect(cache.getInBlock('Thing', 'x')).toBeNull()
  })

  it('refuses types that are no entities', () => {
    const { cache } = aCache()
    expect(() => cache.get('Nope', 'x')).toThrow('internal error: unknown name Nope when looking up entity type')
  })

  it('knows Bytes ids in one spelling', () => {
    const { cache } = aCache()
    cache.set('Note', '0xAB', fields({ text: string('t') }), { apiVersion })
    expect(plain(cache.get('Note', 'ab'), 'id')).toBe('0xab')
  })
})

describe('folding', () => {
  it('starts from nothing after a removal, also within one block', () => {
    const { cache } = aCache({ 'Thing/x': fields({ id: string('x'), a: int(1), b: string('old') }) })
    cache.remove('Thing', 'x')
    cache.keepHandler()
    cache.beginHandler()
    cache.set('Thing', 'x', fields({ a: int(2) }), { apiVersion })
    cache.keepHandler()
    expect(cache.endBlock()).toEqual([
      { kind: 'overwrite', type: 'Thing', id: 'x', entity: fields({ id: string('x'), a: int(2) }), order: 0 },
    ])
  })

  it('yields nothing for what was made and removed, or written back unchanged', () => {
    const { cache } = aCache({ 'Thing/x': fields({ id: string('x'), a: int(1) }) })
    cache.set('Thing', 'new', fields({ a: int(2) }), { apiVersion })
    cache.remove('Thing', 'new')
    cache.set('Thing', 'x', fields({ a: int(2) }), { apiVersion })
    cache.set('Thing', 'x', fields({ a: int(1) }), { apiVersion })
    cache.keepHandler()
    expect(cache.endBlock()).toEqual([])
  })

  it('makes a version of what was removed and written again with a Null', () => {
    const { cache } = aCache({ 'Thing/x': fields({ id: string('x'), a: int(1) }) })
    const again = (data: Entity) => {
      cache.remove('Thing', 'x')
      cache.set('Thing', 'x', data, { apiVersion })
      cache.keepHandler()
      return cache.endBlock()
    }
    expect(again(fields({ a: int(1) }))).toEqual([])
    cache.beginBlock(aLink(2))
    cache.beginHandler()
    const [change] = again(fields({ a: int(1), b: none }))
    expect(change).toMatchObject({ kind: 'overwrite', entity: fields({ id: string('x'), a: int(1) }) })
  })

  it('clears a field that is set to Null', () => {
    const { cache } = aCache({ 'Thing/x': fields({ id: string('x'), a: int(1), b: string('old') }) })
    cache.set('Thing', 'x', fields({ b: none }), { apiVersion })
    cache.keepHandler()
    expect(cache.endBlock()).toMatchObject([{ kind: 'overwrite', entity: fields({ id: string('x'), a: int(1) }) }])
  })

  it('orders changes by their last write', () => {
    const { cache } = aCache()
    for (const id of ['x', 'y', 'x']) cache.set('Thing', id, fields({ a: int(1) }), { apiVersion })
    cache.keepHandler()
    expect(cache.endBlock().map(({ id }) => id)).toEqual(['y', 'x'])
  })

  it('takes an immutable entity for a new one without asking, twice in a block for one', () => {
    const { cache, asked } = aCache()
    cache.set('Note', '0x01', fields({ text: string('a') }), { apiVersion })
    cache.set('Note', '0x01', fields({ text: string('b') }), { apiVersion })
    cache.keepHandler()
    expect(cache.unknownKeys()).toEqual([])
    expect(cache.endBlock()).toMatchObject([{ kind: 'insert', id: '0x01' }])
    expect(asked).toEqual([])
  })

  it('lists what the end of the block has to know', () => {
    const { cache } = aCache()
    cache.set('Thing', 'x', fields({ a: int(1) }), { apiVersion })
    cache.keepHandler()
    expect(cache.unknownKeys()).toEqual([{ type: 'Thing', id: 'x' }])
  })
})

describe('failing handlers', () => {
  it('drop only their own writes', () => {
    const { cache } = aCache()
    cache.set('Thing', 'x', fields({ a: int(1) }), { apiVersion })
    cache.keepHandler()
    cache.beginHandler()
    cache.set('Thing', 'x', fields({ a: int(2) }), { apiVersion })
    cache.dropHandler()
    expect(cache.endBlock()).toMatchObject([{ entity: fields({ id: string('x'), a: int(1) }) }])
  })

  it('are given the same ids when they run again, and leave a gap when they failed', () => {
    const { cache } = aCache()
    const note = fields({ text: string('t') })
    expect(cache.set('Note', 'auto', note, { apiVersion })).toBe('0x0000000100000000')
    cache.dropHandler('suspended')
    cache.beginHandler()
    expect(cache.set('Note', 'auto', note, { apiVersion })).toBe('0x0000000100000000')
    cache.dropHandler('failed')
    cache.beginHandler()
    expect(cache.set('Numbered', 'auto', note, { apiVersion })).toBe(String((1n << 32n) + 1n))
  })
})

describe('writing', () => {
  it('gives a timeseries its id and the time of its block', () => {
    const { cache } = aCache()
    const price: Value = { kind: 'BigDecimal', value: { digits: 1n, scale: 0 } }
    const id = cache.set('Sample', 'auto', fields({ price, timestamp: { kind: 'Timestamp', value: 5n } }), {
      apiVersion,
    })
    expect(cache.get('Sample', id)?.get('timestamp')).toEqual({ kind: 'Timestamp', value: 1_700_000_001_000_000n })
    expect(cache.get('Sample', id)?.get('id')).toEqual({ kind: 'Int8', value: 1n << 32n })
  })

  it.each<[string, Entity, string]>([
    ['Strict', fields({}), 'Entity Strict[x]: missing value for non-nullable field `size`'],
    [
      'Strict',
      fields({ size: string('big') }),
      'Entity Strict[x]: the value `big` for field `size` must have type Int! but has type String',
    ],
    [
      'Strict',
      fields({ size: int(1), tags: { kind: 'List', value: [string('a'), int(2)] } }),
      'Entity Strict[x]: field `tags` is of type [String!], but the value `[a, 2]` contains a Int at index 1',
    ],
    [
      'Strict',
      fields({ size: int(1), amount: int(3) }),
      'Entity Strict[x]: the value `3` for field `amount` must have type BigInt but has type Int',
    ],
    [
      'Owner',
      fields({ things: { kind: 'List', value: [] } }),
      'Entity Owner[x]: field `things` is derived and cannot be set',
    ],
    [
      'Thing',
      fields({ id: string('y') }),
      'Value of Thing attribute \'id\' conflicts with ID passed to `store.set()`: String("y") != String(Word("x"))',
    ],
    ['Thing', fields({ id: int(1) }), 'Attribute `Thing.id` has wrong type: expected String but got Int'],
    [
      'Thing',
      fields({ nope: int(1), also: int(2) }),
      'Attempted to set undefined fields [also, nope] for the entity type `Thing`. Make sure those fields are defined in the schema.',
    ],
  ])('refuses a %s that breaks its schema: %#', (type, data, message) => {
    const { cache } = aCache()
    expect(() => cache.set(type, 'x', data, { apiVersion })).toThrow(message)
    cache.keepHandler()
    expect(cache.endBlock()).toEqual([])
  })

  it('lets a patch pass when what it patches makes it whole', () => {
    const { cache } = aCache({ 'Strict/x': fields({ id: string('x'), size: int(1) }) })
    cache.set('Strict', 'x', fields({ amount: { kind: 'BigInt', value: 3n } }), { apiVersion })
    cache.keepHandler()
    expect(plain(cache.get('Strict', 'x'), 'size')).toBe(1)
  })

  it('is bounded for each block, as is what a handler that runs again has written', () => {
    const nothing = { load: () => null, loadRelated: () => [] }
    const cache = new EntityCache(schema, nothing, { maxEntities: 10, maxBytes: 10_000, maxBlockBytes: 500 })
    const write = (id: string) => cache.set('Thing', id, fields({ a: int(1) }), { apiVersion })
    for (const number of [1, 2]) {
      cache.beginBlock(aLink(number))
      for (const _ of [1, 2]) {
        cache.beginHandler()
        write('x')
        cache.dropHandler('suspended')
      }
      cache.beginHandler()
      write('x')
      expect(() => write('y')).toThrow('exceeded block write limit when writing entity `y`')
      cache.dropHandler('failed')
      cache.endBlock()
    }
  })

  it('drops unknown fields for old mappings', () => {
    const { cache } = aCache()
    cache.set('Thing', 'x', fields({ nope: int(1), a: int(2) }), { apiVersion: '0.0.7' })
    expect(cache.get('Thing', 'x')).toEqual(fields({ id: string('x'), a: int(2) }))
  })
})

describe('related entities', () => {
  const thing = (id: string, owner: string) => fields({ id: string(id), owner: string(owner) })

  it('are those of the store and of the block, minus what moved away or went', () => {
    const { cache } = aCache({
      'Thing/stays': thing('stays', 'me'),
      'Thing/moves': thing('moves', 'me'),
      'Thing/goes': thing('goes', 'me'),
      'Thing/comes': thing('comes', 'you'),
    })
    cache.set('Thing', 'moves', fields({ owner: string('you') }), { apiVersion })
    cache.set('Thing', 'comes', fields({ owner: string('me') }), { apiVersion })
    cache.keepHandler()
    cache.beginHandler()
    cache.remove('Thing', 'goes')
    cache.set('Thing', 'made', fields({ owner: string('me') }), { apiVersion })
    expect(cache.loadRelated('Owner', 'me', 'things').map((entity) => plain(entity, 'id'))).toEqual([
      'comes',
      'made',
      'stays',
    ])
  })

  it('show only what the block wrote of those that were others’ before', () => {
    const { cache } = aCache({ 'Thing/comes': thing('comes', 'you') })
    cache.set('Thing', 'comes', fields({ a: none }), { apiVersion })
    cache.keepHandler()
    cache.beginHandler()
    cache.set('Thing', 'comes', fields({ owner: string('me') }), { apiVersion })
    const [found] = cache.loadRelated('Owner', 'me', 'things')
    expect(found).toEqual(fields({ id: string('comes'), owner: string('me'), a: none }))
  })

  it('include those of earlier blocks whose commit is under way', () => {
    const { cache } = aCache()
    cache.set('Thing', 'made', fields({ owner: string('me') }), { apiVersion })
    cache.keepHandler()
    cache.endBlock()
    cache.beginBlock(aLink(2))
    expect(cache.loadRelated('Owner', 'me', 'things')).toHaveLength(1)
  })

  it('are found for derived fields only', () => {
    const { cache } = aCache()
    expect(() => cache.loadRelated('Owner', 'me', 'name')).toThrow('is not derived')
  })
})

describe('against a naive model', () => {
  const ids = ['p', 'q', 'r']
  const aValue = fc.oneof(fc.constant(none), fc.integer({ min: 0, max: 2 }).map(int))
  const aWrite = fc.record({
    kind: fc.constant('set' as const),
    id: fc.constantFrom(...ids),
    data: fc.dictionary(fc.constantFrom('a', 'owner'), aValue, { maxKeys: 2 }),
  })
  const anAction = fc.oneof(
    { weight: 4, arbitrary: aWrite },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('get' as const), id: fc.constantFrom(...ids) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), id: fc.constantFrom(...ids) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('related' as const), id: fc.constantFrom('0', '1', '2') }) },
  )
  const aHandler = fc.record({ actions: fc.array(anAction, { maxLength: 6 }), fails: fc.boolean() })
  const aBlock = fc.record({ handlers: fc.array(aHandler, { maxLength: 4 }), commits: fc.boolean() })

  class Missing extends Error {
    readonly need: EntityKey | RelatedQuestion

    constructor(need: EntityKey | RelatedQuestion) {
      super('missing')
      this.need = need
    }
  }

  it('reads and ends every block the same, whatever is cached, suspended, dropped or committed', () => {
    fc.assert(
      fc.property(fc.array(aBlock, { maxLength: 8 }), fc.integer({ min: 1, max: 3 }), (blocks, maxEntities) => {
        let database = new Map<string, Entity>()
        let state = new Map<string, Entity>()
        const related = new Map<string, readonly Entity[]>()
        const cache = new EntityCache(
          schema,
          {
            load: (key) => {
              throw new Missing(key)
            },
            loadRelated: (question) => {
              const answer = related.get(question.id)
              if (answer === undefined) throw new Missing(question)
              return answer
            },
          },
          { maxEntities, maxBytes: 1_000_000 },
        )
        const answering = <T>(act: () => T): T => {
          for (;;) {
            try {
              return act()
            } catch (error) {
              if (!(error instanceof Missing)) throw error
              const { need } = error
              if ('field' in need) related.set(need.id, referring(database, need.id))
              else cache.remember(need, database.get(need.id) ?? null)
            }
          }
        }
        blocks.forEach(({ handlers, commits }, index) => {
          related.clear()
          cache.beginBlock(aLink(index + 1))
          const before = state
          for (const { actions, fails } of handlers) {
            const own = new Map(state)
            answering(() => {
              cache.beginHandler()
              own.clear()
              for (const [id, entity] of state) own.set(id, entity)
              for (const action of actions) play(cache, own, action)
            })
            if (fails) cache.dropHandler('failed')
            else {
              cache.keepHandler()
              state = own
            }
          }
          const changes = answering(() => cache.endBlock())
          expect(byId(changes.filter((change) => !isIdle(before, change)))).toEqual(byId(difference(before, state)))
          if (commits) {
            database = state
            cache.committed(index + 1)
          }
        })
      }),
      { numRuns: 500 },
    )
  })

  type Action =
    | { kind: 'set'; id: string; data: Record<string, Value> }
    | { kind: 'get' | 'remove' | 'related'; id: string }

  function play(cache: EntityCache, state: Map<string, Entity>, action: Action): void {
    switch (action.kind) {
      case 'get':
        expect(clean(cache.get('Thing', action.id))).toEqual(state.get(action.id) ?? null)
        return
      case 'remove':
        cache.remove('Thing', action.id)
        state.delete(action.id)
        return
      case 'related':
        expect(cache.loadRelated('Owner', action.id, 'things').map((entity) => plain(entity, 'id'))).toEqual(
          referring(state, action.id)
            .map((entity) => plain(entity, 'id'))
            .sort(),
        )
        return
      case 'set': {
        const data = new Map(Object.entries(action.data))
        const owner = data.get('owner')
        if (owner?.kind === 'Int') data.set('owner', string(String(owner.value)))
        cache.set('Thing', action.id, data, { apiVersion })
        const merged = new Map(state.get(action.id) ?? [['id', string(action.id)]])
        for (const [name, value] of data) value.kind === 'Null' ? merged.delete(name) : merged.set(name, value)
        state.set(action.id, merged)
      }
    }
  }

  /** Of what the block has made, mappings see the Nulls. */
  function clean(entity: Entity | null): Entity | null {
    return entity && new Map([...entity].filter(([, { kind }]) => kind !== 'Null'))
  }

  function referring(state: ReadonlyMap<string, Entity>, owner: string): Entity[] {
    return [...state.values()].filter((entity) => plain(entity, 'owner') === owner)
  }

  function difference(before: ReadonlyMap<string, Entity>, after: ReadonlyMap<string, Entity>): object[] {
    return ids.flatMap((id): object[] => {
      const [old, now] = [before.get(id), after.get(id)]
      if (now === undefined) return old === undefined ? [] : [{ kind: 'remove', id }]
      if (old === undefined) return [{ kind: 'insert', id, entity: now }]
      return sameEntity(old, now) ? [] : [{ kind: 'overwrite', id, entity: now }]
    })
  }

  /** What was removed and written again with a Null. */
  function isIdle(before: ReadonlyMap<string, Entity>, change: Change): boolean {
    const old = before.get(change.id)
    return change.kind === 'overwrite' && old !== undefined && sameEntity(old, change.entity)
  }

  function sameEntity(a: Entity, b: Entity): boolean {
    const flat = (entity: Entity) => JSON.stringify([...entity].sort(([x], [y]) => (x < y ? -1 : 1)))
    return flat(a) === flat(b)
  }

  function byId(changes: readonly (Change | object)[]): Map<string, object> {
    return new Map(
      changes.map((change) => {
        const { kind, id, entity } = change as { kind: string; id: string; entity?: Entity }
        return [id, entity === undefined ? { kind } : { kind, entity }]
      }),
    )
  }
})
