import { expect, it } from 'vitest'
import { down, gatewayUrl } from './services.mjs'

it('takes the house down from the gateway to the database, each waited for', async () => {
  const events: string[] = []
  const part = (name: string) => {
    const stop = async () => {
      events.push(`${name} is asked`)
      await Promise.resolve()
      events.push(`${name} is gone`)
    }
    const child = { name, pid: 1, log: '', exited: Promise.resolve('exit 0'), isGone: () => false, stop }
    return { current: () => child, startAgain: async () => child, stop, url: '' }
  }

  await down(
    { database: part('database'), chain: part('chain'), gateway: part('gateway'), indexer: part('indexer') },
    () => false,
  )

  const order = ['gateway', 'indexer', 'chain', 'database']
  expect(events).toEqual(order.flatMap((name) => [`${name} is asked`, `${name} is gone`]))
})

it('takes down what there is after a start that failed half way', async () => {
  await down({}, () => false)
})

it('names the gateway as a browser on this machine finds it', () => {
  expect(gatewayUrl({ host: '127.0.0.1', port: 4000 })).toBe('http://localhost:4000')
  expect(gatewayUrl({ host: '0.0.0.0', port: 4000 })).toBe('http://localhost:4000')
  expect(gatewayUrl({ host: 'house.example', port: 4000 })).toBe('http://house.example:4000')
})
