import { expect, it, vi } from 'vitest'
import { Breaker } from './breaker.ts'

it('opens after some failures in a row, lets one through after a while, and closes when that succeeds', () => {
  let now = 0
  using _ = vi.spyOn(performance, 'now').mockImplementation(() => now)
  const breaker = new Breaker({ failures: 3, pauseMs: 1_000, longestPauseMs: 3_000 })
  expect([breaker.failed(), breaker.failed(), breaker.succeeded(), breaker.state]).toEqual([
    false,
    false,
    false,
    'closed',
  ])

  expect([breaker.failed(), breaker.failed(), breaker.failed()]).toEqual([false, false, true])
  expect(breaker.state).toBe('open')
  // Those that were under way fail as well, which is no news.
  expect(breaker.failed()).toBe(false)
  now = 1_000
  expect(breaker.state).toBe('trying')

  expect(breaker.failed()).toBe(false)
  expect(breaker.awayMs).toBe(1_000)
  now = 2_999
  expect(breaker.state).toBe('open')
  now = 3_000
  expect(breaker.state).toBe('trying')

  expect([breaker.succeeded(), breaker.state, breaker.awayMs]).toEqual([true, 'closed', null])
})
