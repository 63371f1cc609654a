/**
 * A small subgraph whose every block is different, people's rows beside it, and two ways to ask it all: through the gateway's
 * projector, and as one plain in-memory schema, which is the truth.
 */
import type { ExecutionResult, GraphQLFieldResolver, GraphQLSchema } from 'graphql'
import { execute, extendSchema, graphql, isIntrospectionType, isObjectType, parse, validate } from 'graphql'
import type { Lookup } from '../src/chain/attach.ts'
import { createExecutor, type Executor } from '../src/chain/execute.ts'
import { readKey } from '../src/chain/names.ts'
import type { ChainOperation } from '../src/chain/operation.ts'
import { parseChainSchema, resolveByResponseKey } from '../src/chain/schema.ts'
import type { Upstream, UpstreamRequest } from '../src/chain/upstream.ts'

export const toySdl = /* GraphQL */ `
  scalar Bytes
  scalar BigInt
  input Block_height { hash: Bytes, number: Int, number_gte: Int }
  input Token_filter { id: Bytes, id_in: [Bytes!], name: String, name_not: String, and: [Token_filter], owner_: Account_filter }
  input Account_filter { id: Bytes, id_in: [Bytes!] }
  type _Block_ { hash: Bytes, number: Int!, timestamp: Int }
  type _Meta_ { block: _Block_!, deployment: String!, hasIndexingErrors: Boolean! }
  interface Happening { id: Bytes!, token: Token!, at: BigInt! }
  type Token {
    id: Bytes!
    name: String
    price: BigInt
    owner: Account!
    creator: Account
    transfers(first: Int = 100, skip: Int = 0): [Transfer!]!
    happenings(first: Int = 100): [Happening!]!
    related: [Token]
  }
  type Transfer implements Happening { id: Bytes!, token: Token!, at: BigInt!, from: Account!, to: Account }
  type Approval implements Happening { id: Bytes!, token: Token!, at: BigInt!, spender: Account }
  type Account { id: Bytes!, tokenCount: Int!, tokens(first: Int = 100, skip: Int = 0, where: Token_filter): [Token!]! }
  union Thing = Token | Account
  type Query {
    token(id: ID!, block: Block_height): Token
    tokens(first: Int = 100, skip: Int = 0, where: Token_filter, block: Block_height): [Token!]!
    account(id: ID!, block: Block_height): Account
    accounts(first: Int = 100, skip: Int = 0, where: Account_filter, block: Block_height): [Account!]!
    happenings(first: Int = 100, block: Block_height): [Happening!]!
    things(first: Int = 100, block: Block_height): [Thing!]!
    _meta(block: Block_height): _Meta_
  }
`

/** What the gateway adds. */
const peopleSdl = /* GraphQL */ `
  type Metadata { image: String, title(upper: Boolean = false): String }
  type Profile { handle: String!, bio: String, accounts(first: Int = 100): [Account!], friend: Profile }
  extend type Token { metadata: Metadata, label: String! }
  extend type Account { profile: Profile }
  extend type Query { profile(handle: String!): Profile, profiles(first: Int = 100): [Profile!] }
`

const TOKENS = 7
const ACCOUNTS = 4
/** Blocks older than this are forgotten, and hashes of the other fork were never known. */
export const FIRST_HEAD = 100

type Args = Readonly<Record<string, unknown>>
type Entity = Record<string, unknown>
type Resolve = GraphQLFieldResolver<Entity, { block: number }>

export function blockHash(number: number, fork = 0): string {
  return `0x${fork}b${number.toString(16).padStart(6, '0')}`
}

const accountId = (index: number) => `0xa${index % ACCOUNTS}`
const tokenId = (index: number) => `0x70${index % TOKENS}`
const account = (index: number): Entity => ({ __typename: 'Account', id: accountId(index), index: index % ACCOUNTS })
const token = (index: number): Entity => ({ __typename: 'Token', id: tokenId(index), index: index % TOKENS })
const indexOf = (entity: Entity) => Number(entity.index)

const range = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))

function page<T>(items: readonly T[], { first, skip }: Args): T[] {
  const from = Number(skip ?? 0)
  return items.slice(from, from + Number(first ?? 100))
}

const tokenName = (index: number) => (index % 3 === 2 ? null : `Token ${index}`)
const ownerOf = (index: number, block: number) => (index * 3 + block) % ACCOUNTS

function matches(entity: Entity, filter: unknown, block: number): boolean {
  return Object.entries(Object(filter)).every(([key, value]) => {
    switch (key) {
      case 'id':
        return value === undefined || value === null || entity.id === value
      case 'id_in':
        return !Array.isArray(value) || value.includes(entity.id)
      case 'name':
        return tokenName(indexOf(entity)) === value
      case 'name_not':
        return tokenName(indexOf(entity)) !== value
      case 'and':
        return !Array.isArray(value) || value.every((part) => matches(entity, part, block))
      default:
        return matches(account(ownerOf(indexOf(entity), block)), value, block)
    }
  })
}

function happeningsOf(index: number): Entity[] {
  return range(index % 4, (n) => {
    const kind = (index + n) % 2 === 0 ? 'Transfer' : 'Approval'
    return { __typename: kind, id: `0xe${index}${n}`, index: index * 10 + n, token: index }
  })
}

const happeningFields: Record<string, Resolve> = {
  token: (source) => token(Number(source.token)),
  at: (source, _args, { block }) => String(indexOf(source) * 1000 + block),
}

const chainResolvers: Record<string, Record<string, Resolve>> = {
  Token: {
    name: (source) => tokenName(indexOf(source)),
    price: (source, _args, { block }) => (indexOf(source) % 2 ? null : `${block}000000000000000000${indexOf(source)}`),
    owner: (source, _args, { block }) => account(ownerOf(indexOf(source), block)),
    creator: (source) => (indexOf(source) % 4 === 1 ? null : account(indexOf(source))),
    transfers: (source, args) =>
      page(
        happeningsOf(indexOf(source)).filter((e) => e.__typename === 'Transfer'),
        args,
      ),
    happenings: (source, args) => page(happeningsOf(indexOf(source)), args),
    related: (source) =>
      indexOf(source) === 5 ? null : [token(indexOf(source) + 1), null, token(indexOf(source) + 2)],
  },
  Transfer: {
    ...happeningFields,
    from: (source) => account(indexOf(source)),
    to: (source) => (indexOf(source) % 3 ? account(indexOf(source) + 1) : null),
  },
  Approval: { ...happeningFields, spender: (source) => (indexOf(source) % 2 ? account(indexOf(source)) : null) },
  Account: {
    tokenCount: (source, _args, { block }) => tokensOf(source, block).length,
    tokens: (source, args, { block }) =>
      page(
        tokensOf(source, block).filter((e) => matches(e, args.where, block)),
        args,
      ),
  },
  Query: {
    token: (_source, args) => range(TOKENS, token).find(({ id }) => id === args.id) ?? null,
    tokens: (_source, args, { block }) =>
      page(
        range(TOKENS, token).filter((e) => matches(e, args.where, block)),
        args,
      ),
    account: (_source, args) => range(ACCOUNTS, account).find(({ id }) => id === args.id) ?? null,
    accounts: (_source, args, { block }) =>
      page(
        range(ACCOUNTS, account).filter((e) => matches(e, args.where, block)),
        args,
      ),
    happenings: (_source, args) => page(range(TOKENS, happeningsOf).flat(), args),
    things: (_source, args) => page([...range(TOKENS, token), ...range(ACCOUNTS, account)], args),
    _meta: (_source, _args, { block }) => ({
      block: { number: block, hash: blockHash(block), timestamp: block * 12 },
      deployment: 'Qm',
      hasIndexingErrors: false,
    }),
  },
}

function tokensOf(source: Entity, block: number): Entity[] {
  return range(TOKENS, token).filter((entity) => ownerOf(indexOf(entity), block) === indexOf(source))
}

/** Rows, by what they are found by. Token 3 and account 2 have none. */
const metadataOf = (id: string): Entity | null =>
  id === tokenId(3) ? null : { image: id === tokenId(1) ? null : `ipfs://${id}`, title: `Title of ${id}` }
/** Two people: one with the accounts 0 and 3 (and one the chain has never seen), the other with account 1. */
const people: Entity[] = [
  { handle: 'mara', bio: null, friend: 'ilse', addresses: [accountId(0), '0xdead', accountId(3)] },
  { handle: 'ilse', bio: 'Draws.', friend: null, addresses: [accountId(1)] },
]
const profileByAddress = (id: string) => people.find(({ addresses }) => Object(addresses).includes(id)) ?? null
const profileByHandle = (handle: unknown) => people.find((profile) => profile.handle === handle) ?? null

const peopleFields: Record<string, Record<string, Resolve>> = {
  Metadata: {
    title: (source, args) => (args.upper === true ? String(source.title).toUpperCase() : source.title),
  },
  Profile: { friend: (source) => profileByHandle(source.friend) },
  Query: {
    profile: (_source, args) => profileByHandle(args.handle),
    profiles: async (_source, args) => page(people, args),
  },
}

/** One plain schema over the same data, at one block. */
export function askTruth(source: string, variables: Args, block: number): Promise<ExecutionResult> {
  return graphql({ schema: truth, source, variableValues: variables, contextValue: { block } })
}

const truth = withResolvers(extendSchema(parseChainSchema(toySdl), parse(peopleSdl)), [
  chainResolvers,
  peopleFields,
  {
    Token: {
      metadata: (source) => metadataOf(String(source.id)),
      label: (source, _args, { block }) => label(source, block),
    },
    Account: { profile: (source) => profileByAddress(String(source.id)) },
    Profile: {
      accounts: (source, args) => {
        const known = new Map(range(ACCOUNTS, account).map((entity) => [entity.id, entity]))
        return page(
          [...Object(source.addresses)].flatMap((id) => known.get(id) ?? []),
          args,
        )
      },
    },
  },
])

const label = (source: Entity, block: number) =>
  `${tokenName(indexOf(source))} of ${accountId(ownerOf(indexOf(source), block))}`

function withResolvers(schema: GraphQLSchema, maps: readonly Record<string, Record<string, Resolve>>[]): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) {
      continue // one object for all schemas
    }
    if (isObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        const resolve = maps.map((map) => map[type.name]?.[field.name]).findLast((found) => found !== undefined)
        if (resolve) {
          field.resolve = resolve
        } else {
          delete field.resolve
        }
      }
    } else if ('resolveType' in type) {
      type.resolveType = (value) => value.__typename
    }
  }
  return schema
}

export interface ToyGateway {
  readonly schema: GraphQLSchema
  readonly execute: Executor
  readonly ask: (source: string, variables?: Args) => Promise<ExecutionResult>
  /** Every document that was sent upstream. */
  readonly sent: UpstreamRequest[]
  /** How often rows of each kind were loaded. */
  readonly loads: Record<string, number>
}

/**
 * The same through the projector. The chain's head moves with every upstream request, so an answer that mixes two requests'
 * blocks cannot equal the truth at either.
 * @param wrap - puts faults before the subgraph
 */
export function toyGateway(wrap: (upstream: Upstream) => Upstream = (upstream) => upstream): ToyGateway {
  const chainSchema = parseChainSchema(toySdl)
  const schema = extendSchema(chainSchema, parse(peopleSdl))
  const sent: UpstreamRequest[] = []
  const loads: Record<string, number> = {}
  const upstream = toyUpstream()
  const executor = createExecutor({
    chainSchema,
    timeoutMs: 10_000,
    upstream: wrap((request) => {
      sent.push(request)
      return upstream(request)
    }),
  })
  joinToy(schema, loads)
  return {
    schema,
    execute: executor,
    ask: (source, variables = {}) => executor({ schema, document: parse(source), variableValues: variables }),
    sent,
    loads,
  }
}

/** A server that keeps every block and whose head is one higher at each request. */
export function toyUpstream(): Upstream {
  const schema = withResolvers(parseChainSchema(toySdl), [chainResolvers])
  let head = FIRST_HEAD
  return async ({ document, variables }) => {
    head += 1
    const problems = validate(schema, parse(document))
    if (problems.length > 0) {
      throw new Error(`An invalid document was sent: ${problems[0]?.message}: ${document}`)
    }
    const result = await execute({
      schema: pinnedSchema(schema, head),
      document: parse(document),
      variableValues: variables,
      contextValue: { block: head },
      rootValue: {},
    })
    const errors = result.errors?.map(({ message }) => ({ message }))
    // As graph-node does: what fails in one field fails all of them, and says not which.
    return errors ? { errors } : { data: JSON.parse(JSON.stringify(result.data)) }
  }
}

/** The block argument of a root field holds for everything below it. */
function pinnedSchema(schema: GraphQLSchema, head: number): GraphQLSchema {
  const query = schema.getQueryType()
  for (const field of Object.values(query?.getFields() ?? {})) {
    const resolve = chainResolvers.Query?.[field.name]
    field.resolve = (source, args, _context, info) => {
      const block = blockOf(args.block, head)
      return resolve?.(source, args, { block }, info)
    }
  }
  for (const name of ['Token', 'Transfer', 'Approval', 'Account']) {
    const type = schema.getType(name)
    for (const field of isObjectType(type) ? Object.values(type.getFields()) : []) {
      const resolve = chainResolvers[name]?.[field.name]
      if (resolve) {
        field.resolve = (source, args, _context, info) => {
          let root = info.path
          while (root.prev) {
            root = root.prev
          }
          return resolve(source, args, { block: rootBlock(info, String(root.key), head) }, info)
        }
      }
    }
  }
  return schema
}

function rootBlock(info: Parameters<Resolve>[3], key: string, head: number): number {
  const field = info.operation.selectionSet.selections.find(
    (selection) => selection.kind === 'Field' && (selection.alias ?? selection.name).value === key,
  )
  const argument = field?.kind === 'Field' ? field.arguments?.find(({ name }) => name.value === 'block') : undefined
  if (argument === undefined) {
    return head
  }
  const fromVariable = argument.value.kind === 'Variable' ? info.variableValues[argument.value.name.value] : undefined
  if (argument.value.kind === 'ObjectValue') {
    const [only] = argument.value.fields
    const literal = only && 'value' in only.value ? only.value.value : undefined
    return blockOf(only && { [only.name.value]: only.name.value === 'hash' ? literal : Number(literal) }, head)
  }
  return blockOf(fromVariable, head)
}

function blockOf(height: unknown, head: number): number {
  const { hash, number } = Object(height)
  if (typeof hash === 'string') {
    const found = range(head - FIRST_HEAD + 1, (index) => FIRST_HEAD + index).find((block) => blockHash(block) === hash)
    if (found === undefined) {
      throw new Error('Failed to decode `block.hash` value: `no block with that hash found`')
    }
    return found
  }
  return typeof number === 'number' ? number : head
}

function joinToy(schema: GraphQLSchema, loads: Record<string, number>): void {
  withLookup(schema, 'Token', 'metadata', memoryLookup('Metadata', ['id'], metadataOf, loads))
  withLookup(schema, 'Account', 'profile', memoryLookup('Profile', ['id'], profileByAddress, loads))
  const label = fieldOf(schema, 'Token', 'label')
  label.extensions = { chainKeys: ['name', 'owner.id'] }
  label.resolve = (source) => `${readKey(source, 'name')} of ${readKey(source, 'owner.id')}`
  for (const [type, fields] of Object.entries(peopleFields)) {
    for (const [name, resolve] of Object.entries(fields)) {
      fieldOf(schema, type, name).resolve = (source, args, context, info) => resolve(source, args, context, info)
    }
  }
  fieldOf(schema, 'Profile', 'accounts').resolve = async (
    { addresses },
    { first },
    context: { chain: ChainOperation },
    info,
  ) => {
    const crossing = { query: 'accounts', by: 'id' }
    return context.chain.cross({ crossing, keys: addresses, page: { skip: 0, take: Number(first) }, context, info })
  }
}

function withLookup(schema: GraphQLSchema, type: string, name: string, lookup: Lookup): void {
  const field = fieldOf(schema, type, name)
  field.extensions = { chainKeys: lookup.chainKeys, lookup }
  field.resolve = resolveByResponseKey
}

function fieldOf(schema: GraphQLSchema, typeName: string, name: string) {
  const type = schema.getType(typeName)
  const field = isObjectType(type) ? type.getFields()[name] : undefined
  if (field === undefined) {
    throw new Error(`no ${typeName}.${name}`)
  }
  return field
}

function memoryLookup(
  kind: string,
  chainKeys: readonly string[],
  find: (key: string) => Entity | null,
  loads: Record<string, number>,
): Lookup {
  return {
    chainKeys,
    load: async ({ keys }) => {
      loads[kind] = (loads[kind] ?? 0) + 1
      return new Map(
        [...keys].map(([site, ofSite]) => [site, new Map([...ofSite.keys()].map((key) => [key, find(key)]))]),
      )
    },
  }
}
