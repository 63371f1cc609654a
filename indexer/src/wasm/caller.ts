import type { HandlerCall } from './host.ts'
import type { Memory } from './memory.ts'

/** What host functions see of the instance that calls them. */
export interface Caller {
  readonly memory: Memory
  /** What runs now. */
  readonly call: HandlerCall
  readonly network: string
  /** Whether the module has a function of this name. */
  has(handler: string): boolean
  run(handler: string, ...args: readonly number[]): void
  /** A new one of the same module for the same call, while this one waits. */
  another(): Caller
}
