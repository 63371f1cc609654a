import type { BlockLink, Hex } from '../chain/block.ts'
import { fromString, toText } from '../entity/big-decimal.ts'
import { type QueryProblem, QueryRefusedError } from '../errors.ts'
import type { Row } from '../store/postgres.ts'
import { type BlockConstraint, isSameBlock, resolveBlock } from './block.ts'
import { type Fault, faultMark } from './compile.ts'
import { unroundedMark } from './json-sql.ts'
import { type PlainObject, selectPlain } from './plain.ts'
import type { MetaPlan, RootPlan } from './plan.ts'
import type { Prepared } from './prepare.ts'
import type { IndexState } from './state.ts'

/**
 * Makes the answer's text out of what the statement yielded. Root fields that stand next to each other and ask for the same
 * block are a group: what goes wrong in one takes the whole group's data.
 * @throws {@link QueryRefusedError} if a block that is asked for is not there
 */
export function shapeAnswer(
  { plan, hashes, faults }: Prepared,
  state: IndexState,
  row: Row,
): { body: string; isAttestable: boolean } {
  const { progress } = state
  if (!progress) throw notStarted(state.deployment)
  const { deployment, earliest, final, safe } = state
  const range = { deployment, earliest, progress, final, safe }
  const byHash = (hash: Hex) => state.blocks[hashes.indexOf(hash)]?.number ?? null
  const groups = groupRoots(plan.roots).map((group) => ({ ...group, block: resolveBlock(group.at, range, byHash) }))

  const problems: QueryProblem[] = []
  const data: string[] = []
  let hasIndexingError = false
  for (const { roots, block } of groups) {
    const found = findProblems(roots, row, faults)
    problems.push(...found)
    if (found.length > 0) continue
    const { isTold, kept } = afterErrors(roots, block ?? progress.number, state)
    hasIndexingError ||= isTold
    for (const { root, index } of kept) data.push(`${JSON.stringify(root.key)}:${textOf(root, index, row, state)}`)
  }
  if (hasIndexingError) problems.push({ message: 'indexing_error' })
  return { body: bodyOf(data, problems, plan.roots.length === 0), isAttestable: isAttestable(problems) }
}

interface Placed {
  readonly root: RootPlan
  readonly index: number
}

interface Group {
  readonly at: BlockConstraint
  readonly roots: readonly Placed[]
}

function groupRoots(roots: readonly RootPlan[]): Group[] {
  const groups: { at: BlockConstraint; roots: Placed[] }[] = []
  for (const [index, root] of roots.entries()) {
    const at: BlockConstraint = root.kind === 'text' ? { kind: 'latest' } : root.at
    const last = groups.at(-1)
    if (last && isSameBlock(last.at, at)) last.roots.push({ root, index })
    else groups.push({ at, roots: [{ root, index }] })
  }
  return groups
}

/** What is wrong with what a group asks: with itself, or with rows that it was asked of. */
function findProblems(roots: readonly Placed[], row: Row, faults: readonly Fault[]): readonly QueryProblem[] {
  const own = roots.flatMap(({ root }) => (root.kind === 'refused' ? [root] : []))
  const logs = own.find(({ step }) => step === 'check')
  if (logs) return roots.some(({ root }) => readsData(root)) ? [logsBesideData] : logs.problems
  const all = [...own, ...markedFaults(roots, row, faults)]
  const step = all.some((fault) => fault.step === 'read') ? 'read' : 'tell'
  return all.flatMap((fault) => (fault.step === step ? fault.problems : []))
}

const logsBesideData: QueryProblem = {
  message: 'The _logs query cannot be combined with other entity queries in the same request',
}

function readsData(root: RootPlan): boolean {
  return root.kind === 'entities' || (root.kind === 'refused' && root.step !== 'check')
}

/** One for each row that is marked; what was found while reading counts once. */
function markedFaults(roots: readonly Placed[], row: Row, faults: readonly Fault[]): Fault[] {
  if (faults.length === 0) return []
  return roots.flatMap(({ index }) => {
    const text = row[`r${index}`]
    if (typeof text !== 'string' || !text.includes(faultMark)) return []
    const found = [...text.matchAll(marks)].flatMap(([, number]) => faults[Number(number)] ?? [])
    return found.filter((fault, place) => fault.step !== 'read' || found.indexOf(fault) === place)
  })
}

const marks = new RegExp(`${faultMark}(\\d+)${faultMark}`, 'g')

/**
 * What of a group may be told once handlers have failed: by default only what says so. It goes by response keys, so an
 * aliased `_meta` is not spared.
 */
function afterErrors(
  roots: readonly Placed[],
  block: number,
  { firstErrorAt }: IndexState,
): { isTold: boolean; kept: readonly Placed[] } {
  if (firstErrorAt === null || firstErrorAt > block) return { isTold: false, kept: roots }
  if (roots.every(({ root }) => root.key === '_meta' || root.key === '_logs')) return { isTold: false, kept: roots }
  const isAllowed = roots.every(({ root }) => allowsErrors(root))
  const kept = isAllowed ? roots : roots.filter(({ root }) => spared.has(root.key))
  return { isTold: true, kept }
}

/** What cannot say so is for denying, `_meta` and `__typename` too; introspection is no part of it. */
function allowsErrors(root: RootPlan): boolean {
  if (root.kind === 'text') return root.isIntrospection
  return root.kind === 'entities' && root.allowsErrors
}

const spared: ReadonlySet<string> = new Set(['_meta', '_logs', '__schema', '__type'])

function textOf(root: RootPlan, index: number, row: Row, state: IndexState): string {
  if (root.kind === 'text') return root.json
  if (root.kind === 'meta') return selectPlain(metaOf(root, state), root.below, root.request)
  const text = String(row[`r${index}`] ?? 'null')
  if (root.kind !== 'entities' || root.buckets === undefined) return text
  return text.replaceAll(unrounded, (_, number) => toText(fromString(number)))
}

const unrounded = new RegExp(`${unroundedMark}([^${unroundedMark}]*)${unroundedMark}`, 'g')

function metaOf({ at }: MetaPlan, state: IndexState): PlainObject {
  const block = blockOf(at, state)
  return {
    __typename: '_Meta_',
    block,
    deployment: state.deployment,
    hasIndexingErrors: state.firstErrorAt !== null && state.firstErrorAt <= Number(block.number),
  }
}

/** A block that was asked for by its number is not looked up. */
function blockOf(at: BlockConstraint, state: IndexState): PlainObject {
  const { progress, blocks, settled } = state
  if (at.kind === 'settled' && settled === null) return blockOf({ kind: 'number', number: state[at.as] ?? 0 }, state)
  if (at.kind === 'number') {
    return { __typename: '_Block_', number: at.number, hash: null, timestamp: null, parentHash: null }
  }
  const link: BlockLink | null | undefined =
    at.kind === 'settled' ? settled : at.kind === 'hash' ? blocks.find((block) => block?.hash === at.hash) : progress
  return {
    __typename: '_Block_',
    number: link?.number ?? 0,
    hash: link?.hash ?? null,
    timestamp: link?.timestamp ?? null,
    parentHash: link?.parentHash ?? null,
  }
}

function bodyOf(data: readonly string[], problems: readonly QueryProblem[], isEmpty: boolean): string {
  if (isEmpty) return '{}'
  const parts: string[] = []
  if (data.length > 0 || problems.length === 0) parts.push(`"data":{${data.join(',')}}`)
  if (problems.length > 0) parts.push(`"errors":${JSON.stringify(problems)}`)
  return `{${parts.join(',')}}`
}

/** Whether every indexer would have to answer the same: not if another, or this one a moment later, might not have these. */
export function isAttestable(problems: readonly QueryProblem[]): boolean {
  return !problems.some(({ message }) => unattestable.test(message))
}

const unattestable = /^(Store error|Query timed out|Failed to get entities|The `(first|skip)` argument|subgraph )/

function notStarted(deployment: string): QueryRefusedError {
  const why = `Subgraph \`${deployment}\` has not started syncing yet. Wait for it to ingest a few blocks before querying it`
  return new QueryRefusedError([{ message: `Store error: query execution failed: ${why}` }])
}
