import { expect, it } from 'vitest'
import { aDeployment } from '../../test/deployment.ts'
import { scratchDatabase } from '../../test/postgres.ts'
import { moveAssignment, pauseAssignment, readAssignments } from './assignments.ts'
import { prepareDeployment } from './deployments.ts'
import { prepareMetadata } from './metadata.ts'
import { createName, nameDeployment, promoteSynced, readNames, removeName, type Switching } from './names.ts'
import { createPostgres } from './postgres.ts'
import { sql } from './sql.ts'

/** Two deployments, of which only the first has caught up, and no name. */
async function twoVersions() {
  const database = await scratchDatabase()
  const postgres = createPostgres(database.url, { max: 2 })
  await prepareMetadata(postgres)
  const install = async (id: string) =>
    (await prepareDeployment(postgres, aDeployment('type A @entity(immutable: false) { id: ID! }', { id }), 250)).number
  const [first, second] = [await install('Qm1'), await install('Qm2')]
  const catchUp = (number: number) =>
    postgres.run(sql`update heddle.deployments set synced_at = now() where number = ${sql.value(number)}`)
  await catchUp(first)
  const point = (number: number, switching: Switching = 'synced') => nameDeployment(postgres, 'a', number, switching)
  return {
    postgres,
    first,
    second,
    point,
    catchUp,
    name: async () => (await readNames(postgres))[0],
    assigned: async () => (await readAssignments(postgres)).map(({ id }) => id),
    async [Symbol.asyncDispose]() {
      await postgres.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

it('makes a name once, and points it nowhere', async () => {
  await using versions = await twoVersions()
  const id = await createName(versions.postgres, 'a')
  expect(id).toMatch(/^[0-9a-f]{32}$/)
  expect(await createName(versions.postgres, 'a')).toBe(id)
  expect(await versions.name()).toEqual({ name: 'a', current: null, pending: null, versions: [] })
  expect(await versions.assigned()).toEqual([])
})

it('remembers every version of a name until the name is removed', async () => {
  await using versions = await twoVersions()
  const { first, second } = versions
  await versions.point(first)
  await versions.point(second, 'instant')
  await versions.point(first, 'instant')
  expect(await versions.name()).toMatchObject({ current: 'Qm1', versions: ['Qm1', 'Qm2'] })
  await removeName(versions.postgres, 'a')
  await createName(versions.postgres, 'a')
  expect(await versions.name()).toMatchObject({ versions: [] })
})

it('lets a new version wait until it has caught up', async () => {
  await using versions = await twoVersions()
  const { first, second } = versions
  await versions.point(first)
  await versions.point(second)
  expect(await versions.name()).toMatchObject({ current: 'Qm1', pending: 'Qm2' })
  expect(await versions.assigned()).toEqual(['Qm1', 'Qm2'])
  expect(await promoteSynced(versions.postgres)).toEqual([])
  await versions.catchUp(second)
  expect(await promoteSynced(versions.postgres)).toEqual(['a'])
  expect(await versions.name()).toMatchObject({ current: 'Qm2', pending: null })
  expect(await versions.assigned()).toEqual(['Qm2'])
})

it('switches at once when told so, or to or from what there is no reason to wait with', async () => {
  await using versions = await twoVersions()
  const { first, second } = versions
  await versions.point(first)
  await versions.point(second, 'instant')
  expect(await versions.name()).toMatchObject({ current: 'Qm2', pending: null })
  await versions.point(first)
  expect(await versions.name()).toMatchObject({ current: 'Qm1', pending: null })
})

it('calls a coming version off when the current one is deployed again', async () => {
  await using versions = await twoVersions()
  const { first, second } = versions
  for (const number of [first, second, first]) await versions.point(number)
  expect(await versions.name()).toMatchObject({ current: 'Qm1', pending: null })
})

it('pauses and moves only what has a name', async () => {
  await using versions = await twoVersions()
  await versions.point(versions.first)
  expect(await pauseAssignment(versions.postgres, 'Qm1', true)).toBe(true)
  expect(await moveAssignment(versions.postgres, 'Qm1', 'other')).toBe(true)
  expect(await pauseAssignment(versions.postgres, 'Qm2', true)).toBe(false)
  expect(await readAssignments(versions.postgres)).toMatchObject([{ id: 'Qm1', node: 'other', isPaused: true }])
  expect(await removeName(versions.postgres, 'a')).toBe(true)
  expect(await removeName(versions.postgres, 'a')).toBe(false)
  expect(await versions.assigned()).toEqual([])
})
