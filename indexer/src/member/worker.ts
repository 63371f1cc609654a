/** The thread of one deployment; `member.ts` starts it. */
import { flushCompileCache } from 'node:module'
import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import type { NodeState } from '../chain/pool/state.ts'
import type { Log } from '../log.ts'
import { indexDeployment } from './index-deployment.ts'
import type { FromMember, Order } from './messages.ts'
import { packError } from './packed-error.ts'

const order: Order = workerData
const stopping = new AbortController()
parentPort?.once('message', () => stopping.abort())

tell({ kind: 'loaded' })
// For the threads that start later.
flushCompileCache()

const showNodes = (nodes: readonly NodeState[]) => tell({ kind: 'nodes', nodes })
const standing = (now: 'standingBy' | 'atWork') => tell({ kind: 'standing', standing: now })

indexDeployment(order, logTo(order.config.logLevel), report, standing, showNodes, stopping.signal)
  .then(
    () => tell({ kind: 'ended', error: null }),
    (error: unknown) => tell({ kind: 'ended', error: packError(error) }),
  )
  // Of this thread, whatever may still be open in it.
  .finally(() => process.exit(0))

function tell(message: FromMember): void {
  parentPort?.postMessage(message)
}

function report(event: Parameters<Parameters<typeof indexDeployment>[2]>[0]): void {
  if (event.kind === 'failed') tell({ kind: 'failed', error: packError(event.error) })
  else tell({ kind: 'progress', event, memory: memoryOfThread() })
}

function memoryOfThread() {
  const { used_heap_size: heapBytes, external_memory: externalBytes } = getHeapStatistics()
  return { heapBytes, externalBytes }
}

/** The main thread writes the lines, so that they stay whole and in order; those that it would drop stay here. */
function logTo(lowest: string): Log {
  const levels: readonly string[] = ['debug', 'info', 'warn', 'error']
  const dropped = levels.includes(lowest) ? levels.slice(0, levels.indexOf(lowest)) : levels
  const at =
    (level: keyof Log) =>
    (event: string, facts: object = {}) => {
      if (dropped.includes(level)) return
      const carried = 'error' in facts ? { ...facts, error: packError(facts.error) } : facts
      tell({ kind: 'log', level, event, facts: carried })
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
