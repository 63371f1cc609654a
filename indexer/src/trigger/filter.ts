import type { Log } from '../chain/block.ts'
import type { CallInterest, StreamFilter } from '../chain/step.ts'
import { isLive } from '../deployment/data-source.ts'
import type { DataSource, Deployment } from '../deployment/deployment.ts'
import { firesAt } from './match.ts'

/** All that some data sources listen to, for the stream of blocks. */
export function streamFilter(sources: readonly DataSource[]): StreamFilter {
  const listening = sources.filter((source) => source.definition.eventHandlers.length > 0)
  const watching = sources.filter((source) => source.definition.blockHandlers.length > 0)
  const handlers = listening.flatMap((source) => source.definition.eventHandlers)
  const calls = sources.flatMap(callInterest)
  const receiptTopics = new Set(handlers.filter((handler) => handler.receipt).map((handler) => handler.topic0))
  return {
    logs: listening.map(({ definition, address, startBlock, endBlock }) => ({
      ...(address === undefined ? {} : { address }),
      topics0: [...new Set(definition.eventHandlers.map((handler) => handler.topic0))],
      fromBlock: startBlock,
      ...(endBlock === undefined ? {} : { toBlock: endBlock }),
    })),
    ...lastBlockOf(sources),
    ...(calls.length === 0 ? {} : { calls }),
    ...(watching.length === 0 ? {} : { wantsBlock: (number: number) => watching.some((one) => watches(one, number)) }),
    wantsReceipts: receiptTopics.size > 0,
    wantsReceipt: ({ topics: [topic0] }: Log) => topic0 !== undefined && receiptTopics.has(topic0),
  }
}

/** Known only where every data source of the manifest has an end. What grew from templates ends with them. */
function lastBlockOf(sources: readonly DataSource[]): { lastBlock?: number } {
  const fixed = sources.filter(({ definition }) => !definition.isTemplate)
  const ends = fixed.flatMap(({ endBlock }) => endBlock ?? [])
  return ends.length === 0 || ends.length < fixed.length ? {} : { lastBlock: Math.max(...ends) }
}

/** Whether a deployment can only run on a node that tells who called whom. */
export function needsTraces({ dataSources, templates }: Deployment): boolean {
  return [...dataSources, ...templates].some(
    ({ callHandlers, blockHandlers }) =>
      callHandlers.length > 0 || blockHandlers.some(({ filter }) => filter.kind === 'call'),
  )
}

/** A block handler with the filter `call` wants them all, whatever the call handlers beside it want. */
function callInterest({ definition, address, startBlock, endBlock }: DataSource): CallInterest[] {
  const { callHandlers, blockHandlers } = definition
  const isCalled = blockHandlers.some(({ filter }) => filter.kind === 'call')
  if (address === undefined || (callHandlers.length === 0 && !isCalled)) return []
  const selectors = isCalled ? {} : { selectors: callHandlers.map(({ selector }) => selector) }
  return [{ address, ...selectors, fromBlock: startBlock, ...(endBlock === undefined ? {} : { toBlock: endBlock }) }]
}

function watches(source: DataSource, at: number): boolean {
  return isLive(source, at) && source.definition.blockHandlers.some((handler) => firesAt(handler, source, at))
}
