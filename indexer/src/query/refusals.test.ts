import { expect, it } from 'vitest'
import { aDeployment } from '../../test/deployment.ts'
import { QueryRefusedError } from '../errors.ts'
import { type FieldPlan, planQuery, type RootPlan } from './plan.ts'
import { apiSchema } from './schema.ts'

const schema = apiSchema(
  aDeployment(`
    enum Color { RED GREEN }
    type Person @entity(immutable: false) {
      id: ID!  name: String!  nick: String  age: Int!  wealth: BigInt!  rate: BigDecimal  score: Int8  born: Timestamp
      active: Boolean  key: Bytes  color: Color  tags: [String!]!  nums: [Int!]!  bigs: [BigInt!]
      team: Team  friends: [Person!]!  orders: [Order!]! @derivedFrom(field: "buyer")
    }
    type Team @entity(immutable: false) { id: Bytes!  name: String!  persons: [Person!]! @derivedFrom(field: "team") }
    type Order @entity(immutable: true) { id: Int8!  buyer: Person!  amount: BigInt!  items: [Item!]! @derivedFrom(field: "order") }
    type Item @entity(immutable: true) { id: ID!  order: Order!  qty: Int! }
    type Tick @entity(timeseries: true) { id: Int8!  timestamp: Timestamp!  price: BigInt! }
    type Stats @aggregation(intervals: ["hour", "day"], source: "Tick") {
      id: Int8!  timestamp: Timestamp!  sum: BigInt! @aggregate(fn: "sum", arg: "price")
    }
  `).schema,
)

/** Whatever is wrong, in the order of the query: before anything is planned, or in a part of the plan. */
function complaints(query: string, variables?: Record<string, unknown>): string[] {
  try {
    return planQuery({ query, variables }, schema).roots.flatMap(complaintsIn)
  } catch (error) {
    if (error instanceof QueryRefusedError) return error.facts.problems.map(({ message }) => message)
    throw error
  }
}

function complaintsIn(plan: RootPlan | FieldPlan): string[] {
  if (plan.kind === 'unless-empty') return complaintsIn(plan.otherwise)
  if (plan.kind === 'refused') return plan.problems.map(({ message }) => message)
  if (!('target' in plan)) return []
  return plan.target.selections.flatMap(({ fields }) => fields.flatMap(complaintsIn))
}

const nothingFound = (place: string) =>
  `Failed to get entities from store: internal error resolving ${place}: expected prefetched result, but found nothing`
const invalid = (argument: string, value: string) => `Invalid value provided for argument \`${argument}\`: ${value}`

it.each([
  // documents
  ['query A { teams { id } } query B { teams { id } }', 'Operation name required'],
  ['fragment A on Team { id }', 'Operation name required'],
  ['mutation { teams { id } }', 'Not supported: Mutations are not supported'],
  ['subscription { teams { id } }', 'Not supported: Subscriptions are not supported'],
  ['{ teams { ...T } } fragment T on Team { id ...T }', 'query has fragment cycle including `T`'],
  ['{ teams { ...T } }', 'fragment `T` is not defined'],
  ['{ teams { id }', 'Unexpected end of input\nExpected }'],
  ['{ _logs { id } }', 'Not supported: the `_logs` query is not enabled on this indexer'],
  // fields and selections
  ['{ nope { id } }', 'Type `Query` has no field `nope`'],
  ['{ teams { nope } }', 'Type `Team` has no field `nope`'],
  ['{ persons { home: team } }', nothingFound('Person.persons')],
  ['{ persons { id @skip(if: true) } }', nothingFound('Person.persons')],
  ['{ persons { id @skip } }', nothingFound('Person.persons')],
  // pages
  ['{ teams(first: 1001) { id } }', 'The `first` argument must be between 0 and 1000, but is 1001'],
  ['{ teams { persons(first: 0) { id } } }', 'The `first` argument must be between 0 and 1000, but is 0'],
  ['{ teams(first: -1) { id } }', 'The `first` argument must be between 0 and 1000, but is -1'],
  ['{ teams(skip: -1) { id } }', 'The `skip` argument must be between 0 and 4294967295, but is -1'],
  ['{ teams(first: 2147483648) { id } }', invalid('first', 'Int(Number(-2147483648))')],
  ['{ teams(first: 1.5) { id } }', invalid('first', 'Float(1.5)')],
  [
    '{ teams { persons(first: -1) { id } } }',
    'query potentially returns `18446744073709551615` entities or more and thereby exceeds the limit of `0` entities. Possible solutions are reducing the depth of the query, querying fewer relationships or using `first` to return smaller collections',
  ],
  // What a single field leads to is added without a look at whether it fits.
  [
    '{ persons(first: 1) { orders(first: 1) { id } team { persons(first: -1) { id } } } }',
    'The `first` argument must be between 0 and 1000, but is -1',
  ],
  [
    '{ persons(first: 1) { team { persons(first: -1) { id } } orders(first: 1) { id } } }',
    'query potentially returns `18446744073709551615` entities or more and thereby exceeds the limit of `0` entities. Possible solutions are reducing the depth of the query, querying fewer relationships or using `first` to return smaller collections',
  ],
  // arguments
  ['{ team { id } }', 'No value provided for required argument: `id`'],
  ['{ stats_collection { id } }', 'No value provided for required argument: `interval`'],
  ['{ stats_collection(interval: week) { id } }', invalid('interval', 'Enum("week")')],
  ['{ teams(orderDirection: up) { id } }', invalid('orderDirection', 'Enum("up")')],
  ['{ teams(block: {}) { id } }', invalid('block', 'Object({})')],
  ['{ teams(block: { number: null }) { id } }', invalid('block', 'Object({"number": Null})')],
  ['{ teams(block: { hash: "zz" }) { id } }', invalid('block', 'Object({"hash": String("zz")})')],
  ['{ persons(where: 5) { id } }', invalid('where', 'Int(Number(5))')],
  ['{ persons(where: { nope: 1 }) { id } }', invalid('where', 'Object({"nope": Int(Number(1))})')],
  [
    '{ persons(where: { name: "a", age: "8" }) { id } }',
    invalid('where', 'Object({"age": String("8"), "name": String("a")})'),
  ],
  ['{ persons(where: { id_in: "p" }) { id } }', invalid('where', 'Object({"id_in": String("p")})')],
  [
    '{ persons(where: { score_in: ["1", null] }) { id } }',
    invalid('where', 'Object({"score_in": List([String("1"), Null])})'),
  ],
  [
    '{ persons(where: { born_gt: 1700000005000000 }) { id } }',
    invalid('where', 'Object({"born_gt": Int(Number(409635648))})'),
  ],
  ['{ persons(where: { color: PINK }) { id } }', invalid('where', 'Object({"color": Enum("PINK")})')],
  [
    '{ persons(where: { nums_contains_nocase: [1] }) { id } }',
    invalid('where', 'Object({"nums_contains_nocase": List([Int(Number(1))])})'),
  ],
  [
    '{ stats_collection(interval: day, where: { sum_gt: "9" }) { id } }',
    invalid('where', 'Object({"sum_gt": String("9")})'),
  ],
  // values
  ['{ persons(where: { wealth: "x" }) { id } }', 'Failed to decode `BigInt` value: `invalid digit found in string`'],
  [
    '{ persons(where: { score: "9223372036854775808" }) { id } }',
    'Failed to decode `Int8` value: `9223372036854775808`',
  ],
  ['{ persons(where: { key: "xyz" }) { id } }', 'Failed to decode `Bytes` value: `Odd number of digits`'],
  ['{ team(id: "zz") { id } }', "Store error: store error: Invalid character 'z' at position 0"],
  // filters
  ['{ persons(where: { nick_gt: null }) { id } }', 'Store error: unsupported filter `>` for value `null`'],
  [
    '{ persons(where: { nick_contains_nocase: null }) { id } }',
    'Failed to get entities from store: unsupported filter `contains` for value `null`',
  ],
  [
    '{ persons(where: { tags_not_contains: null }) { id } }',
    'Failed to get entities from store: unsupported filter `not_contains` for value `null`',
  ],
  [
    '{ persons(where: { nick_not_starts_with_nocase: null }) { id } }',
    'Store error: unsupported filter ` not ilike ` for value `null`',
  ],
  [
    '{ persons(where: { team_contains_nocase: "0x00ff" }) { id } }',
    'Store error: unsupported filter `contains_nocase` for value `0x00ff`',
  ],
  [
    '{ persons(where: { team_starts_with: "0x00" }) { id } }',
    'Failed to get entities from store: operator does not exist: bytea ~~ text',
  ],
  ['{ persons(where: { _change_block: null }) { id } }', 'Filter must by an object'],
  ['{ persons(where: { age: 1, and: [] }) { id } }', 'Filter must by an object'],
  ['{ persons(where: { or: null, age: 1 }) { id } }', 'Filter must by an object'],
  [
    '{ persons(where: { name: "a", age: 1, or: [] }) { id } }',
    "Cannot mix column filters with 'or' operator at the same level. Found column filter(s) 'age', 'name' alongside 'or' operator.\n\nInstead of:\nwhere: { 'age', 'name', or: [...] }\n\nUse:\nwhere: { or: [{ 'age', 'name', ... }, { 'age', 'name', ... }] }",
  ],
  [
    '{ persons(where: { orders_: { items_: { qty: 6 } } }) { id } }',
    'Child filter nesting not supported by value `order`: `join on order with Item(qty = 6)`',
  ],
  // of several things that are wrong in one filter
  [
    '{ persons(where: { and: [{ nick_contains: null }, { nick_gt: null }] }) { id } }',
    'Store error: unsupported filter `>` for value `null`',
  ],
  [
    '{ persons(where: { and: [{ nick_gt: null }, { team: "zz" }, { wealth: "x" }] }) { id } }',
    'Failed to decode `BigInt` value: `invalid digit found in string`',
  ],
  [
    '{ persons(where: { and: [{ team_starts_with: "0x" }, { nick_contains: null }] }) { id } }',
    'Failed to get entities from store: unsupported filter `contains` for value `null`',
  ],
  ['{ persons(where: { name_in: null }) { id } }', 'Non-list value passed to `_in` filter'],
  ['{ persons(where: { orders_: null }) { id } }', 'Query contains value with invalid type `[Order!]!`: `null`'],
  ['{ persons(where: { friends: ["x"], team: "0x0" }) { id } }', 'Store error: store error: Odd number of digits'],
  [
    '{ persons(where: { orders_: { buyer_: { wealth_in: ["+1", 2], rate: "1.50e2", tags_contains: ["a"], or: [] } } }) { id } }',
    "Cannot mix column filters with 'or' operator at the same level. Found column filter(s) 'rate', 'tags_contains', 'wealth_in' alongside 'or' operator.\n\nInstead of:\nwhere: { 'rate', 'tags_contains', 'wealth_in', or: [...] }\n\nUse:\nwhere: { or: [{ 'rate', 'tags_contains', 'wealth_in', ... }, { 'rate', 'tags_contains', 'wealth_in', ... }] }",
  ],
  [
    '{ persons(where: { orders_: { buyer_: { wealth_in: ["+1", 2], rate: "1.50e2", tags_contains: ["a"], key: "AB" } } }) { id } }',
    'Child filter nesting not supported by value `buyer`: `join on buyer with Person(key = 0xab and rate = 150 and tags ~ *[a]* and wealth in (1,2))`',
  ],
  // merging
  [
    '{ a: teams { id } a: persons { id } }',
    'invalid query: can not merge fields because type `Person` showed up unexpectedly',
  ],
  ['{ ... on Team { id } }', 'invalid query: can not merge fields because type `Team` showed up unexpectedly'],
  ['{ persons { id ... on Color { x } } }', 'Failed to resolve named type `Color`'],
  [
    '{ persons(where: { born: "8210266876800000000" }) { id } }',
    invalid('where', 'Object({"born": String("8210266876800000000")})'),
  ],
  ['{ persons(where: { born_gt: "-10" }) { id } }', invalid('where', 'Object({"born_gt": String("-10")})')],
  // order
  ['{ persons { id ... on Nope { x } } }', 'Failed to resolve named type `Nope`'],
  ['{ persons(orderBy: color) { id } }', 'Ordering by `color` is not supported for type `Person`'],
  ['{ persons(orderBy: orders) { id } }', 'Ordering by `orders` is not supported for type `Person`'],
  ['{ persons(orderBy: team__persons) { id } }', invalid('orderBy', 'Enum("team__persons")')],
  [
    '{ teams { persons(orderBy: team__name) { id } } }',
    'Failed to get entities from store: SortKey::ChildKey cannot be used for parent ordering (yet)',
  ],
  [
    '{ teams { persons(orderBy: team__name, where: { name: "\\u0000" }) { id } } }',
    'Failed to get entities from store: SortKey::ChildKey cannot be used for parent ordering (yet)',
  ],
  [
    '{ teams { persons(orderBy: team__name, where: { name_contains: null }) { id } } }',
    'Failed to get entities from store: unsupported filter `contains` for value `null`',
  ],
])('refuses %s', (query, message) => {
  expect(complaints(query)).toEqual([message])
})

it.each([
  ['query ($n: Int) { teams(first: $n) { id } }', { n: '2' }, invalid('n', 'String("2")')],
  ['query ($n: Int) { teams(first: $n) { id } }', { n: 1e12 }, invalid('n', 'Float(1000000000000.0)')],
  ['query ($n: [Int!]) { teams(first: $n) { id } }', { n: [1] }, invalid('first', 'List([Int(Number(1))])')],
  ['query ($id: ID!) { team(id: $id) { id } }', {}, 'No value provided for required variable `id`'],
  ['query ($t: Team) { teams { id } }', {}, 'Variable `t` must have an input type'],
  ['query ($t: Team, $n: Int) { teams { id } }', { n: 'x' }, invalid('n', 'String("x")')],
  ['query ($f: Float) { teams { id } }', { f: 1 }, invalid('f', 'Int(Number(1))')],
  ['query ($t: Timestamp) { teams { id } }', { t: 'noon' }, invalid('t', 'String("noon")')],
  ['mutation ($n: Int!) { teams { id } }', {}, 'No value provided for required variable `n`'],
  ['query ($p: _SubgraphErrorPolicy_) { teams(subgraphError: $p) { id } }', {}, invalid('subgraphError', 'Null')],
])('refuses %s with %j', (query, variables, message) => {
  expect(complaints(query, variables)).toEqual([message])
})

it('tells everything that is wrong at once', () => {
  expect(complaints('{ teams { a b } nope }')).toHaveLength(3)
  expect(complaints('{ teams(first: 0) { persons(orderBy: color) { id } } persons(skip: -1) { id } }')).toHaveLength(2)
  expect(complaints('{ teams { persons(orderBy: color) { id } } persons(skip: -1) { id } }')).toHaveLength(2)
})

it('tells only what is wrong with the first field whose arguments do not fit', () => {
  const wrong = [invalid('first', 'String("x")'), invalid('skip', 'String("y")')]
  expect(complaints('{ teams(skip: "y", first: "x") { id } persons(first: "z") { id } }').sort()).toEqual(wrong)
  expect(complaints('{ a: teams { id } a: teams(first: "x") { id } }')).toEqual([invalid('first', 'String("x")')])
})

it.each([
  '{ teams(nope: 1) @nope { id @upper name(x: 1) { y } } }',
  'query ($unused: Int, $unused: Int) { teams(first: $undeclared) { id } }',
  'query A { teams(first: 1, first: 9000) { id } }',
  '{ persons(orderBy: "age", where: { color: "RED", wealth_gt: 5, rate: 1.5, id: 7 }) { id } }',
  '{ persons { a: id a: name } }',
  '{ teams }',
])('takes %s', (query) => {
  expect(complaints(query)).toEqual([])
})

it('stays quick with fragments that double at every step', () => {
  const steps = Array.from(
    { length: 40 },
    (_, step) => `fragment F${step} on Person { ...F${step + 1} ...F${step + 1} }`,
  )
  expect(complaints(`{ persons { ...F0 } } ${steps.join(' ')} fragment F40 on Person { id }`)).toEqual([])
  const nested = Array.from(
    { length: 40 },
    (_, step) =>
      `fragment F${step} on Person { a: friends(first: 1) { ...F${step + 1} } b: friends(first: 1) { ...F${step + 1} } }`,
  )
  expect(complaints(`{ persons { ...F0 } } ${nested.join(' ')} fragment F40 on Person { id }`)).toEqual([
    'query selects more than 50000 fields',
  ])
})
