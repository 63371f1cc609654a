import type { Hex, Log } from './block.ts'
import type { StreamFilter } from './step.ts'

/** More addresses than this in one question are too many for some nodes. */
const MAX_ADDRESSES = 500

export interface LogQuestion {
  readonly address?: readonly Hex[]
  readonly topics0: readonly Hex[]
}

/**
 * The questions whose answers together hold every log that a filter wants from some blocks. They may hold more (any topic from
 * any of the addresses), so {@link wants} has the last word.
 */
export function logQuestions({ logs }: StreamFilter, from: number, to: number): LogQuestion[] {
  const live = logs.filter(({ fromBlock, toBlock = to }) => fromBlock <= to && toBlock >= from)
  const addressed = live.filter((one) => one.address !== undefined)
  const anywhere = live.filter((one) => one.address === undefined)
  const addresses = [...new Set(addressed.flatMap(({ address }) => (address === undefined ? [] : [address])))]
  const questions: LogQuestion[] = []
  for (let at = 0; at < addresses.length; at += MAX_ADDRESSES) {
    questions.push({ address: addresses.slice(at, at + MAX_ADDRESSES), topics0: topicsOf(addressed) })
  }
  if (anywhere.length > 0) questions.push({ topics0: topicsOf(anywhere) })
  return questions
}

function topicsOf(entries: StreamFilter['logs']): Hex[] {
  return [...new Set(entries.flatMap((one) => one.topics0))]
}

/** By address (`anywhere` for none), then by first topic: the entries of a filter that could want a log. */
type Lookup = ReadonlyMap<string, ReadonlyMap<Hex, StreamFilter['logs']>>

const lookups = new WeakMap<StreamFilter, Lookup>()

/** Whether anything in the filter listens to this log, at its block. */
export function wants(filter: StreamFilter, log: Log): boolean {
  const lookup = lookupOf(filter)
  const [topic0] = log.topics
  if (topic0 === undefined) return false
  return [log.address, 'anywhere'].some((place) =>
    lookup
      .get(place)
      ?.get(topic0)
      ?.some(
        ({ fromBlock, toBlock }) => fromBlock <= log.blockNumber && log.blockNumber <= (toBlock ?? log.blockNumber),
      ),
  )
}

function lookupOf(filter: StreamFilter): Lookup {
  const known = lookups.get(filter)
  if (known) return known
  const lookup = new Map<string, Map<Hex, StreamFilter['logs'][number][]>>()
  for (const entry of filter.logs) {
    const byTopic = lookup.get(entry.address ?? 'anywhere') ?? new Map<Hex, StreamFilter['logs'][number][]>()
    lookup.set(entry.address ?? 'anywhere', byTopic)
    for (const topic of entry.topics0) byTopic.set(topic, [...(byTopic.get(topic) ?? []), entry])
  }
  lookups.set(filter, lookup)
  return lookup
}
