/**
 * Sends root fields as one document and says what became of each. graph-node's errors do not tell which field they are
 * of, so when several fields fail together each is sent again once, alone, at the same block: the healthy ones answer, and
 * the error lands where it belongs.
 */
import {
  BadUserInputError,
  BlockUnavailableError,
  ChainReorgError,
  FinalityUnknownError,
  type GatewayError,
  SubgraphFailedError,
  UpstreamInvalidError,
  UpstreamRejectedError,
} from '../errors.ts'
import { printDocument, type Root } from './document.ts'
import { BLOCK_VARIABLE, isRecord } from './names.ts'
import { type BlockPtr, blockHeight, isReorg, readPin } from './pin.ts'
import type { Settled, SettledState, Upstream, UpstreamError, UpstreamResult } from './upstream.ts'

export interface WaveRequest {
  readonly upstream: Upstream
  readonly roots: readonly Root[]
  /** The whole of `roots` printed without a pin, where it was printed before. */
  readonly document?: string
  readonly variables: Readonly<Record<string, unknown>>
  /** The block to ask for; null in an operation's first wave, which asks which it is. */
  readonly pin: BlockPtr | null
  /** Which state is asked for where there is no pin; absent: the latest. */
  readonly at?: SettledState
  /** Whether the subgraph can say which block it answers at. */
  readonly hasMeta: boolean
  readonly signal: AbortSignal
}

export interface WaveResult {
  readonly block: BlockPtr | null
  /** What each root field answered, by key; an error where it failed. */
  readonly values: ReadonlyMap<string, unknown>
  /** Errors that came beside complete data, as `subgraphError: allow` asks for. */
  readonly notices: readonly GatewayError[]
  /** Of the state that was read; null where the subgraph's server does not tell. */
  readonly settled: Settled | null
}

/**
 * @throws whatever `upstream` throws; `ChainReorgError` if the pinned block is gone; `FinalityUnknownError` if a state is asked for
 *   that the subgraph's server does not know
 */
export async function sendWave(request: WaveRequest): Promise<WaveResult> {
  const { roots, hasMeta } = request
  const result = await ask(request, roots, request.pin, request.document)
  const { settled = null } = result
  if (request.at !== undefined && request.pin === null && settled === null) {
    throw new FinalityUnknownError()
  }
  const data = result.data ?? {}
  const block = request.pin ?? readPin(data)
  const errors = result.errors ?? []
  refuseReorg(errors, request.pin !== null)
  const located = placeErrors(data, errors)
  const missing = roots.filter(({ key }) => data[key] === undefined && !located.has(key))
  const values = new Map<string, unknown>(roots.map(({ key }) => [key, located.get(key) ?? data[key]]))
  if (missing.length === 0) {
    return {
      block,
      values,
      settled,
      notices: errors.filter(({ path }) => !path).map(({ message }) => clientError(message)),
    }
  }
  const [error] = errors
  if (error === undefined) {
    throw new UpstreamInvalidError(`no answer for ${missing.map(({ key }) => key).join(', ')}`)
  }
  if (missing.length === 1 || concernsAll(error.message)) {
    for (const { key } of missing) {
      values.set(key, clientError(error.message))
    }
    return { block, values, settled, notices: [] }
  }
  const pin = block ?? (hasMeta ? readPin((await ask(request, [], null)).data ?? {}) : null)
  const answers = await Promise.all(missing.map((root) => askAlone(request, root, pin)))
  missing.forEach(({ key }, index) => {
    values.set(key, answers[index])
  })
  return { block: pin, values, settled, notices: [] }
}

async function ask(request: WaveRequest, roots: readonly Root[], pin: BlockPtr | null, printed?: string) {
  const askBlock = pin === null && request.hasMeta
  const document = printed ?? printDocument(roots, { pinned: pin !== null, askBlock })
  const variables: Record<string, unknown> = {}
  for (const root of roots) {
    for (const name of root.variables.keys()) {
      if (request.variables[name] !== undefined) {
        variables[name] = request.variables[name]
      }
    }
  }
  if (pin !== null && roots.some(({ takesBlock, block }) => takesBlock && block === undefined)) {
    variables[BLOCK_VARIABLE] = blockHeight(pin)
  }
  const at = pin === null ? request.at : undefined
  return request.upstream({ document, variables, signal: request.signal, ...(at && { at }) })
}

async function askAlone(request: WaveRequest, root: Root, pin: BlockPtr | null): Promise<unknown> {
  const { data, errors = [] }: UpstreamResult = await ask(request, [root], pin)
  // A block of the client's own that is not there is the client's affair.
  refuseReorg(errors, pin !== null && root.block === undefined)
  const located = placeErrors(data ?? {}, errors)
  const value = located.get(root.key) ?? data?.[root.key]
  return value === undefined ? clientError(errors[0]?.message ?? 'no answer') : value
}

function refuseReorg(errors: readonly UpstreamError[], pinned: boolean): void {
  const reorg = errors.find(({ message }) => isReorg(message, pinned))
  if (reorg) {
    throw new ChainReorgError(reorg.message)
  }
}

/**
 * Puts errors that do say where they belong there, into the data: the executor reports an error that it finds in place of
 * a value, with the path it found it at. Returns those of root fields, which have no place in the data yet.
 */
function placeErrors(
  data: Readonly<Record<string, unknown>>,
  errors: readonly UpstreamError[],
): Map<string, GatewayError> {
  const atRoots = new Map<string, GatewayError>()
  for (const { message, path } of errors) {
    const [root, ...steps] = path ?? []
    if (root === undefined) {
      continue
    }
    let holder: unknown = data[String(root)]
    const last = steps.pop()
    if (last === undefined || holder === null || holder === undefined) {
      atRoots.set(String(root), clientError(message))
      continue
    }
    let at = last
    for (const step of steps) {
      const next: unknown = isIndexable(holder) ? holder[step] : null
      if (next === null || next === undefined) {
        at = step // what is nullable on the way was nulled in place of the field itself
        break
      }
      holder = next
    }
    if (isIndexable(holder) && (holder[at] === null || holder[at] === undefined)) {
      holder[at] = clientError(message)
    }
  }
  return atRoots
}

function isIndexable(value: unknown): value is Record<string | number, unknown> {
  return isRecord(value) || Array.isArray(value)
}

/** Errors that every field of the operation would meet: sending them again one by one would tell no more. */
function concernsAll(message: string): boolean {
  return (
    message === 'indexing_error' || /does not exist|overloaded|timed out|has no (safe|final) block yet/i.test(message)
  )
}

/**
 * What of an upstream error a client may read: what it did wrong itself. The rest may tell of tables and deployments.
 * @see graphprotocol/graph-node graph/src/data/query/error.rs: the words
 */
function clientError(message: string): GatewayError {
  if (message === 'indexing_error') {
    return new SubgraphFailedError()
  }
  if (/block\.(number|hash|number_gte)/.test(message)) {
    return new BlockUnavailableError(message.replace(/subgraph \w+ /, 'the subgraph '))
  }
  const clientsFault =
    /^(Invalid value provided for argument|No value provided for required|Failed to coerce|The `(first|skip)` argument|Filter |Child filter|Values passed to filter|Cannot mix column filters|Non-list value|Query contains value|Ordering by|Invalid fulltext|query (potentially|has a depth)|Entity `\w+` has no attribute)/
  return clientsFault.test(message) ? new BadUserInputError(message) : new UpstreamRejectedError(message)
}
