import fc from 'fast-check'
import {
  GraphQLBoolean,
  type GraphQLField,
  type GraphQLInputObjectType,
  GraphQLInt,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql'
import type { Api, Collection } from '../api.ts'
import type { Question } from '../question.ts'
import { literalFor, type Pool } from './draw-literal.ts'
import { hoisted } from './hoist.ts'
import { givens, type Piece, type Twist, writeQuery } from './pieces.ts'

export interface Ground {
  readonly api: Api
  /** By type. */
  readonly pools: ReadonlyMap<string, Pool>
  readonly blocks: readonly { readonly number: number; readonly hash: string }[]
}

type Pieces = fc.Arbitrary<readonly Piece[]>

/** What has been made for a ground: types refer to each other in so many ways that without it there would be no end. */
const made = new WeakMap<Ground, Map<string, Pieces>>()

function once(ground: Ground, key: string, make: () => Pieces): Pieces {
  const known = made.get(ground) ?? new Map<string, Pieces>()
  made.set(ground, known)
  const pieces = known.get(key) ?? make()
  known.set(key, pieces)
  return pieces
}

/** Queries that a schema allows, with one thing wrong in some. */
export function questions(ground: Ground): fc.Arbitrary<Question> {
  const roots = ground.api.collections.flatMap((collection) => rootsOf(collection, ground))
  const meta = fc.constant<readonly Piece[]>([{ name: '_meta' }, ' { block { number hash } hasIndexingErrors }'])
  const root = roots.length === 0 ? meta : fc.oneof(...roots)
  const several = fc.oneof(
    { weight: 9, arbitrary: root.map((one) => [one]) },
    { weight: 1, arbitrary: fc.array(fc.oneof({ weight: 9, arbitrary: root }, meta), { minLength: 2, maxLength: 3 }) },
  )
  const twist: fc.Arbitrary<Twist> = fc.record({
    variables: fc.array(fc.record({ at: fc.nat(20), given: fc.constantFrom(...givens) }), { maxLength: 3 }),
    spoilt: fc.option(fc.record({ at: fc.nat(30), with: fc.nat(120) }), { freq: 8 }),
    isNamed: fc.boolean(),
  })
  const usual = { variables: [], spoilt: null, isNamed: false }
  return fc.tuple(several, rarely(twist, usual), rarely(fc.boolean(), false)).map(([all, how, isHoisted]) => {
    const pieces = all.flatMap((one, index) => (all.length > 1 ? [`r${index}: `, ...one, ' '] : one))
    const question = { name: 'property/query', ...writeQuery(pieces, how) }
    return isHoisted ? hoisted(question, ground.api.schema) : question
  })
}

/** Shrinks to what is usual. */
function rarely<T>(arbitrary: fc.Arbitrary<T>, usual: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary })
}

// ── roots ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function rootsOf(collection: Collection, ground: Ground): Pieces[] {
  const { field, single, type, kind } = collection
  const own = kind === 'aggregation' ? leaves(collection) : selection(type, 3, ground)
  const list = fc
    .tuple(rootArguments(collection, ground), directive, own)
    .map(([args, how, inner]) => [{ name: field }, ...args, ...how, ...inner])
  if (single === undefined || kind === 'search' || kind === 'aggregation') return [list]
  const id = ground.api.schema
    .getQueryType()
    ?.getFields()
    [single]?.args.find(({ name }) => name === 'id')
  if (id === undefined) return [list]
  const ids = literalFor({ ...id, extensions: {} } as never, ground.pools.get(type) ?? new Map())
  const one = fc
    .tuple(ids, some(block(ground)), own)
    .map(([value, at, inner]) => [
      { name: single },
      '(id: ',
      { value, type: id.type },
      ...(at.length > 0 ? [', ', ...at] : []),
      ')',
      ...inner,
    ])
  return [list, list, list, one]
}

function rootArguments({ field, kind, type, where, orders }: Collection, ground: Ground): Pieces {
  const args: Pieces[] = []
  const root = ground.api.schema.getQueryType()?.getFields()[field]
  if (kind === 'search') args.push(searchText.map((value) => ['text: ', { value, type: typeOfArgument(root, 'text') }]))
  if (kind === 'aggregation') {
    args.push(fc.constantFrom('hour', 'day').map((interval) => [`interval: ${interval}`]))
  }
  args.push(...pageArguments)
  if (kind !== 'search') args.push(order(orders))
  const filtered: Pieces =
    where === undefined ? fc.constant([]) : some(filter(where, type, 2, ground).map((one) => ['where: ', ...one]))
  const policy = fc.constantFrom('subgraphError: allow', 'subgraphError: deny').map((text): readonly Piece[] => [text])
  args.push(rarely(rarely(policy, []), []))
  // Of the bucket that is still open graph-node filters the points instead; and which one is open at an old block is a
  // matter of its own.
  const open = fc.constantFrom('current: include', 'current: exclude').map((text): readonly Piece[] => [text])
  args.push(kind === 'aggregation' ? fc.oneof(filtered, open) : filtered)
  if (kind !== 'aggregation') args.push(some(block(ground)))
  return listed(args)
}

const pageArguments: readonly Pieces[] = [
  some(
    fc
      .oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 6 }) }, fc.constantFrom(100, 1000))
      .map((value) => ['first: ', { value, type: GraphQLInt }]),
  ),
  fc.option(
    fc.nat(3).map((value): readonly Piece[] => ['skip: ', { value, type: GraphQLInt }]),
    { freq: 3, nil: [] },
  ),
]

const searchText = fc.constantFrom(
  'a',
  'fox',
  'fo:*',
  'Straße',
  'long',
  "'a fox'",
  'a & !x',
  'a | fox',
  'x',
  '10',
  'quote',
  '',
)

function typeOfArgument(field: GraphQLField<unknown, unknown> | undefined, name: string) {
  return field?.args.find((argument) => argument.name === name)?.type ?? GraphQLInt
}

function some(pieces: Pieces): Pieces {
  return fc.option(pieces, { freq: 2, nil: [] })
}

function listed(args: readonly Pieces[]): Pieces {
  return fc.tuple(...args).map((all) => {
    const given = all.filter((one) => one.length > 0)
    if (given.length === 0) return []
    return ['(', ...given.flatMap((one, index) => (index === 0 ? one : [', ', ...one])), ')']
  })
}

function block({ blocks, api: { schema } }: Ground): Pieces {
  const number = fc.constantFrom(...blocks.map((one) => one.number))
  const type = schema.getType('Block_height')
  const height = (value: object): readonly Piece[] =>
    isInputObjectType(type) ? ['block: ', { value, type }] : ['block: null']
  return fc.oneof(
    { weight: 3, arbitrary: number.map((value) => ['block: { number: ', { value, type: GraphQLInt }, ' }']) },
    { weight: 1, arbitrary: number.map((value) => height({ number: value })) },
    { weight: 1, arbitrary: fc.constantFrom(...blocks.slice(-2)).map(({ hash }) => height({ hash })) },
    { weight: 1, arbitrary: number.map((value) => ['block: { number_gte: ', { value, type: GraphQLInt }, ' }']) },
  )
}

/** By the id of a reference, the order of ties is nobody's choice; it is asked where all rows are. */
function order(orders: readonly string[]): Pieces {
  const usable = orders.filter((one) => !one.endsWith('__id'))
  if (usable.length === 0) return fc.constant([])
  const direction = fc.constantFrom('', ', orderDirection: asc', ', orderDirection: desc')
  return some(fc.tuple(fc.constantFrom(...usable), direction).map(([name, how]) => ['orderBy: ', { name }, how]))
}

// ── filters ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function filter(where: GraphQLInputObjectType, type: string, depth: number, ground: Ground): Pieces {
  return once(ground, `${where.name} ${type} ${depth}`, () => drawFilter(where, type, depth, ground))
}

function drawFilter(where: GraphQLInputObjectType, type: string, depth: number, ground: Ground): Pieces {
  const inputs = Object.values(where.getFields()).filter(({ name }) => name !== 'and' && name !== 'or')
  const pool = ground.pools.get(type) ?? new Map()
  const plain = inputs.filter((input) => !isInputObjectType(getNamedType(input.type)))
  const nested = inputs.filter((input) => isInputObjectType(getNamedType(input.type)))
  const one = fc.oneof(
    { weight: 1, arbitrary: fc.constant<readonly Piece[]>([]) },
    ...plain.map((input) => ({
      weight: 2,
      arbitrary: fc
        .oneof({ weight: 15, arbitrary: literalFor(input, pool) }, { weight: 1, arbitrary: fc.constant(null) })
        .map((value): readonly Piece[] => [{ name: input.name }, ': ', { value, type: input.type }]),
    })),
    ...nested.map((input) => {
      const child = getNamedType(input.type) as GraphQLInputObjectType
      const inner: Pieces =
        input.name === '_change_block'
          ? fc
              .constantFrom(...ground.blocks)
              .map(({ number }) => ['{ number_gte: ', { value: number, type: GraphQLInt }, ' }'])
          : depth === 0
            ? fc.constant(['{ }'])
            : filter(child, child.name.replace(/_filter$/, ''), 0, ground)
      return {
        weight: depth === 0 ? 1 : 3,
        arbitrary: inner.map((pieces): readonly Piece[] => [{ name: input.name }, ': ', ...pieces]),
      }
    }),
  )
  const flat: Pieces = fc
    .oneof(
      { weight: 4, arbitrary: one.map((pieces) => [pieces]) },
      { weight: 2, arbitrary: fc.array(one, { maxLength: 3 }) },
    )
    .map((all) => braces(all))
  if (depth < 2) return depth === 0 ? flat : combined(flat, flat)
  return combined(flat, combined(flat, flat))
}

function combined(flat: Pieces, inner: Pieces): Pieces {
  const several = fc.tuple(fc.constantFrom('and', 'or'), fc.array(inner, { maxLength: 3 }))
  const joined = several.map(([word, all]): readonly Piece[] => [
    `{ ${word}: [`,
    ...all.flatMap((one, index) => (index === 0 ? one : [', ', ...one])),
    '] }',
  ])
  return fc.oneof({ weight: 3, arbitrary: flat }, { weight: 1, arbitrary: joined })
}

/** Keys twice are no question of ours: each is taken once. */
function braces(all: readonly (readonly Piece[])[]): readonly Piece[] {
  const byKey = new Map(all.filter((one) => one.length > 0).map((one) => [keyOf(one), one]))
  return ['{ ', ...[...byKey.values()].flatMap((one, index) => (index === 0 ? one : [', ', ...one])), ' }']
}

function keyOf([first]: readonly Piece[]): string {
  if (typeof first === 'string') return first
  return first !== undefined && 'name' in first ? first.name : ''
}

// ── selections ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function selection(typeName: string, depth: number, ground: Ground): Pieces {
  return once(ground, `selection ${typeName} ${depth}`, () => drawSelection(typeName, depth, ground))
}

function drawSelection(typeName: string, depth: number, ground: Ground): Pieces {
  const type = ground.api.schema.getType(typeName)
  if (!isObjectType(type) && !isInterfaceType(type)) return fc.constant([' { __typename }'])
  const fields = Object.values(type.getFields())
  const simple = fields.filter((field) => isLeafType(getNamedType(field.type)))
  const deep = depth === 0 ? [] : fields.filter((field) => !isLeafType(getNamedType(field.type)))
  const parts: Pieces[] = [
    fc.tuple(fc.constantFrom(...simple.map(({ name }) => name)), directive).map(([name, how]) => [{ name }, ...how]),
    fc.constantFrom('__typename', 'id').map((name) => [{ name }]),
    ...deep.map((field) => below(field, depth - 1, ground)),
  ]
  const some = fc.array(aliased(fc.oneof(...parts)), { minLength: 1, maxLength: 3 })
  const spreads = isInterfaceType(type)
    ? fc.array(spreadOn(type, ground), { maxLength: 2 })
    : rarely(fc.array(spreadOn(type, ground), { maxLength: 1 }), [])
  // The same twice is put together: asked now and then.
  const isTwiceAllowed = rarely(rarely(fc.boolean(), false), false)
  return fc.tuple(some, spreads, isTwiceAllowed).map(([all, spread, isTwice]) => {
    const once = [...new Map(all.map((one, at) => [`${keyOf(one)}${isTwice && isPlain(one) ? at : ''}`, one])).values()]
    return [' { id ', ...[...once, ...spread].flatMap((one) => [...one, ' ']), '}']
  })
}

const isPlain = ([first]: readonly Piece[]) => typeof first === 'object'

/** Under another name now and then; never under one that another field has, too. */
function aliased(field: Pieces): Pieces {
  return fc.tuple(fc.nat(7), field).map(([dice, pieces]) => (dice === 7 ? [`x_${keyOf(pieces)}: `, ...pieces] : pieces))
}

const directive: Pieces = fc
  .tuple(
    fc.constantFrom('', '', '', '', '', '', '', '', '', '', '', '', 'include', 'skip', 'nope'),
    fc.constantFrom(true, true, true, false),
  )
  .map(([name, value]) =>
    name === '' ? [] : [` @${name}(if: `, { value: value !== (name === 'skip'), type: GraphQLBoolean }, ')'],
  )

/** A fragment, here or elsewhere, on the type, on one it is, or on one that it can be. */
function spreadOn(type: GraphQLObjectType | GraphQLInterfaceType, ground: Ground): Pieces {
  const { schema } = ground.api
  const of = isInterfaceType(type) ? schema.getPossibleTypes(type) : type.getInterfaces()
  const kin = [...of, ...of, type].map(({ name }) => name)
  return fc.constantFrom(...kin).chain((name) =>
    fc.tuple(selection(name, 0, ground), directive, fc.nat(9)).map(([inner, how, form]): readonly Piece[] => {
      if (form === 0 && name === type.name) return ['...', ...how, ...inner]
      return form < 4 ? [{ on: name, selection: inner }, ...how] : [`... on ${name}`, ...how, ...inner]
    }),
  )
}

function below(field: GraphQLField<unknown, unknown>, depth: number, ground: Ground): Pieces {
  const target: GraphQLNamedType = getNamedType(field.type)
  const inner = selection(target.name, depth, ground)
  if (!isListType(getNullableType(field.type)))
    return fc.tuple(directive, inner).map(([how, pieces]) => [{ name: field.name }, ...how, ...pieces])
  const orderBy = field.args.find(({ name }) => name === 'orderBy')
  const values = orderBy && getNamedType(orderBy.type)
  const where = getNamedType(field.args.find(({ name }) => name === 'where')?.type ?? GraphQLInt)
  const args = listed([
    ...pageArguments,
    isEnumType(values)
      ? order(
          values
            .getValues()
            .map(({ name }) => name)
            .filter((name) => !name.includes('__')),
        )
      : fc.constant([]),
    isInputObjectType(where)
      ? fc.option(
          filter(where, target.name, 1, ground).map((one): readonly Piece[] => ['where: ', ...one]),
          { freq: 3, nil: [] },
        )
      : fc.constant([]),
  ])
  return fc.tuple(args, directive, inner).map(([all, how, pieces]) => [{ name: field.name }, ...all, ...how, ...pieces])
}

function leaves({ fields }: Collection): Pieces {
  const texts = fields.map(({ name, kind }) => (kind === 'leaf' ? name : `${name} { id __typename }`))
  return fc.subarray(texts, { minLength: 1 }).map((some) => [` { ${some.join(' ')} }`])
}
