import { describe, expect, it } from 'vitest'
import { loadProbe } from '../../test/mapping.ts'
import { patchModule, START_EXPORT } from './patch.ts'

const { deployment } = await loadProbe()
const [mapping = new Uint8Array()] = deployment.modules.values()

/** (module (global (mut i32) (i32.const 7)) (global i32 (i32.const 8)) (func (global.set 0 (i32.const 9))) (start 0) (memory 1 4)) */
const withStart = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  ...[5, 4, 1, 1, 1, 4],
  ...[6, 11, 2, 0x7f, 1, 0x41, 7, 0x0b, 0x7f, 0, 0x41, 8, 0x0b],
  ...[7, 5, 1, 1, 0x6d, 2, 0],
  ...[8, 1, 0],
  ...[10, 8, 1, 6, 0, 0x41, 9, 0x24, 0, 0x0b],
])

describe('patchModule', () => {
  it('exports the mutable globals of a mapping, and only those', () => {
    const { bytes, globals } = patchModule(mapping)
    const exports = WebAssembly.Module.exports(new WebAssembly.Module(bytes))

    expect(globals.length).toBeGreaterThan(1)
    expect(exports.filter(({ name }) => /^heddle:\d+$/.test(name)).map(({ name }) => name)).toEqual(globals)
  })

  it('keeps every export a mapping had', () => {
    const before = WebAssembly.Module.exports(new WebAssembly.Module(mapping))
    const after = WebAssembly.Module.exports(new WebAssembly.Module(patchModule(mapping).bytes))

    expect(after.slice(0, before.length)).toEqual(before)
  })

  it('makes a start section wait until it is called', () => {
    const { bytes, globals, hasStartSection } = patchModule(withStart)
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {})
    const [name = ''] = globals
    const global = exports[name] as WebAssembly.Global

    expect(hasStartSection).toBe(true)
    expect(global.value).toBe(7)
    const start = exports[START_EXPORT] as () => void
    start()
    expect(global.value).toBe(9)
  })

  it('gives memory no more pages than the module allows', () => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(patchModule(withStart).bytes), {})

    expect((exports.m as WebAssembly.Memory).buffer.byteLength).toBe(4 * 65_536)
  })

  it('refuses what is no module', () => {
    expect(() => patchModule(new TextEncoder().encode('<!doctype html>'))).toThrow(RangeError)
    expect(() => patchModule(mapping.slice(0, 5000))).toThrow(RangeError)
  })
})
