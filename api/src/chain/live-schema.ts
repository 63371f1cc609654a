/**
 * Whether the subgraph that answers is the one the gateway was made for. Its schema is read from a file at the start, so that
 * the gateway need not wait for the indexer; the indexer is asked for its own as soon as it answers.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { GraphQLSchema, IntrospectionQuery } from 'graphql'
import {
  BreakingChangeType,
  buildClientSchema,
  findBreakingChanges,
  getIntrospectionQuery,
  isScalarType,
} from 'graphql'
import type { Log } from '../log.ts'
import { isRecord } from './names.ts'
import type { Upstream } from './upstream.ts'

/**
 * What clients of the gateway may ask for and the subgraph cannot answer.
 * @param woven - as `parseChainSchema` returns it
 * @returns one line for each, such as `Token.price was removed.`; empty if everything is there, whatever else there is
 */
export function missingFrom(live: GraphQLSchema, woven: GraphQLSchema): string[] {
  return findBreakingChanges(woven, live)
    .filter(({ type }) => !type.startsWith('DIRECTIVE'))
    .filter(({ type, description }) => type !== BreakingChangeType.TYPE_REMOVED || !isUnusedScalar(description, woven))
    .map(({ description }) => description)
}

export interface SchemaWatch {
  /** What was missing when the subgraph was last asked for its schema; empty before that. */
  readonly missing: readonly string[]
  /**
   * Asks the subgraph for its schema until everything is there, ever more seldom.
   * @param firstPauseMs - between the first attempts
   */
  watch(signal: AbortSignal, firstPauseMs?: number): Promise<void>
}

export function watchSchema({
  upstream,
  chainSchema,
  log,
}: {
  upstream: Upstream
  chainSchema: GraphQLSchema
  log: Log
}): SchemaWatch {
  let missing: readonly string[] = []
  const look = async (signal: AbortSignal): Promise<readonly string[] | null> => {
    const live = await readSchema(upstream, signal).catch(() => null)
    return live && missingFrom(live, chainSchema)
  }
  return {
    get missing() {
      return missing
    },
    watch: async (signal, firstPauseMs = 1_000) => {
      for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
        const seen = await look(signal)
        if (seen !== null && seen.join() !== missing.join()) {
          tell(seen, log)
        }
        missing = seen ?? missing
        if (seen?.length === 0) {
          return
        }
        await pause(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
      }
    },
  }
}

const MAX_PAUSE_MS = 15_000
/** As many as a person reads. */
const MAX_TOLD = 20

/** As one line: the first few, and how many more there are. */
export function tellMissing(missing: readonly string[]): string {
  const others = missing.length - MAX_TOLD
  return missing.slice(0, MAX_TOLD).join(' ') + (others > 0 ? ` And ${others} more.` : '')
}

function tell(missing: readonly string[], log: Log): void {
  if (missing.length === 0) {
    log.info('subgraph.fits')
    return
  }
  log.error('subgraph.differs', {
    code: 'SUBGRAPH_SCHEMA_DIFFERS',
    missing: tellMissing(missing),
    remedy:
      'Deploy the subgraph whose schema HEDDLE_SUBGRAPH_SCHEMA names, or start the gateway with that of the one deployed.',
  })
}

async function readSchema(upstream: Upstream, signal: AbortSignal): Promise<GraphQLSchema | null> {
  const { data } = await upstream({
    document: getIntrospectionQuery({ descriptions: false, directiveIsRepeatable: false }),
    variables: {},
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  })
  return isIntrospection(data) ? buildClientSchema(data) : null
}

function isIntrospection(data: unknown): data is IntrospectionQuery {
  return isRecord(data) && isRecord(data.__schema)
}

/** A scalar is missed by the fields that are of it, if there are any. */
function isUnusedScalar(description: string, woven: GraphQLSchema): boolean {
  return isScalarType(woven.getType(description.split(' ')[0] ?? ''))
}
