import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { aDeployment } from '../test/deployment.ts'
import { scratchDatabase } from '../test/postgres.ts'
import { DeploymentBusyError } from './errors.ts'
import { Fleet } from './fleet.ts'
import type { Log } from './log.ts'
import { packError, unpackError } from './member/packed-error.ts'
import { pauseAssignment } from './store/assignments.ts'
import { prepareDeployment } from './store/deployments.ts'
import { prepareMetadata } from './store/metadata.ts'
import { nameDeployment, removeName } from './store/names.ts'
import { createPostgres } from './store/postgres.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A fleet of three named deployments, `Qm0` to `Qm2`, whose members only note that they come and go. */
async function aFleet(behave: (id: string, start: number) => Promise<void>, log: Log = silent) {
  const database = await scratchDatabase()
  const postgres = createPostgres(database.url, { max: 3 })
  await prepareMetadata(postgres)
  for (const index of [0, 1, 2]) {
    const deployment = aDeployment('type A @entity(immutable: false) { id: ID! }', { id: `Qm${index}` })
    await nameDeployment(postgres, `name-${index}`, (await prepareDeployment(postgres, deployment, 250)).number)
  }
  const starts = new Map<string, number>()
  const atWork = new Set<string>()
  const fleet = new Fleet({
    postgres,
    node: 'default',
    log,
    onChange: async () => undefined,
    restartDelayMs: () => 5,
    start: async ({ id }) => {
      const start = starts.get(id) ?? 0
      starts.set(id, start + 1)
      atWork.add(id)
      const ended = behave(id, start)
      ended.catch(() => undefined)
      return {
        ended,
        stop: async () => {
          atWork.delete(id)
        },
      }
    },
  })
  await fleet.reconcile()
  return {
    fleet,
    postgres,
    starts,
    atWork: () => [...atWork].sort(),
    async [Symbol.asyncDispose]() {
      await fleet.stop()
      await postgres.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

const forEver = () => new Promise<void>(() => undefined)

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('it did not come to it')
    await pause(5)
  }
}

it('starts one again that crashed, while the others go on', async () => {
  await using team = await aFleet(async (id, start) => {
    if (id === 'Qm1' && start < 3) throw new Error('our bug')
    await forEver()
  })
  await until(() => team.starts.get('Qm1') === 4)
  await until(() => team.atWork().length === 3)
  expect(team.starts).toEqual(
    new Map([
      ['Qm0', 1],
      ['Qm1', 4],
      ['Qm2', 1],
    ]),
  )
})

it('stops what lost its name or was paused, and starts what may go on', async () => {
  await using team = await aFleet(forEver)
  await until(() => team.atWork().length === 3)
  await removeName(team.postgres, 'name-0')
  await pauseAssignment(team.postgres, 'Qm1', true)
  await team.fleet.reconcile()
  expect(team.atWork()).toEqual(['Qm2'])
  await pauseAssignment(team.postgres, 'Qm1', false)
  await team.fleet.reconcile()
  await until(() => team.atWork().length === 2)
  expect(team.starts).toEqual(
    new Map([
      ['Qm0', 1],
      ['Qm1', 2],
      ['Qm2', 1],
    ]),
  )
})

it('leaves one alone that failed for good, until it is woken', async () => {
  await using team = await aFleet(async (id) => (id === 'Qm0' ? undefined : forEver()))
  await until(() => team.atWork().join() === 'Qm1,Qm2')
  await team.fleet.reconcile()
  expect(team.starts.get('Qm0')).toBe(1)
  await team.fleet.wake(1)
  await until(() => team.starts.get('Qm0') === 2)
  await team.fleet.wake(2)
  expect(team.starts.get('Qm1')).toBe(1)
})

it('waits for its turn without an alarm while another process indexes the same', async () => {
  const told: string[] = []
  const log = { ...silent, warn: (event: string) => told.push(event), error: (event: string) => told.push(event) }
  await using team = await aFleet(async (id, start) => {
    // As it comes out of another thread.
    if (id === 'Qm1' && start < 2) throw unpackError(structuredClone(packError(new DeploymentBusyError(id))))
    await forEver()
  }, log)
  await until(() => team.starts.get('Qm1') === 3)
  expect(told).toEqual(['deployment.elsewhere', 'deployment.elsewhere'])
})

it('leaves nobody at work when it is stopped', async () => {
  const team = await aFleet(forEver)
  await team[Symbol.asyncDispose]()
  expect(team.atWork()).toEqual([])
})
