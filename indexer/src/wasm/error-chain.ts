import { StoreRuleError } from '../errors.ts'
import type { FileTrigger, Trigger } from '../trigger/trigger.ts'
import type { MissingExport, Trap } from './trap.ts'

/**
 * An error of a handler as graph-node tells it, on one line: where, the calls that led there, and what happened, each behind a colon.
 *
 *     transaction 9f1a…: error while executing at wasm backtrace:⇥    0:   0x4ee0 - <unknown>!src/probe/handleDid: Mapping aborted at …
 *
 * What it is not sure of begins with the block as well. Of the handler of a block or a file it has nothing to say where it was, and
 * where it is sure, says so behind a colon all the same.
 */
export function errorChain(
  error: unknown,
  trigger: Trigger | FileTrigger,
  { reason, isDeterministic }: Trap,
  wasStarting: boolean,
): string {
  const text = wasmtimeText(reason)
  // The entity cache of graph-node says twice what it is not sure of.
  const why = error instanceof StoreRuleError ? `${text}: ${text}` : text
  const began = wasStarting ? 'module instantiation failed: ' : ''
  return withPlace(
    `${began}error while executing at wasm backtrace:${backtrace(error)}: ${why}`,
    trigger,
    isDeterministic,
  )
}

/** Why a handler was not even called: its module lacks something. */
export function missingExport(
  { message }: MissingExport,
  trigger: Trigger | FileTrigger,
): Trap & { readonly chain: string } {
  return { reason: message, chain: withPlace(message, trigger, false), isDeterministic: false, position: null }
}

function withPlace(said: string, trigger: Trigger | FileTrigger, isDeterministic: boolean): string {
  const places = isDeterministic ? [transactionOf(trigger)] : ['failed to process trigger', ...placeOf(trigger)]
  return [...places, said].join(': ').replaceAll('\n', '\t')
}

function transactionOf(trigger: Trigger | FileTrigger): string {
  return 'transaction' in trigger ? `transaction ${trigger.transaction.hash.slice(2)}` : ''
}

function placeOf(trigger: Trigger | FileTrigger): string[] {
  if (trigger.kind === 'block' || trigger.kind === 'file') return []
  const { number, hash } = trigger.block.header
  return [[`block #${number} (${hash})`, transactionOf(trigger)].filter((place) => place !== '').join(', ')]
}

/** The frames of the mapping among those of V8, which gives its names and offsets. */
function backtrace(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return [...stack.matchAll(/at (?:(\S+) \()?wasm:\/\/\S*?:(0x[0-9a-f]+)\)?/g)]
    .map(
      ([, name = '', offset = ''], index) =>
        `\t${index.toString().padStart(5)}: ${offset.padStart(8)} - <unknown>!${name}`,
    )
    .join('')
}

/** V8's words for traps, in those of graph-node's runtime. */
function wasmtimeText(reason: string): string {
  const [, trap] = /^wasm trap: (.*)$/.exec(reason) ?? []
  const known = trap === undefined ? undefined : traps.get(trap)
  if (known !== undefined) return `wasm trap: ${known}`
  return reason.replace(/, with message: no message$/, ', with no message')
}

/** @see https://docs.rs/wasmtime/latest/wasmtime/enum.Trap.html */
const traps: ReadonlyMap<string, string> = new Map([
  ['unreachable', 'wasm `unreachable` instruction executed'],
  ['divide by zero', 'integer divide by zero'],
  ['remainder by zero', 'integer divide by zero'],
  ['divide result unrepresentable', 'integer overflow'],
  ['float unrepresentable in integer range', 'invalid conversion to integer'],
  ['memory access out of bounds', 'out of bounds memory access'],
  ['table index is out of bounds', 'undefined element: out of bounds table access'],
  ['null function or function signature mismatch', 'indirect call type mismatch'],
  ['call stack size exceeded', 'call stack exhausted'],
])
