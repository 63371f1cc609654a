import { defineConfig } from 'prisma/config'
import { peopleSchema } from './migrations.ts'

// For the prisma command only; what runs (migrate.ts, index.ts) is given its database's address.
const url = process.env.DATABASE_URL ? URL.parse(process.env.DATABASE_URL) : null
url?.searchParams.set('schema', peopleSchema)

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  ...(url && { datasource: { url: url.href } }),
})
