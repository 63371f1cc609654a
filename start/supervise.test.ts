import { expect, it, vi } from 'vitest'
import { supervise } from './supervise.mjs'

it('starts a child again after a pause that grows, and says so', async () => {
  const aborter = new AbortController()
  const said: string[] = []
  const pauses: number[] = []
  const children = [aChild(), aChild(), aChild()]
  const again = children.slice(1)
  const supervised = supervise({
    name: 'indexer',
    child: children[0] ?? aChild(),
    startAgain: async () => again.shift() ?? aChild(),
    say: (line) => said.push(line),
    signal: aborter.signal,
    pause: async (ms) => void pauses.push(ms),
  })

  children[0]?.end('exit 1')
  await expect.poll(() => supervised.current()).toBe(children[1])
  children[1]?.end('SIGKILL')
  await expect.poll(() => supervised.current()).toBe(children[2])
  aborter.abort()
  children[2]?.end('exit 0')
  await supervised.settled

  expect(pauses).toEqual([1_000, 2_000])
  expect(said).toEqual([
    'The indexer ended (exit 1) and is started again in 1 s; its log: indexer.log',
    'The indexer ended (SIGKILL) and is started again in 2 s; its log: indexer.log',
  ])
})

it('lets a child end that was asked to', async () => {
  const aborter = new AbortController()
  const child = aChild()
  const startAgain = vi.fn()
  const { settled } = supervise({ name: 'gateway', child, startAgain, say: () => undefined, signal: aborter.signal })

  aborter.abort()
  child.end('exit 0')
  await settled

  expect(startAgain).not.toHaveBeenCalled()
})

function aChild() {
  const { promise: exited, resolve: end } = Promise.withResolvers<string>()
  return { name: 'indexer', pid: 1, log: 'indexer.log', exited, isGone: () => false, stop: async () => undefined, end }
}
