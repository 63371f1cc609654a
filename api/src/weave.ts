/**
 * Where the chain and people's rows meet. This file, the Prisma models and `schema/` are what a team with a subgraph of its
 * own edits (e2e/another-subgraph does); the rest of the gateway has never heard of tokens or profiles.
 */
import { addressOrder } from './schema/profile.ts'
import { entities, row, type Thread } from './thread.ts'

export const weave: readonly Thread[] = [
  row('Account.profile', {
    type: 'Profile',
    description: 'Who this address belongs to, if anyone said so.',
    model: 'linkedAddress',
    by: { address: 'id' },
    through: 'profile',
  }),
  row('Token.metadata', {
    type: 'TokenMetadata',
    description: "What the token's page says about it.",
    model: 'tokenMetadata',
    by: { id: 'id' },
  }),
  row('Collection.page', {
    type: 'CollectionPage',
    description: "The collection's page, curated by its creator.",
    model: 'collectionPage',
    by: { collection: 'id' },
  }),
  entities('Profile', 'accounts', {
    type: 'Account',
    description: 'The accounts of all linked addresses that the chain has seen, the primary one first.',
    query: 'accounts',
    by: 'id',
    select: { addresses: { select: { address: true }, orderBy: addressOrder } },
    keys: ({ addresses }) => addresses.map(({ address }) => address),
  }),
]
