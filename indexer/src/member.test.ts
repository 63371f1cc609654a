import { expect, it } from 'vitest'
import { aDeployment } from '../test/deployment.ts'
import { budgetMemory } from './chain/pool/budget.ts'
import { parseNode } from './chain/pool/settings.ts'
import { parseConfig } from './config.ts'
import { startMember } from './member.ts'
import { createMetrics } from './serve/metrics.ts'

/** A member whose thread runs a text instead of what indexes. */
function aMember(code: string) {
  const told: [event: string, facts: unknown][] = []
  const note = (event: string, facts?: object) => told.push([event, facts])
  const deployment = aDeployment('type A @entity(immutable: true) { id: ID! }', { id: 'Qm1', network: 'anvil' })
  const rpcUrl = 'http://127.0.0.1:1'
  const chain = { nodes: [parseNode(rpcUrl)], budgets: budgetMemory(1) }
  const config = parseConfig(['--rpc', `anvil:${rpcUrl}`], {})
  const member = startMember(
    { deployment, invariants: [], config, postgresUrl: 'postgresql://127.0.0.1:1/none', chain },
    {
      metrics: createMetrics(),
      log: { debug: note, info: note, warn: note, error: note },
      onSynced: () => note('synced'),
      patienceMs: 100,
      entry: new URL(`data:text/javascript,${encodeURIComponent(code)}`),
    },
  )
  return { member, told }
}

it('tells of a thread that dies by an error that nobody caught', async () => {
  const { member } = aMember(`setTimeout(() => { throw new Error('our bug') })`)
  await expect(member.ended).rejects.toMatchObject({
    code: 'DEPLOYMENT_THREAD_DIED',
    remedy: 'crash',
    facts: { deployment: 'Qm1', reason: 'our bug' },
  })
})

it('tells of a thread that ends without a word', async () => {
  const { member } = aMember('process.exit(7)')
  await expect(member.ended).rejects.toMatchObject({
    code: 'DEPLOYMENT_THREAD_DIED',
    facts: { reason: 'exit code 7' },
  })
})

it('hears everything that a thread says before it ends', async () => {
  const { member, told } = aMember(`
    import { parentPort } from 'node:worker_threads'
    const say = (message) => parentPort.postMessage(message)
    const log = (event, facts) => say({ kind: 'log', level: 'info', event, facts })
    log('one', { path: 'a' })
    say({ kind: 'progress', event: { kind: 'synced' } })
    log('two', { error: { name: 'Error', message: 'why' }, waitMs: 5 })
    say({ kind: 'ended', error: null })
    process.exit(0)
  `)
  await member.ended
  expect(told).toEqual([
    ['one', { path: 'a' }],
    ['synced', undefined],
    ['two', { error: expect.objectContaining({ message: 'why' }), waitMs: 5 }],
  ])
  expect(Object.keys(told[2]?.[1] ?? {})).toEqual(['error', 'waitMs'])
})

it('cuts one off that does not stop when told', async () => {
  const { member, told } = aMember('for (;;) {}')
  await member.stop()
  expect(told).toEqual([['deployment.cutOff', { deployment: 'Qm1', waitedMs: 100 }]])
})
