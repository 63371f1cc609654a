import { expect, it } from 'vitest'
import { createPrisma } from './client.ts'

it('complains of a query without quoting our source', async () => {
  const prisma = createPrisma('postgresql://someone:geheim@127.0.0.1:1/nowhere')

  // Something that the types would not let through.
  const query: object = { where: { nothing: 1 } }
  const error = await prisma.profile.findMany(query).catch((caught: unknown) => caught)

  expect(error).toMatchObject({ name: 'PrismaClientValidationError' })
  expect(String(error)).not.toMatch(/client\.test|await|geheim/)
  await prisma.$disconnect()
})
