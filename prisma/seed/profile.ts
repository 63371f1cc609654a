import { uuidOf } from './choice.ts'
import type { World } from './world.ts'

/** A profile to plant, and the addresses that are its person's, the primary one first. */
export type ProfileSeed = {
  readonly id: string
  readonly handle: string
  readonly name: string
  readonly bio: string
  readonly avatar: string | null
  readonly links: { label: string; url: string }[]
  readonly addresses: readonly [string, ...string[]]
}

/**
 * Who has a profile: every creator; of the others, in groups of four, two have one of their own, one is the second address of
 * the person before, and one has none, so that both cases can be seen.
 */
export function profilesOf({ accounts, collections }: World): ProfileSeed[] {
  const creators = new Set(collections.map(({ creator }) => creator))
  const people: { name: string; addresses: [string, ...string[]] }[] = []
  for (const [index, { name, address }] of accounts.entries()) {
    const before = people.at(-1)
    if (creators.has(address) || index % 4 < 2) people.push({ name, addresses: [address] })
    else if (index % 4 === 2 && before) before.addresses.push(address)
  }
  const taken = new Set<string>()
  return people.map(({ name, addresses }, index) =>
    profileOf(name, addresses, creators.has(addresses[0]), index, taken),
  )
}

function profileOf(
  name: string,
  addresses: readonly [string, ...string[]],
  isCreator: boolean,
  index: number,
  taken: Set<string>,
): ProfileSeed {
  const [address] = addresses
  const handle = freeHandle(name, taken)
  const bios = isCreator ? creatorBios : collectorBios
  return {
    id: uuidOf('profile', address),
    handle,
    name,
    bio: bios[index % bios.length] ?? '',
    avatar: `/media/avatars/${handle}.webp`,
    links: isCreator ? [{ label: 'Studio', url: `https://${handle}.example/` }] : [],
    addresses,
  }
}

/** A name as the `profile_handle_check` of the database wants it, with a number if someone else has it. */
function freeHandle(name: string, taken: Set<string>): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const words = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
  const base = (words.length < 3 ? `someone-${words}` : words).slice(0, 26).replace(/-+$/, '')
  let handle = base
  for (let next = 2; taken.has(handle); next++) handle = `${base}-${next}`
  taken.add(handle)
  return handle
}

const creatorBios: readonly string[] = [
  'Works slowly, in series. Every piece starts as a page in a notebook and most of them end there.',
  'Prints, textiles and the occasional machine. Studio open on the first Saturday of the month.',
  'I draw what is left over when a room empties.',
  'Trained as a surveyor, still measuring things, now for no reason at all.',
  'Small editions only. If you own one and it makes you laugh, write to me.',
  'Looking for the colour of things at the hour nobody looks at them.',
]

const collectorBios: readonly string[] = [
  'Collects little, keeps all of it.',
  'Mostly here for the textiles. Offers open, patience long.',
  'Buys what I would have liked to make.',
  'Night-shift nurse, daytime collector. One wall left.',
  'I trade to find out what I cannot let go of.',
  'Started with a postcard. It got out of hand.',
  'Reads the description before the price.',
]
