import { choose, numberOf } from './choice.ts'
import type { World, WorldToken } from './world.ts'

export type TokenMetadataSeed = {
  readonly id: string
  readonly collection: string
  readonly name: string
  readonly description: string
  readonly image: string
  /** As OpenSea's metadata standard has them, which most wallets read. */
  readonly attributes: { trait_type: string; value: string | number }[]
}

/** Every token of the world has metadata. */
export function metadataOf({ tokens, collections }: World): TokenMetadataSeed[] {
  const names = new Map(collections.map(({ address, name }) => [address, name]))
  return tokens.map((token) => describe(token, names.get(token.collection) ?? 'a lost collection'))
}

/** The chain's Token.id: the collection's address, then the token id as 32 bytes. */
export function tokenKey({ collection, tokenId }: Pick<WorldToken, 'collection' | 'tokenId'>): string {
  return `${collection}${tokenId.toString(16).padStart(64, '0')}`
}

function describe(token: WorldToken, collectionName: string): TokenMetadataSeed {
  const id = tokenKey(token)
  const medium = choose(media, 'medium', token.collection)
  const mood = choose(moods, 'mood', id)
  return {
    id,
    collection: token.collection,
    name: token.name,
    description: `No. ${token.tokenId} of ${collectionName}. ${medium}. ${choose(remarks, 'remark', id)}`,
    image: token.uri.replace(/(\.json)?$/, '.webp'),
    attributes: [
      { trait_type: 'Medium', value: medium },
      { trait_type: 'Mood', value: mood },
      { trait_type: 'Year', value: 2019 + (numberOf('year', id) % 7) },
      { trait_type: 'Height (cm)', value: 12 + (numberOf('height', id) % 88) },
    ],
  }
}

const media: [string, ...string[]] = [
  'Linocut on washi',
  'Silver gelatin print, scanned',
  'Gouache and pencil',
  'Handwoven linen, photographed flat',
  'Pen plotter drawing',
  'Cyanotype',
]

const moods: [string, ...string[]] = ['Still', 'Restless', 'Wry', 'Tender', 'Stern', 'Luminous']

const remarks: [string, ...string[]] = [
  'Made in one sitting and left alone after that.',
  'The second attempt; the first one is under it.',
  'Best seen from across the room.',
  'The mark in the lower corner is not a signature.',
  'Finished on the last warm day of the year.',
  'There is a mistake in it, and it stays.',
  'Begun on a train, which shows.',
  'The artist would rather not say what it is of.',
]
