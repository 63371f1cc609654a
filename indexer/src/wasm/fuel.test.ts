import { describe, expect, it } from 'vitest'
import { loadProbe } from '../../test/mapping.ts'
import { HandlerTimeoutError, HandlerTrapError } from '../errors.ts'
import { FUEL_EXPORT, TICK_EXPORT } from './fuel.ts'
import { runHandler } from './handler.ts'
import { patchModule } from './patch.ts'

const probe = await loadProbe()

/** A module of one function without parameters or result, exported as `run`, with two locals of type i32. */
function moduleOf(...instructions: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = [1, 2, 0x7f, ...instructions, 0x0b]
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0],
    ...[3, 2, 1, 0],
    ...[7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0],
    ...[10, body.length + 2, 1, body.length, ...body],
  ])
}

/** @returns how often it asked before it ended, or was ended at the hundredth time */
function ticksOf(bytes: Uint8Array<ArrayBuffer>): number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(patchModule(bytes).bytes), {})
  const fuel = exports[FUEL_EXPORT] as WebAssembly.Global
  const table = exports[TICK_EXPORT] as WebAssembly.Table
  let ticks = 0
  const host = {
    tick: () => {
      fuel.value = 10
      if (++ticks === 100) throw new RangeError('enough')
    },
  }
  const passThrough = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 13, 1, 4, 0x68, 0x6f, 0x73, 0x74]
  const passed = [...passThrough, 4, 0x74, 0x69, 0x63, 0x6b, 0, 0, 7, 8, 1, 4, 0x74, 0x69, 0x63, 0x6b, 0, 0]
  table.set(0, new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(passed)), { host }).exports.tick)
  fuel.value = 10
  try {
    const run = exports.run as () => void
    run()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return ticks
}

describe('a module with fuel', () => {
  it('does not ask where there is nothing to ask about', () => {
    expect(ticksOf(moduleOf())).toBe(0)
  })

  it('asks once for every so many turns of a loop', () => {
    // (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 50))))
    expect(ticksOf(moduleOf(0x03, 0x40, 0x20, 0, 0x41, 1, 0x6a, 0x22, 0, 0x41, 50, 0x49, 0x0d, 0, 0x0b))).toBe(5)
  })

  it('can be stopped in an endless loop', () => {
    expect(ticksOf(moduleOf(0x03, 0x40, 0x0c, 0, 0x0b))).toBe(100)
  })

  it('can be stopped where functions call each other without end', () => {
    // Calls itself twice: the stack would not overflow for ages if the depth were bounded.
    expect(ticksOf(moduleOf(0x10, 0, 0x10, 0))).toBe(100)
  })

  it('still tells numbers from instructions', () => {
    // Constants whose bytes look like loops, a br_table, loads, i64 and f64.
    const tricky = [
      0x41, 3, 0x1a, 0x42, 0x83, 0x83, 0x03, 0x1a, 0x44, 3, 3, 3, 3, 3, 3, 3, 3, 0x1a, 0x43, 3, 3, 3, 3, 0x1a,
    ]
    const branches = [0x02, 0x40, 0x02, 0x40, 0x20, 1, 0x0e, 1, 0, 1, 0x0b, 0x0b]
    expect(ticksOf(moduleOf(...tricky, ...branches))).toBe(0)
  })

  it('is refused where an instruction is not known', () => {
    expect(() => patchModule(moduleOf(0xfd, 0x0c))).toThrow('The WebAssembly instruction 0xfd is not known.')
  })
})

describe('a handler that takes too long', () => {
  /** Counts through so many bytes. */
  const counting = probe.aDid('grow', 300_000_000n)

  it('is stopped when its time is over', () => {
    const run = () => runHandler(probe.moduleOf('Probe'), counting, { ...probe.aHost(), timeLimitMs: 5 })

    expect(run).toThrow(HandlerTrapError)
    expect(run).toThrow(
      expect.objectContaining({
        facts: expect.objectContaining({
          reason: "Handler 'handleDid' hit the timeout of '0.005' seconds",
          isDeterministic: false,
        }),
        cause: expect.any(HandlerTimeoutError),
      }),
    )
  })

  it('leaves a module that serves the next', () => {
    const module = probe.moduleOf('Probe')
    expect(() => runHandler(module, counting, { ...probe.aHost(), timeLimitMs: 5 })).toThrow()
    const host = probe.aHost()
    runHandler(module, probe.aDid('hello'), host)

    expect(host.store.endBlock()).toHaveLength(1)
  })
})
