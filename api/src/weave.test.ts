import { expect, it } from 'vitest'
import { apiSchemaSdl } from '../../indexer/src/index.ts'
import { address, chainSdl, collectionAddress, marketplace } from '../test/marketplace.ts'
import { buildSchema } from './build-schema.ts'
import { entities, row } from './thread.ts'

/** A subgraph that has nothing in common with the example. */
const vaults = apiSchemaSdl(`
  type Keeper @entity(immutable: false) { id: Bytes! vaults: [Vault!]! @derivedFrom(field: "keeper") }
  type Vault @entity(immutable: false) { id: Bytes! keeper: Keeper! label: String! parent: Vault }
`)

const threads = [
  row('Keeper.person', {
    type: 'Profile',
    description: 'Who keeps it.',
    model: 'linkedAddress',
    by: { address: 'id' },
    through: 'profile',
  }),
  row('Vault.note', {
    type: 'TokenMetadata',
    description: 'Found by two columns, one of them below another entity.',
    model: 'tokenMetadata',
    by: { collection: 'parent.id', name: 'label' },
  }),
  entities('Profile', 'keepers', {
    type: 'Keeper',
    description: 'The other way round.',
    query: 'keepers',
    by: 'id',
    select: { addresses: { select: { address: true } } },
    keys: ({ addresses }) => addresses.map(({ address: linked }) => linked),
  }),
]

it('joins another subgraph to the same people, with no change elsewhere', async () => {
  const documents: string[] = []
  await using market = await marketplace({
    chainSdl: vaults,
    weave: threads,
    upstream: async ({ document }) => {
      documents.push(document)
      const vault = (label: string, parent: object | null) => ({ label, _k_label: label, _k_parent__id: parent })
      return document.includes('_k_0')
        ? { data: { _k_0: [{ _k_id: address(1) }] } }
        : {
            data: {
              _pin: { block: { number: 1, hash: '0x01', timestamp: 1 } },
              vaults: [
                { ...vault('Token 1', { id: collectionAddress(1) }), keeper: { _k_id: address(1) } },
                { ...vault('Token 1', { id: collectionAddress(0) }), keeper: { _k_id: address(0) } },
                { ...vault('Token 3', { id: collectionAddress(1) }), keeper: { _k_id: address(3) } },
                { ...vault('Token 1', null), keeper: { _k_id: address(1) } },
              ],
            },
          }
    },
  })

  const { data, errors } = await market.ask(
    '{ vaults { label note { name } keeper { person { handle keepers { __typename } } } } }',
  )

  expect(errors).toBeUndefined()
  const ilse = { person: { handle: 'ilse', keepers: [{ __typename: 'Keeper' }] } }
  expect(data).toEqual({
    vaults: [
      { label: 'Token 1', note: { name: 'Token 1' }, keeper: ilse },
      { label: 'Token 1', note: null, keeper: { person: { handle: 'mara', keepers: [] } } },
      { label: 'Token 3', note: { name: 'Token 3' }, keeper: { person: null } },
      { label: 'Token 1', note: null, keeper: ilse },
    ],
  })
  expect(documents[0]).toContain('_k_parent__id: parent { id }')
  expect(market.statements.filter((statement) => statement.includes('token_metadata'))).toHaveLength(1)
})

it.each([
  [
    'a type',
    row('Ghost.page', { type: 'CollectionPage', description: '', model: 'collectionPage', by: { collection: 'id' } }),
    'Ghost.id',
  ],
  [
    'a field',
    row('Token.page', {
      type: 'CollectionPage',
      description: '',
      model: 'collectionPage',
      by: { collection: 'ghost.id' },
    }),
    'Token.ghost',
  ],
  [
    'a list',
    entities('Profile', 'x', {
      type: 'Account',
      description: '',
      query: 'ghosts',
      by: 'id',
      select: {},
      keys: () => [],
    }),
    'ghosts',
  ],
])('refuses to start when the subgraph has not %s that a join names', (_what, thread, name) => {
  expect(() => buildSchema(chainSdl, [thread])).toThrow(new RegExp(`The subgraph has no .*${name}`))
})
