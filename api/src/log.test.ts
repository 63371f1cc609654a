import { expect, it } from 'vitest'
import { createPrisma } from '../../prisma/index.ts'
import { describeError } from './log.ts'

it('tells what is wrong with a query, and nothing of the values in it', async () => {
  const prisma = createPrisma('postgresql://someone:geheim@127.0.0.1:1/nowhere')
  const query: object = { where: { nothing: 'what only the caller knows' } }
  const error = await prisma.profile.findMany(query).catch((caught: unknown) => caught)

  const told = describeError(error)

  expect(told).toMatchObject({
    name: 'PrismaClientValidationError',
    message: expect.stringMatching(/^Unknown argument `nothing`/),
    stack: expect.stringContaining('    at '),
  })
  expect(JSON.stringify([told, describeError(new Error('outer', { cause: error }))])).not.toMatch(/caller knows|geheim/)
  await prisma.$disconnect()
})

it('strikes the passwords out of addresses', () => {
  expect(describeError('cannot reach postgresql://user:word@host/db')).toBe('cannot reach postgresql://…@host/db')
})
