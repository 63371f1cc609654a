import type { AbiEvent } from 'viem'
import { encodeAbiParameters, encodeEventTopics } from 'viem'
import type { Block, Header, Hex, Log, Transaction } from '../src/chain/block.ts'

/** A hash that is easy to tell from others: the number, 32 bytes wide. */
export function aHash(number: number, fork = 0): Hex {
  return `0x${fork.toString(16).padStart(2, '0')}${number.toString(16).padStart(62, '0')}`
}

export function anAddress(number: number): Hex {
  return `0x${number.toString(16).padStart(40, '0')}`
}

/** A header that follows from its number: hash, parent and time fit those of its neighbours. */
export function aHeader(part: Partial<Header> = {}): Header {
  const number = part.number ?? 7
  return {
    number,
    hash: aHash(number),
    parentHash: aHash(Math.max(number - 1, 0)),
    timestamp: 1_700_000_000 + number * 12,
    unclesHash: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
    author: anAddress(0xc01),
    stateRoot: aHash(number, 1),
    transactionsRoot: aHash(number, 2),
    receiptsRoot: aHash(number, 3),
    gasUsed: 21_000n,
    gasLimit: 30_000_000n,
    difficulty: 0n,
    totalDifficulty: 0n,
    size: 1_000n,
    baseFeePerGas: 7n,
    ...part,
  }
}

export function aTransaction(part: Partial<Transaction> = {}): Transaction {
  return {
    hash: aHash(0xabc),
    index: 0,
    from: anAddress(0xa11ce),
    to: anAddress(0x70),
    value: 0n,
    gasLimit: 100_000n,
    gasPrice: 1_000_000_000n,
    input: '0x',
    nonce: 3n,
    ...part,
  }
}

/** A log of block 7, by a token. */
export function aLog(part: Partial<Log> = {}): Log {
  return {
    address: anAddress(0x70),
    topics: [],
    data: '0x',
    blockHash: aHash(7),
    blockNumber: 7,
    transactionHash: aHash(0xabc),
    transactionIndex: 0,
    logIndex: 0,
    ...part,
  }
}

/** The log that an event leaves. @param args - by the names of its parameters */
export function aLogOf(event: AbiEvent, args: Record<string, unknown>, part: Partial<Log> = {}): Log {
  const topics = encodeEventTopics({ abi: [event], eventName: event.name, args }) as Hex[]
  const inData = event.inputs.filter((input) => !input.indexed)
  const data = encodeAbiParameters(
    inData,
    inData.map((input) => args[input.name ?? '']),
  )
  return aLog({ topics, data, ...part })
}

/** A block that holds what its logs need. */
export function aBlock(part: Partial<Omit<Block, 'header'>> & { header?: Partial<Header> } = {}): Block {
  const { header, ...rest } = part
  const logs = rest.logs ?? []
  const transactions = new Map(
    logs.map((log) => [
      log.transactionHash,
      aTransaction({ hash: log.transactionHash, index: log.transactionIndex, to: log.address }),
    ]),
  )
  return { header: aHeader(header), logs, transactions, receipts: new Map(), ...rest }
}
