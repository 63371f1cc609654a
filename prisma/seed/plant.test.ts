import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ScratchDatabase, scratchDatabase } from '../../indexer/test/postgres.ts'
import { applyMigrations } from '../apply.ts'
import { createPrisma } from '../client.ts'
import type { PrismaClient } from '../generated/client/client.ts'
import { plant } from './plant.ts'
import { tokenKey } from './token-metadata.ts'
import { parseWorld } from './world.ts'

let scratch: ScratchDatabase
let prisma: PrismaClient

beforeAll(async () => {
  scratch = await scratchDatabase()
  await applyMigrations(scratch.url)
  prisma = createPrisma(scratch.url, { poolSize: 2 })
})

afterAll(async () => {
  await prisma.$disconnect()
  await scratch[Symbol.asyncDispose]()
})

it('gives every token metadata, every collection a page, and most but not all accounts a profile', async () => {
  const planted = await plant(prisma, world)

  expect(planted).toEqual({ profiles: 5, addresses: 7, metadata: 20, pages: 2 })
  const ids = (await prisma.tokenMetadata.findMany({ select: { id: true } })).map(({ id }) => id)
  expect(ids.sort()).toEqual(world.tokens.map(tokenKey).sort())
})

it('links a second address to some, and only the first is primary', async () => {
  const two = await prisma.profile.findMany({
    where: { handle: 'bo-akerman' },
    include: { addresses: { orderBy: { isPrimary: 'desc' } } },
  })

  expect(two).toMatchObject([
    {
      name: 'Bo Åkerman',
      addresses: [
        { address: address(2), isPrimary: true },
        { address: address(3), isPrimary: false },
      ],
    },
  ])
})

it('writes nothing the second time', async () => {
  expect(await plant(prisma, world)).toEqual({ profiles: 0, addresses: 0, metadata: 0, pages: 0 })
})

it('fills gaps without touching what people changed', async () => {
  const [first, second] = world.tokens.map(tokenKey)
  await prisma.tokenMetadata.update({ where: { id: first ?? '' }, data: { name: 'Renamed' } })
  await prisma.tokenMetadata.delete({ where: { id: second ?? '' } })
  await prisma.profile.update({ where: { handle: 'bo-akerman' }, data: { bio: 'Mine', version: { increment: 1 } } })

  expect(await plant(prisma, world)).toMatchObject({ profiles: 0, metadata: 1 })

  expect(await prisma.tokenMetadata.findUnique({ where: { id: first ?? '' } })).toMatchObject({ name: 'Renamed' })
  expect(await prisma.profile.findUnique({ where: { handle: 'bo-akerman' } })).toMatchObject({
    bio: 'Mine',
    version: 2,
  })
})

it('does not link an address back that its owner gave to another profile', async () => {
  const mine = await prisma.profile.create({ data: { handle: 'someone-new', name: 'Someone new' } })
  await prisma.linkedAddress.update({ where: { address: address(3) }, data: { profileId: mine.id } })

  await plant(prisma, world)

  expect(await prisma.linkedAddress.findUnique({ where: { address: address(3) } })).toMatchObject({
    profileId: mine.id,
  })
})

it('refuses addresses that are not lower case, and a second primary one', async () => {
  const { id } = await prisma.profile.findUniqueOrThrow({ where: { handle: 'bo-akerman' } })

  const upper = { address: `0x${'AB'.repeat(20)}`, profileId: id }
  await expect(prisma.linkedAddress.create({ data: upper })).rejects.toThrow(/linked_address_address_check/)
  const primary = { address: `0x${'ab'.repeat(20)}`, profileId: id, isPrimary: true }
  await expect(prisma.linkedAddress.create({ data: primary })).rejects.toThrow(/unique/i)
})

it('refuses metadata whose collection is not the one in its id', async () => {
  const data = { id: tokenKey({ collection: address(20), tokenId: 1n }), collection: address(21), name: 'Astray' }

  await expect(prisma.tokenMetadata.create({ data })).rejects.toThrow(/token_metadata_collection_check/)
})

function address(index: number): string {
  return `0x${index.toString(16).padStart(40, '0')}`
}

const world = parseWorld({
  accounts: ['Ada Quill', 'Bo Åkerman', 'Cleo', 'Dag', 'Ewa', 'Fe', 'Gus', 'Hal'].map((name, index) => ({
    name,
    address: address(index + 1),
  })),
  collections: [
    { address: address(20), name: 'Moss', symbol: 'MOSS', creator: address(1) },
    { address: address(21), name: 'Tin', symbol: 'TIN', creator: address(8) },
  ],
  tokens: [20, 21].flatMap((collection) =>
    Array.from({ length: 10 }, (_, index) => ({
      collection: address(collection),
      tokenId: index + 1,
      name: `Work ${index + 1}`,
      uri: `ipfs://bafy${collection}/${index + 1}.json`,
    })),
  ),
})
