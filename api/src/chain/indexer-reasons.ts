import { isRecord } from './names.ts'

/**
 * Asks our indexer why it is not ready, at the door where the subgraph is asked. graph-node has no such page.
 * @returns what it says, nothing where it is ready or does not know the question; rejects if nobody is there
 */
export function indexerReasons(subgraphUrl: string): (signal: AbortSignal) => Promise<readonly string[]> {
  const page = new URL('/health/ready', subgraphUrl)
  return async (signal) => {
    const response = await fetch(page, { signal, redirect: 'error' })
    const report: unknown = await response.json()
    const reasons = isRecord(report) && Array.isArray(report.reasons) ? report.reasons : []
    return reasons.filter((one): one is string => typeof one === 'string').slice(0, 20)
  }
}
