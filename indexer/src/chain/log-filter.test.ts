import { expect, it } from 'vitest'
import { aHash, aLog, anAddress } from '../../test/block.ts'
import { logQuestions, wants } from './log-filter.ts'
import type { StreamFilter } from './step.ts'

const filter: StreamFilter = {
  logs: [
    { address: anAddress(1), topics0: [aHash(1), aHash(2)], fromBlock: 10 },
    { address: anAddress(2), topics0: [aHash(2)], fromBlock: 0, toBlock: 20 },
    { topics0: [aHash(3)], fromBlock: 15 },
  ],
  wantsReceipts: false,
}

it('asks once for all addresses and once for what any contract may log', () => {
  expect(logQuestions(filter, 12, 30)).toEqual([
    { address: [anAddress(1), anAddress(2)], topics0: [aHash(1), aHash(2)] },
    { topics0: [aHash(3)] },
  ])
})

it('leaves out who is not there yet or no longer', () => {
  expect(logQuestions(filter, 5, 9)).toEqual([{ address: [anAddress(2)], topics0: [aHash(2)] }])
  expect(logQuestions(filter, 21, 22)).toEqual([
    { address: [anAddress(1)], topics0: [aHash(1), aHash(2)] },
    { topics0: [aHash(3)] },
  ])
})

it('splits thousands of addresses', () => {
  const logs = Array.from({ length: 1_200 }, (_, i) => ({ address: anAddress(i), topics0: [aHash(1)], fromBlock: 0 }))
  expect(logQuestions({ logs, wantsReceipts: false }, 0, 9).map((one) => one.address?.length)).toEqual([500, 500, 200])
})

it('wants only what someone listens to at that block', () => {
  const log = (address: number, topic: number, blockNumber: number) =>
    wants(filter, aLog({ address: anAddress(address), topics: [aHash(topic)], blockNumber }))
  expect([
    log(1, 1, 10),
    log(1, 1, 9),
    log(2, 1, 10),
    log(2, 2, 20),
    log(2, 2, 21),
    log(9, 3, 15),
    log(9, 3, 14),
  ]).toEqual([true, false, false, true, false, true, false])
  expect(wants(filter, aLog({ address: anAddress(1) }))).toBe(false)
})
