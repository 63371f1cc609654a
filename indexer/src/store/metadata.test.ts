import { expect, it } from 'vitest'
import { scratchDatabase } from '../../test/postgres.ts'
import { readAssignments } from './assignments.ts'
import { readGenesis } from './chains.ts'
import { readDeployments } from './deployments.ts'
import { prepareMetadata } from './metadata.ts'
import { readNames } from './names.ts'
import { createPostgres } from './postgres.ts'
import { sql } from './sql.ts'

async function aPostgres() {
  const database = await scratchDatabase()
  const postgres = createPostgres(database.url, { max: 4 })
  return {
    postgres,
    async [Symbol.asyncDispose]() {
      await postgres.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

const deployment = sql`insert into heddle.deployments
  (id, schema_name, network, manifest, schema_text, layout_version, start_block, earliest_block, block_number, block_hash,
    block_parent_hash, block_time, head_number, head_hash, synced_at)
  values ('Qm1', 'sgd1', 'anvil', 'specVersion: 0.0.5', 'type A @entity { id: ID! }', 1, 1, 1, 7, '\\x07', '\\x06', 84, 9, '\\x09', now())`

it.each([1, 2, 3, 4])('takes over what a Heddle of format %i has written, once, however many begin', async (format) => {
  await using made = await aPostgres()
  const { postgres } = made
  await prepareMetadata(postgres, format)
  await postgres.run(deployment)
  await postgres.run(sql`insert into heddle.names (name, deployment) values ('org/a', 1)`)
  await postgres.run(
    sql`insert into heddle.sources (deployment, block_number, template, address, context) values (1, 3, 'T', '\\xaa', '{}')`,
  )
  await postgres.run(
    format < 3
      ? sql`insert into heddle.chains values ('anvil', '\\x00ff')`
      : sql`update heddle.deployments set genesis_hash = '\\x00ff'`,
  )

  await Promise.all([prepareMetadata(postgres), prepareMetadata(postgres), prepareMetadata(postgres)])

  expect(await readDeployments(postgres)).toMatchObject([
    {
      id: 'Qm1',
      network: 'anvil',
      progress: { block: { number: 7 }, head: { number: 9 }, isSynced: true, health: 'healthy' },
    },
  ])
  expect(await readNames(postgres)).toEqual([{ name: 'org/a', current: 'Qm1', pending: null, versions: ['Qm1'] }])
  expect(await readAssignments(postgres)).toMatchObject([{ id: 'Qm1', node: 'default', isPaused: false }])
  expect(await readGenesis(postgres, 1)).toBe('0x00ff')
  expect(await postgres.run(sql`select version from heddle.format`)).toEqual([{ version: 7 }])
  expect(await postgres.run(sql`select count(*)::int as count from heddle.sources`)).toEqual([{ count: 1 }])
})

it('leaves the database of a later Heddle alone', async () => {
  await using made = await aPostgres()
  await prepareMetadata(made.postgres)
  await made.postgres.run(sql`update heddle.format set version = 99`)

  await expect(prepareMetadata(made.postgres)).rejects.toMatchObject({ code: expect.stringContaining('STORE_') })
  expect(await made.postgres.run(sql`select version from heddle.format`)).toEqual([{ version: 99 }])
})
