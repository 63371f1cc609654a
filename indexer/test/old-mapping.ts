import { Memory } from '../src/wasm/memory.ts'

/** Memory of a module of AssemblyScript 0.6, whose allocator only counts up, in steps of 8. */
export function aHeaderlessMemory(): Memory {
  const memory = new WebAssembly.Memory({ initial: 200 })
  let end = 8
  const allocate = (size: number) => {
    const start = end
    end = (start + size + 7) & ~7
    return start
  }
  return new Memory(memory, allocate, new Uint32Array(), false)
}

/**
 * A mapping as AssemblyScript 0.6 laid them out, by hand, since no graph-cli on npm writes them any more:
 *
 * ```
 *   (import "index" "log.log" (func $log (param i32 i32)))
 *   (memory (export "memory") 1)
 *   (global $end (mut i32) (i32.const 8))
 *   (func (export "memory.allocate") (param i32) (result i32)
 *     global.get $end
 *     global.get $end  local.get 0  i32.add  i32.const 7  i32.add  i32.const -8  i32.and  global.set $end)
 *   (func (export "handleDid") (param i32)    ;; log.info(event.parameters[0].value.toString())
 *     i32.const 3
 *     local.get 0  i32.load offset=24  i32.load  i32.load offset=8  i32.load offset=4  i32.load offset=8
 *     call $log)
 *   (func $start                              ;; for a module that has much to keep: 600,000 bytes
 *     i32.const 10  memory.grow  drop  i32.const 600000  global.set $end)
 * ```
 */
export const oldMapping = aMapping([])

/** The same with the start section. */
export const oldMappingWithMuch = aMapping(section(8, [3]))

/** One whose start section ends in `unreachable`. */
export const oldMappingThatTraps = aMapping(section(8, [3]), [0x00])

function aMapping(start: readonly number[], atEnd: readonly number[] = []): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [4, 0x60, 2, 0x7f, 0x7f, 0, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 1, 0x7f, 0, 0x60, 0, 0]),
    ...section(2, [1, ...name('index'), ...name('log.log'), 0, 0]),
    ...section(3, [3, 1, 2, 3]),
    ...section(5, [1, 0, 1]),
    ...section(6, [1, 0x7f, 1, 0x41, 8, 0x0b]),
    ...section(7, [3, ...name('memory'), 2, 0, ...name('memory.allocate'), 0, 1, ...name('handleDid'), 0, 2]),
    ...start,
    ...section(10, [
      3,
      ...sized([0, 0x23, 0, 0x23, 0, 0x20, 0, 0x6a, 0x41, 7, 0x6a, 0x41, 0x78, 0x71, 0x24, 0, 0x0b]),
      ...sized([0, 0x41, 3, 0x20, 0, ...load(24), ...load(0), ...load(8), ...load(4), ...load(8), 0x10, 0, 0x0b]),
      ...sized([0, 0x41, 10, 0x40, 0, 0x1a, 0x41, 0xc0, 0xcf, 0x24, 0x24, 0, ...atEnd, 0x0b]),
    ]),
  ])
}

function load(offset: number): number[] {
  return [0x28, 2, offset]
}

function section(id: number, body: readonly number[]): number[] {
  return [id, ...sized(body)]
}

function name(text: string): number[] {
  return sized([...Buffer.from(text, 'utf8')])
}

/** For up to 127 bytes. */
function sized(body: readonly number[]): number[] {
  return [body.length, ...body]
}
