/** Writes what the council's people would have written, read from a file: `node prisma/seed.ts <people.json>`. */
import { readFile } from 'node:fs/promises'
import { createPrisma, type Prisma } from './index.ts'

interface People {
  readonly writers: Prisma.WriterCreateManyInput[]
  readonly briefs: Prisma.BriefCreateManyInput[]
  readonly rationales: Prisma.RationaleCreateManyInput[]
}

const [file = ''] = process.argv.slice(2)
const { writers, briefs, rationales }: People = JSON.parse(await readFile(file, 'utf8'))
const prisma = createPrisma(process.env.DATABASE_URL ?? '')
await prisma.writer.createMany({ data: writers })
await prisma.brief.createMany({ data: briefs })
await prisma.rationale.createMany({ data: rationales })
await prisma.$disconnect()
