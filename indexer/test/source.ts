import { type AbiEvent, parseAbi } from 'viem'
import type { Hex } from '../src/chain/block.ts'
import { eventTopic, findEvent } from '../src/deployment/abi.ts'
import type { BlockHandler, CallHandler, DataSource, EventHandler } from '../src/deployment/deployment.ts'
import { anAddress } from './block.ts'

export const transferEvent = parseAbi(['event Transfer(address indexed from, address indexed to, uint256 value)'])[0]

/** A handler of an ERC-20's Transfer. */
export function anEventHandler(part: Partial<EventHandler> & { abi?: AbiEvent } = {}): EventHandler {
  const event = part.event ?? 'Transfer(indexed address,indexed address,uint256)'
  const abi = part.abi ?? findEvent({ name: 'Token', abi: [transferEvent] }, event)
  if (!abi) throw new Error(`give the ABI of ${event}`)
  return {
    handler: 'handleTransfer',
    event,
    abi,
    topic0: eventTopic(event),
    topics: [[], [], []],
    receipt: false,
    calls: [],
    ...part,
  }
}

/** A data source that watches a token from block 0 on. @param address - null for one that watches all contracts */
export function aSource(
  part: {
    name?: string
    address?: Hex | null
    startBlock?: number
    endBlock?: number
    eventHandlers?: readonly EventHandler[]
    callHandlers?: readonly CallHandler[]
    blockHandlers?: readonly BlockHandler[]
  } = {},
): DataSource {
  const { name = 'Token', address = anAddress(0x70), startBlock = 0, endBlock } = part
  const place = {
    ...(address === null ? {} : { address }),
    startBlock,
    ...(endBlock === undefined ? {} : { endBlock }),
    context: {},
  }
  return {
    ...place,
    definition: {
      ...place,
      name,
      isTemplate: false,
      network: 'anvil',
      apiVersion: '0.0.9',
      module: `${name}.wasm`,
      abis: new Map(),
      eventHandlers: part.eventHandlers ?? [anEventHandler()],
      callHandlers: part.callHandlers ?? [],
      blockHandlers: part.blockHandlers ?? [],
    },
  }
}
