import { expect, it } from 'vitest'
import { scratchDatabase } from '../../test/postgres.ts'
import { readEnsLabels } from './ens-labels.ts'
import { createPostgres } from './postgres.ts'
import { sql } from './sql.ts'

const [known, unknown] = [`0x${'11'.repeat(32)}`, `0x${'22'.repeat(32)}`]

it("finds labels in graph-node's table, and tells whether there are any", async () => {
  await using database = await scratchDatabase()
  const postgres = createPostgres(database.url, { max: 1, applicationName: 'test' })
  const read = () => readEnsLabels(postgres, [unknown, known, known])
  const none = { isLookedUp: false, text: null }

  const withoutTable = await read()
  await postgres.run(sql`create table public.ens_names (hash varchar primary key, name varchar not null)`)
  const withoutRows = await read()
  await postgres.run(sql`insert into public.ens_names values (${sql.value(known)}, 'vitalik')`)
  const withRows = await read()
  await postgres.end()

  expect([withoutTable, withoutRows]).toEqual([
    [none, none, none],
    [none, none, none],
  ])
  expect(withRows).toEqual([
    { isLookedUp: true, text: null },
    { isLookedUp: true, text: 'vitalik' },
    { isLookedUp: true, text: 'vitalik' },
  ])
})
