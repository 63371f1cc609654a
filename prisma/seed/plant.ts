import type { PrismaClient } from '../generated/client/client.ts'
import { pagesOf } from './collection-page.ts'
import { type ProfileSeed, profilesOf } from './profile.ts'
import { metadataOf } from './token-metadata.ts'
import type { World } from './world.ts'

/** How many rows were missing and are there now. */
export type Planted = {
  readonly profiles: number
  readonly addresses: number
  readonly metadata: number
  readonly pages: number
}

const BATCH = 1_000

/**
 * Writes what the world's people would have written: only rows that are missing. A row that is there, changed by someone or
 * not, stays as it is; so does an address that has found a profile of its own.
 */
export async function plant(prisma: PrismaClient, world: World): Promise<Planted> {
  const planted = { profiles: 0, addresses: 0, metadata: 0, pages: 0 }
  for (const data of batches(profilesOf(world))) {
    const { profiles, addresses } = await plantProfiles(prisma, data)
    planted.profiles += profiles
    planted.addresses += addresses
  }
  for (const data of batches(metadataOf(world))) {
    planted.metadata += (await prisma.tokenMetadata.createMany({ data, skipDuplicates: true })).count
  }
  for (const data of batches(pagesOf(world))) {
    planted.pages += (await prisma.collectionPage.createMany({ data, skipDuplicates: true })).count
  }
  return planted
}

/** Profiles and their addresses in one transaction, so that no profile is left without. */
async function plantProfiles(prisma: PrismaClient, seeds: readonly ProfileSeed[]) {
  return prisma.$transaction(async (transaction) => {
    const wanted = seeds.flatMap(({ addresses }) => addresses)
    const linked = await transaction.linkedAddress.findMany({
      where: { address: { in: wanted } },
      select: { address: true },
    })
    const claimed = new Set(linked.map(({ address }) => address))
    const missing = seeds.filter(({ addresses }) => !addresses.some((address) => claimed.has(address)))

    const created = await transaction.profile.createManyAndReturn({
      data: missing.map(({ addresses: _, ...profile }) => profile),
      skipDuplicates: true,
      select: { id: true },
    })
    const createdIds = new Set(created.map(({ id }) => id))
    const { count } = await transaction.linkedAddress.createMany({
      data: missing.filter(({ id }) => createdIds.has(id)).flatMap(linksOf),
      skipDuplicates: true,
    })
    return { profiles: created.length, addresses: count }
  })
}

function linksOf({ id, addresses }: ProfileSeed) {
  return addresses.map((address, index) => ({ address, profileId: id, isPrimary: index === 0 }))
}

function* batches<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += BATCH) yield rows.slice(start, start + BATCH)
}
