import { expect, it } from 'vitest'
import { aDeployment } from '../test/deployment.ts'
import { scratchDatabase } from '../test/postgres.ts'
import { registrar } from './registrar.ts'
import { pauseAssignment, readAssignments } from './store/assignments.ts'
import { prepareDeployment } from './store/deployments.ts'
import { prepareMetadata } from './store/metadata.ts'
import { nameDeployment } from './store/names.ts'
import { createPostgres } from './store/postgres.ts'

it('resumes one that paused itself: it is here, but has to be woken', async () => {
  await using database = await scratchDatabase()
  const postgres = createPostgres(database.url, { max: 2 })
  await using _ = { [Symbol.asyncDispose]: () => postgres.end() }
  await prepareMetadata(postgres)
  const deployment = aDeployment('type A @entity(immutable: false) { id: ID! }', { id: 'Qm1' })
  const { number } = await prepareDeployment(postgres, deployment, 250)
  await nameDeployment(postgres, 'one', number)
  await pauseAssignment(postgres, 'Qm1', true)
  const woken: number[] = []
  const nowhere = () => {
    throw new Error('nothing is deployed here')
  }
  const admin = registrar({
    postgres,
    files: { add: nowhere, addDirectory: nowhere, read: nowhere, block: nowhere, list: nowhere, find: nowhere },
    rpcOf: nowhere,
    fleet: { reconcile: async () => undefined, wake: async (one) => void woken.push(one) },
    node: 'default',
    switching: 'synced',
    finality: 250,
    leastHistory: 500,
  })

  await admin.resume('Qm1')

  expect(woken).toEqual([number])
  expect(await readAssignments(postgres)).toMatchObject([{ id: 'Qm1', isPaused: false }])
  await expect(admin.resume('Qm2')).rejects.toThrow('deployment not found: Qm2')
})
