import type { World, WorldCollection } from './world.ts'

export type CollectionPageSeed = {
  readonly collection: string
  readonly description: string
  readonly banner: string
  readonly links: { label: string; url: string }[]
}

/** Every collection of the world has a page. */
export function pagesOf({ collections, tokens, accounts }: World): CollectionPageSeed[] {
  const sizes = Map.groupBy(tokens, ({ collection }) => collection)
  const names = new Map(accounts.map(({ address, name }) => [address, name]))
  return collections.map((collection, index) =>
    pageOf(
      collection,
      index,
      sizes.get(collection.address)?.length ?? 0,
      names.get(collection.creator) ?? 'an unnamed hand',
    ),
  )
}

function pageOf(
  { address, name, symbol }: WorldCollection,
  index: number,
  size: number,
  creator: string,
): CollectionPageSeed {
  const slug = symbol.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return {
    collection: address,
    description: `${name}: ${size} works by ${creator}. ${statements[index % statements.length]}`,
    banner: `/media/banners/${slug}.webp`,
    links: [{ label: 'About the series', url: `https://${slug}.example/about` }],
  }
}

const statements: readonly string[] = [
  'A series about patience, made without any.',
  'Begun as notes to a friend; the friend said to go on.',
  'Each work repeats the one before it and gets something wrong.',
  'What the eye does while the hands are busy.',
  'No work in it took longer than an afternoon, no afternoon was long enough.',
  'The order is that of making. Nothing was left out afterwards.',
]
