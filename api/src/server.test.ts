import { expect, it } from 'vitest'
import { address, block, collectionAddress, marketplace } from '../test/marketplace.ts'

const gallery = `query Gallery($first: Int = 12) {
  _meta { block { number hash } }
  tokens(first: $first) {
    tokenId
    metadata { name image }
    collection { name page { description } creator { profile { handle } } }
    owner { id profile { handle name } }
  }
}`

it('answers from the chain and from Postgres together, and says of which block', async () => {
  await using market = await marketplace()

  const { data, errors, extensions } = await market.ask(gallery, { first: 2 })

  expect(errors).toBeUndefined()
  expect(data).toEqual({
    _meta: { block: { number: 42, hash: block.hash } },
    tokens: [
      {
        tokenId: '0',
        metadata: { name: 'Token 0', image: null },
        collection: {
          name: 'Collection 0',
          page: { description: 'The first.' },
          creator: { profile: { handle: 'mara' } },
        },
        owner: { id: address(0), profile: { handle: 'mara', name: 'Mara Lind' } },
      },
      {
        tokenId: '1',
        metadata: { name: 'Token 1', image: null },
        collection: { name: 'Collection 1', page: null, creator: { profile: { handle: 'ilse' } } },
        owner: { id: address(1), profile: { handle: 'ilse', name: 'Ilse 100%' } },
      },
    ],
  })
  expect(extensions).toEqual({ chain: { block } })
})

it('makes one upstream document and at most one SQL statement per Prisma type', async () => {
  await using market = await marketplace()

  await market.ask(gallery)

  expect(market.sent).toHaveLength(1)
  expect(tables(market.statements)).toEqual(['collection_page', 'linked_address', 'profile', 'token_metadata'])
})

it('asks Postgres for the selected columns only', async () => {
  await using market = await marketplace()

  await market.ask('{ tokens { metadata { name } } }')

  expect(market.statements).toEqual([
    expect.stringMatching(/^SELECT "people"\."token_metadata"\."id", "people"\."token_metadata"\."name" FROM/),
  ])
})

it('loads what hangs on a row with the rows, not row by row', async () => {
  await using market = await marketplace()

  const { data } = await market.ask('{ accounts { profile { handle links { url } addresses { address isPrimary } } } }')

  expect(data).toEqual({
    accounts: [
      { profile: mara },
      { profile: { handle: 'ilse', links: [], addresses: [{ address: address(1), isPrimary: true }] } },
      { profile: mara },
      { profile: null },
    ],
  })
  expect(market.statements.length).toBeLessThanOrEqual(3)
})

const mara = {
  handle: 'mara',
  links: [{ url: 'https://mara.example' }],
  addresses: [
    { address: address(0), isPrimary: true },
    { address: address(2), isPrimary: false },
  ],
}

it('goes from people to the chain and back again, one document and one batch per level, all at one block', async () => {
  await using market = await marketplace()

  const { data, errors } = await market.ask(`{
    collection(id: "${collectionAddress(0)}") { creator { profile { handle accounts { id } } } }
    profiles { handle accounts(first: 1) { id tokens(first: 1) { metadata { name attributes { traitType value } } } } }
  }`)

  expect(errors).toBeUndefined()
  expect(data).toEqual({
    collection: { creator: { profile: { handle: 'mara', accounts: [{ id: address(0) }, { id: address(2) }] } } },
    profiles: [
      {
        handle: 'ilse',
        accounts: [
          {
            id: address(1),
            tokens: [{ metadata: { name: 'Token 1', attributes: [{ traitType: 'size', value: '1' }] } }],
          },
        ],
      },
      {
        handle: 'mara',
        accounts: [
          {
            id: address(0),
            tokens: [{ metadata: { name: 'Token 0', attributes: [{ traitType: 'size', value: '0' }] } }],
          },
        ],
      },
    ],
  })
  const [, ...later] = market.sent
  expect(later.length).toBeGreaterThan(0)
  for (const { variables } of later) {
    expect(variables).toMatchObject({ _k_block: { hash: block.hash } })
  }
})

it('loads what hangs on a row with the rows below people and the chain too', async () => {
  await using market = await marketplace()

  const { data } = await market.ask('{ profiles { accounts { profile { handle addresses { address isPrimary } } } } }')

  const ilse = { handle: 'ilse', addresses: [{ address: address(1), isPrimary: true }] }
  const { links: _, ...maraThere } = mara
  expect(data).toEqual({
    profiles: [{ accounts: [{ profile: ilse }] }, { accounts: [{ profile: maraThere }, { profile: maraThere }] }],
  })
  expect(tables(market.statements)).toEqual([
    ...['linked_address', 'linked_address', 'linked_address'],
    ...['profile', 'profile'],
  ])
})

it('finds people by handle, by any address of theirs, and by parts of their names, taken literally', async () => {
  await using market = await marketplace()

  const { data } = await market.ask(`{
    byHandle: profile(handle: "ilse") { name }
    byAddress: profile(address: "${address(2).toUpperCase().replace('0X', '0x')}") { name }
    nobody: profile(handle: "nobody") { name }
    percent: profiles(where: { name_contains_nocase: "0%" }) { handle }
    underscore: profiles(where: { handle_starts_with: "_" }) { handle }
    owners: profiles(where: { address_in: ["${address(0)}", "${address(2)}"] }) { handle }
    backwards: profiles(orderBy: name, orderDirection: desc, first: 1) { handle }
  }`)

  expect(data).toEqual({
    byHandle: { name: 'Ilse 100%' },
    byAddress: { name: 'Mara Lind' },
    nobody: null,
    percent: [{ handle: 'ilse' }],
    underscore: [],
    owners: [{ handle: 'mara' }],
    backwards: [{ handle: 'mara' }],
  })
})

it.each([
  ['{ profiles(first: 1001) { handle } }', 'profiles'],
  ['{ profiles(first: 0) { handle } }', 'profiles'],
  ['{ profiles(skip: -1) { handle } }', 'profiles'],
  ['{ profile { handle } }', 'profile'],
  [`{ profiles(where: { handle: "${'x'.repeat(201)}" }) { handle } }`, 'profiles'],
  [String.raw`{ profiles(where: { handle: "a\u0000b" }) { handle } }`, 'profiles'],
])('says what is wrong with %s', async (query, field) => {
  await using market = await marketplace()

  const { data, errors } = await market.ask(query)

  expect(data).toEqual({ [field]: null })
  expect(errors).toMatchObject([{ path: [field], extensions: { code: 'BAD_USER_INPUT' } }])
})

function tables(statements: readonly string[]): string[] {
  return statements.map((statement) => /FROM "people"\."(\w+)"/.exec(statement)?.[1] ?? statement).sort()
}
