import { expect, it } from 'vitest'
import { aHash, anAddress } from '../../test/block.ts'
import { parseHeader, parseLog, parseReceipt, parseTransactions } from './block.ts'

const bare = { number: '0x10', hash: aHash(16), parentHash: aHash(15), timestamp: '0x5' }

it('reads a block of which the node left out what it could', () => {
  expect(parseHeader(bare)).toMatchObject({
    number: 16,
    timestamp: 5,
    author: anAddress(0),
    totalDifficulty: 0n,
    size: null,
    baseFeePerGas: null,
  })
})

it('takes the author under either name, in lower case', () => {
  const author = `0x${'AB'.repeat(20)}`
  expect(parseHeader({ ...bare, miner: author }).author).toBe(author.toLowerCase())
  expect(parseHeader({ ...bare, author }).author).toBe(author.toLowerCase())
})

it('refuses a block without number, hash or parent', () => {
  expect(() => parseHeader({})).toThrow(TypeError)
  expect(() => parseHeader({ ...bare, number: null })).toThrow('expected a number, got null')
  expect(() => parseHeader({ ...bare, hash: undefined })).toThrow('expected hex')
})

it('reads only the transactions that are wanted', () => {
  const raw = {
    ...bare,
    transactions: [{ hash: aHash(1) }, { hash: aHash(2), transactionIndex: '0x1', to: null }, aHash(3)],
  }
  const found = parseTransactions(raw, parseHeader(bare), new Set([aHash(2)]))
  expect([...found.values()]).toEqual([
    expect.objectContaining({ hash: aHash(2), index: 1, to: null, value: 0n, input: '0x' }),
  ])
})

it.each([
  ['what a legacy transaction offered', { gasPrice: '0x64' }, '0x7', 100n],
  ['base fee and tip', { gasPrice: '0x1', maxFeePerGas: '0x64', maxPriorityFeePerGas: '0x2' }, '0x7', 9n],
  ['no more than the maximum', { maxFeePerGas: '0x8', maxPriorityFeePerGas: '0x2' }, '0x7', 8n],
  ['nothing where nothing is known', {}, undefined, 0n],
])('prices gas as %s', (_, fees, baseFeePerGas, expected) => {
  const header = parseHeader({ ...bare, baseFeePerGas })
  const transactions = parseTransactions({ transactions: [{ hash: aHash(1), ...fees }] }, header, new Set([aHash(1)]))
  expect(transactions.get(aHash(1))?.gasPrice).toBe(expected)
})

it('reads logs, also those with enormous indexes or of no transaction', () => {
  const raw = {
    address: `0x${'AB'.repeat(20)}`,
    topics: [aHash(1)],
    blockHash: aHash(16),
    blockNumber: '0x10',
    logIndex: '0xffffffff',
  }
  expect(parseLog(raw)).toEqual({
    address: `0x${'ab'.repeat(20)}`,
    topics: [aHash(1)],
    data: '0x',
    blockHash: aHash(16),
    blockNumber: 16,
    transactionHash: aHash(0),
    transactionIndex: 0,
    logIndex: 4294967295,
  })
})

it('reads receipts of before and after Byzantium', () => {
  const raw = {
    transactionHash: aHash(1),
    transactionIndex: '0x0',
    blockHash: aHash(16),
    blockNumber: '0x10',
    gasUsed: '0x5208',
  }
  expect(parseReceipt({ ...raw, root: aHash(9) })).toMatchObject({
    root: aHash(9),
    status: null,
    gasUsed: 21000n,
    logs: [],
  })
  expect(parseReceipt({ ...raw, status: '0x1' })).toMatchObject({ root: null, status: 1n, contractAddress: null })
})
