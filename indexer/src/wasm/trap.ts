import { HandlerTimeoutError, IndexerError, MappingError } from '../errors.ts'

/** A place in AssemblyScript source, as `abort` reports it. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The mapping called `abort`: an assertion, a `throw`, a null where `!` stood. */
export class MappingAbort extends MappingError {
  readonly position: Position | null

  constructor(message: string | null, position: Position | null) {
    const place = position
      ? `${position.file}, line ${position.line}, column ${position.column}`
      : 'an unknown location'
    super(`Mapping aborted at ${place}, with message: ${message ?? 'no message'}`)
    this.position = position
  }
}

/** A module lacks what has to be there before a handler can be called. The words are graph-node's. */
export class MissingExport extends MappingError {}

/** Why a handler did not return. */
export interface Trap {
  readonly reason: string
  /** Whether every indexer would meet it at the same place. */
  readonly isDeterministic: boolean
  readonly position: Position | null
}

/** V8's texts (there is nothing else to go by) of the traps that the same input always meets again. */
const DETERMINISTIC = [
  'unreachable',
  'memory access out of bounds',
  'divide by zero',
  'remainder by zero',
  'divide result unrepresentable',
  'integer overflow',
  'float unrepresentable in integer range',
  'table index is out of bounds',
  'null function or function signature mismatch',
]

/**
 * Tells what an exception out of a handler means.
 * @returns null if it is no failing of the mapping: a bug of ours, a suspension, an error of the world
 * @see spec B13; graphprotocol/graph-node runtime/wasm/src/module/mod.rs, `is_trap_deterministic`
 */
export function readTrap(error: unknown): Trap | null {
  if (error instanceof MappingAbort) return { reason: error.message, isDeterministic: true, position: error.position }
  if (error instanceof HandlerTimeoutError) return { ...error.facts, position: null }
  if (error instanceof IndexerError && error.remedy === 'fail') {
    const isDeterministic = 'isDeterministic' in error.facts && error.facts.isDeterministic === true
    return { reason: error.message, isDeterministic, position: null }
  }
  if (error instanceof RangeError && error.message.includes('call stack size exceeded')) {
    return { reason: 'wasm trap: call stack size exceeded', isDeterministic: false, position: null }
  }
  if (error instanceof WebAssembly.RuntimeError) {
    const isDeterministic = DETERMINISTIC.some((text) => error.message.includes(text))
    return { reason: `wasm trap: ${error.message}`, isDeterministic, position: null }
  }
  return null
}
