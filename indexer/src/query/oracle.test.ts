import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ScratchIndex, scratchIndex } from '../../test/queryable.ts'

/** Rows, filters, orders and pages at random, answered by Postgres and by a few lines of JavaScript. */

const schemaText = `
  type Team @entity(immutable: false) { id: ID!  rank: Int!  players: [Player!]! @derivedFrom(field: "team") }
  type Player @entity(immutable: false) {
    id: ID!  name: String!  nick: String  age: Int!  wealth: BigInt  isNew: Boolean  tags: [String!]!  team: Team  friends: [Player!]!
  }
`

interface Player {
  readonly id: string
  readonly name: string
  readonly nick: string | null
  readonly age: number
  readonly wealth: string | null
  readonly isNew: boolean | null
  readonly tags: readonly string[]
  readonly team: string | null
  readonly friends: readonly string[]
}

interface Team {
  readonly id: string
  readonly rank: number
}

interface World {
  readonly teams: ReadonlyMap<string, Team>
  readonly players: ReadonlyMap<string, Player>
}

const teamIds = ['t0', 't1', 't2', 't3']
const words = ['', 'a', 'A', 'ab', 'b', 'ä', '9', '10']
const word = fc.constantFrom(...words)
const playerIds = Array.from({ length: 12 }, (_, n) => `p${n}`)
const player = (id: string): fc.Arbitrary<Player> =>
  fc.record({
    id: fc.constant(id),
    name: word,
    nick: fc.option(word),
    age: fc.integer({ min: -2, max: 3 }),
    wealth: fc.option(fc.bigInt({ min: -3n, max: 10n ** 20n }).map(String)),
    isNew: fc.option(fc.boolean()),
    tags: fc.array(word, { maxLength: 3 }),
    team: fc.option(fc.constantFrom(...teamIds)),
    friends: fc.array(fc.constantFrom(...playerIds), { maxLength: 4 }),
  })

/** The same ids change at 1, 2 and 3; t3 never exists. */
const blocks = fc.sample(
  fc.record({
    players: fc.tuple(...playerIds.map(player)).map((all) => all),
    present: fc.subarray(playerIds, { minLength: 8 }),
    teams: fc.tuple(
      ...teamIds.slice(0, 3).map((id) => fc.record({ id: fc.constant(id), rank: fc.integer({ min: 0, max: 2 }) })),
    ),
  }),
  { numRuns: 3, seed: 11 },
)

const worlds: World[] = blocks.map(({ players, present, teams }) => ({
  teams: new Map(teams.map((team) => [team.id, team])),
  players: new Map(players.filter(({ id }) => present.includes(id)).map((one) => [one.id, one])),
}))

let index: ScratchIndex
beforeAll(async () => {
  let before: World = { teams: new Map(), players: new Map() }
  index = await scratchIndex(schemaText)
  for (const [at, world] of worlds.entries()) {
    const gone = [...before.players.keys()].filter((id) => !world.players.has(id))
    await index.write({
      number: at + 1,
      write: {
        Team: [...world.teams.values()].map((team) => ({ ...team })),
        Player: [...world.players.values()].map((one) => ({ ...one })),
      },
      remove: { Player: gone },
    })
    before = world
  }
})
afterAll(() => index[Symbol.asyncDispose]())

// ── filters: their text, and what they mean ─────────────────────────────────────────────────────────────────────────────

interface Filter {
  readonly text: string
  readonly holds: (player: Player, world: World) => boolean
}

const compareOperators = {
  '': (sign: number) => sign === 0,
  _not: (sign: number) => sign !== 0,
  _gt: (sign: number) => sign > 0,
  _lte: (sign: number) => sign <= 0,
} as const
const operator = fc.constantFrom(...(Object.keys(compareOperators) as (keyof typeof compareOperators)[]))

function test(
  field: string,
  suffix: keyof typeof compareOperators,
  literal: string,
  signOf: (player: Player) => number | null,
): Filter {
  return {
    text: `${field}${suffix}: ${literal}`,
    holds: (one) => {
      const sign = signOf(one)
      return sign !== null && compareOperators[suffix](sign)
    },
  }
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const bySize = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)

const simple: fc.Arbitrary<Filter> = fc.oneof(
  fc
    .tuple(operator, word)
    .map(([op, text]) => test('name', op, JSON.stringify(text), ({ name }) => byBytes(name, text))),
  fc
    .tuple(operator, word)
    .map(([op, text]) =>
      test('nick', op, JSON.stringify(text), ({ nick }) => (nick === null ? null : byBytes(nick, text))),
    ),
  fc
    .tuple(operator, fc.integer({ min: -2, max: 3 }))
    .map(([op, n]) => test('age', op, String(n), ({ age }) => age - n)),
  fc
    .tuple(operator, fc.bigInt({ min: -3n, max: 10n ** 20n }))
    .map(([op, n]) =>
      test('wealth', op, `"${n}"`, ({ wealth }) => (wealth === null ? null : bySize(BigInt(wealth), n))),
    ),
  fc.constantFrom(true, false).map((is): Filter => ({ text: `isNew_not: ${is}`, holds: ({ isNew }) => isNew === !is })),
  fc.constantFrom('', '_not').map(
    (suffix): Filter => ({
      text: `team${suffix}: null`,
      holds: ({ team }) => (team === null) === (suffix === ''),
    }),
  ),
  fc.array(word, { maxLength: 3 }).map(
    (list): Filter => ({
      text: `name_in: ${JSON.stringify(list)}`,
      holds: ({ name }) => list.includes(name),
    }),
  ),
  fc.array(word, { minLength: 1, maxLength: 3 }).map(
    (list): Filter => ({
      text: `nick_not_in: ${JSON.stringify(list)}`,
      holds: ({ nick }) => nick !== null && !list.includes(nick),
    }),
  ),
  fc.array(word, { maxLength: 2 }).map(
    (list): Filter => ({
      text: `tags_contains: ${JSON.stringify(list)}`,
      holds: ({ tags }) => list.every((tag) => tags.includes(tag)),
    }),
  ),
  word.map(
    (text): Filter => ({
      text: `nick_contains: ${JSON.stringify(text)}`,
      holds: ({ nick }) => nick?.includes(text) ?? false,
    }),
  ),
  fc.integer({ min: 0, max: 2 }).map(
    (rank): Filter => ({
      text: `team_: { rank: ${rank} }`,
      holds: ({ team }, { teams }) => team !== null && teams.get(team)?.rank === rank,
    }),
  ),
  fc.integer({ min: -2, max: 3 }).map(
    (age): Filter => ({
      text: `friends_: { age_gt: ${age} }`,
      holds: ({ friends }, { players }) => friends.some((id) => (players.get(id)?.age ?? -9) > age),
    }),
  ),
)

const { filter } = fc.letrec<{ filter: Filter; all: Filter }>((tie) => ({
  all: fc.uniqueArray(simple, { maxLength: 3, selector: ({ text }) => text.split(':')[0] }).map((tests) => ({
    text: `{ ${tests.map(({ text }) => text).join(', ')} }`,
    holds: (one, world) => tests.every(({ holds }) => holds(one, world)),
  })),
  filter: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    tie('all'),
    fc.tuple(fc.constantFrom('and', 'or'), fc.array(tie('filter'), { maxLength: 3 })).map(([combine, parts]) => ({
      text: `{ ${combine}: [${parts.map(({ text }) => text).join(', ')}] }`,
      holds: (one: Player, world: World) =>
        combine === 'and'
          ? parts.every(({ holds }) => holds(one, world))
          : parts.some(({ holds }) => holds(one, world)),
    })),
  ),
}))

// ── orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Key = (player: Player, world: World) => string | number | bigint | null

const keys: Readonly<Record<string, Key>> = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  nick: ({ nick }) => nick,
  age: ({ age }) => age,
  wealth: ({ wealth }) => (wealth === null ? null : BigInt(wealth)),
  team__rank: ({ team }, { teams }) => (team === null ? null : (teams.get(team)?.rank ?? null)),
}

/** Nulls are greater than everything, and ties go by id in the same direction. */
function sorted(players: readonly Player[], key: Key, direction: string, world: World): Player[] {
  const compare = (a: Player, b: Player) => {
    const [x, y] = [key(a, world), key(b, world)]
    if (x === null || y === null) return Number(x === null) - Number(y === null)
    if (typeof x === 'string' || typeof y === 'string') return byBytes(String(x), String(y))
    return Number(x > y) - Number(x < y)
  }
  const sign = direction === 'desc' ? -1 : 1
  return players.toSorted((a, b) => sign * (compare(a, b) || byBytes(a.id, b.id)))
}

const list = fc.record({
  filter,
  orderBy: fc.constantFrom(...Object.keys(keys)),
  direction: fc.constantFrom('asc', 'desc'),
  first: fc.integer({ min: 1, max: 6 }),
  skip: fc.integer({ min: 0, max: 3 }),
})

it('finds what a naive reading of the query finds, at every block', async () => {
  const nestedKeys = Object.keys(keys).filter((key) => !key.includes('__'))
  const nested = fc.record({
    orderBy: fc.constantFrom(...nestedKeys),
    direction: fc.constantFrom('asc', 'desc'),
    first: fc.integer({ min: 1, max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), list, nested, async (block, outer, inner) => {
      const world = worlds[block - 1]
      if (!world) throw new Error('there is a world for each block')
      const at = block === 3 ? '' : `, block: { number: ${block} }`
      const query = `{ players(where: ${outer.filter.text}, orderBy: ${outer.orderBy}, orderDirection: ${outer.direction}, first: ${outer.first}, skip: ${outer.skip}${at}) {
        id nick team { id players(orderBy: ${inner.orderBy}, orderDirection: ${inner.direction}, first: ${inner.first}) { id } }
        friends(orderBy: ${inner.orderBy}, orderDirection: ${inner.direction}, first: ${inner.first}) { id }
      } }`
      const order = (some: readonly Player[], by: typeof inner) =>
        sorted(some, keys[by.orderBy] ?? (() => null), by.direction, world)
      const ids = (some: readonly Player[]) =>
        order(some, inner)
          .slice(0, inner.first)
          .map(({ id }) => ({ id }))
      const all = [...world.players.values()]
      const expected = order(
        all.filter((one) => outer.filter.holds(one, world)),
        outer,
      )
        .slice(outer.skip, outer.skip + outer.first)
        .map(({ id, nick, team, friends }) => ({
          id,
          nick,
          team:
            team !== null && world.teams.has(team)
              ? { id: team, players: ids(all.filter((one) => one.team === team)) }
              : null,
          friends: ids(all.filter((one) => friends.includes(one.id))),
        }))
      expect(await index.ask(query)).toEqual({ data: { players: expected } })
    }),
    { numRuns: 300, seed: 5 },
  )
})
