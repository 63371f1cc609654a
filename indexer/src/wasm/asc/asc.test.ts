import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadProbe } from '../../../test/mapping.ts'
import { aHeaderlessMemory } from '../../../test/old-mapping.ts'
import type { AbiValue } from '../../deployment/abi.ts'
import { normalise } from '../../entity/big-decimal.ts'
import type { Value } from '../../entity/value.ts'
import type { Memory } from '../memory.ts'
import { readAbiValue, writeAbiValue, writeAbiValues } from './abi-value.ts'
import { readPointers, writePointers, writeWords } from './array.ts'
import { readBigDecimal, writeBigDecimal } from './big-decimal.ts'
import { readBigInt, writeBigInt, writeNumber } from './big-int.ts'
import { readBytes, readHex, readRange, writeBytes, writeHex } from './bytes.ts'
import { readCallRequest } from './call-request.ts'
import { readEntity, writeEntity } from './entity.ts'
import { readValue, writeValue } from './store-value.ts'
import { readString, writeString } from './string.ts'
import { TYPE } from './type-id.ts'
import { writeWrappedBool } from './wrapped.ts'

const probe = await loadProbe()
const module = probe.moduleOf('Probe')
const aMemory = (): Memory =>
  module.freshInstance({ trigger: probe.aDid('x'), host: probe.aHost(), newSources: [], logs: [] }).memory

const hex = (size?: number) =>
  fc
    .uint8Array(size === undefined ? { maxLength: 100 } : { minLength: size, maxLength: size })
    .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as const)
const text = fc.string({ unit: 'grapheme', maxLength: 120 }).map((each) => each.replaceAll('\0', ''))
const integer = fc.bigInt({ min: -(1n << 300n), max: 1n << 300n })
/** Only those that normalising leaves alone: a negative one may keep 35 digits the first time, and lose the last when read again. */
const decimal = fc
  .tuple(integer, fc.integer({ min: -50, max: 50 }))
  .map(([digits, scale]) => normalise(digits, scale))
  .filter((once) => normalise(once.digits, once.scale).digits === once.digits)

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.record({ kind: fc.constant('String' as const), value: text }),
    fc.record({ kind: fc.constant('Int' as const), value: fc.integer() }),
    fc.record({ kind: fc.constant('Int8' as const), value: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }) }),
    fc.record({
      kind: fc.constant('Timestamp' as const),
      value: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
    }),
    fc.record({ kind: fc.constant('BigInt' as const), value: integer }),
    fc.record({ kind: fc.constant('BigDecimal' as const), value: decimal }),
    fc.record({ kind: fc.constant('Boolean' as const), value: fc.boolean() }),
    fc.record({ kind: fc.constant('Bytes' as const), value: hex() }),
    fc.record({ kind: fc.constant('Null' as const) }),
    fc.record({ kind: fc.constant('List' as const), value: fc.array(tie('value'), { maxLength: 4 }) }),
  ),
}))

const { abiValue } = fc.letrec<{ abiValue: AbiValue }>((tie) => ({
  abiValue: fc.oneof(
    { depthSize: 'small' },
    fc.record({ kind: fc.constant('address' as const), value: hex(20) }),
    fc.record({ kind: fc.constant('fixedBytes' as const), value: fc.integer({ min: 0, max: 32 }).chain(hex) }),
    fc.record({ kind: fc.constant('bytes' as const), value: hex() }),
    fc.record({ kind: fc.constant('int' as const), value: fc.bigInt({ min: -(1n << 255n), max: (1n << 255n) - 1n }) }),
    fc.record({ kind: fc.constant('uint' as const), value: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }) }),
    fc.record({ kind: fc.constant('bool' as const), value: fc.boolean() }),
    fc.record({ kind: fc.constant('string' as const), value: text }),
    fc.record({
      kind: fc.constantFrom('array' as const, 'fixedArray' as const, 'tuple' as const),
      value: fc.array(tie('abiValue'), { maxLength: 4 }),
    }),
  ),
}))

/** Writes and reads every sample in one memory, which grows on the way; then in one of AssemblyScript 0.6. */
function survives<T>(
  samples: fc.Arbitrary<T>,
  write: (memory: Memory, sample: T) => number,
  read: (memory: Memory, ptr: number) => unknown,
) {
  for (const [memory, alignment] of [
    [aMemory(), 16],
    [aHeaderlessMemory(), 1],
  ] as const) {
    fc.assert(
      fc.property(samples, (sample) => {
        const ptr = write(memory, sample)
        expect(ptr % alignment).toBe(0)
        expect(read(memory, ptr)).toEqual(sample)
      }),
      { numRuns: 300 },
    )
  }
}

describe('what is written into memory reads back as it was', () => {
  it('strings', () => survives(text, writeString, readString))
  it('bytes', () => survives(fc.uint8Array({ maxLength: 300 }), writeBytes, readBytes))
  it('hex', () => survives(hex(), writeHex, readHex))
  it('integers of any size', () => survives(integer, writeBigInt, readBigInt))
  it('integers around every byte boundary', () => {
    const memory = aMemory()
    for (let bits = 0n; bits < 200n; bits++) {
      for (const base of [1n << bits, -(1n << bits)]) {
        for (const near of [base - 1n, base, base + 1n]) {
          expect(readBigInt(memory, writeBigInt(memory, near))).toBe(near)
        }
      }
    }
  })
  it('plain numbers up to 48 bits', () =>
    survives(fc.integer({ min: -(2 ** 47), max: 2 ** 47 - 1 }), writeNumber, (memory, ptr) =>
      Number(readBigInt(memory, ptr)),
    ))
  it('decimals', () => survives(decimal, writeBigDecimal, readBigDecimal))
  it('store values', () => survives(value, writeValue, (memory, ptr) => readValue(memory, ptr)))
  it('ethereum values', () => survives(abiValue, writeAbiValue, (memory, ptr) => readAbiValue(memory, ptr)))
  it('arrays of pointers', () =>
    survives(
      fc.array(fc.nat(), { maxLength: 40 }),
      (memory, pointers) => writePointers(memory, TYPE.arrayString, pointers),
      readPointers,
    ))
  it('entities, by name', () => {
    const memory = aMemory()
    const names = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(fc.dictionary(names, value), (fields) => {
        const entity = new Map(Object.entries(fields))
        const kept = [...entity].sort(([a], [b]) => (a < b ? -1 : 1))
        expect([...readEntity(memory, writeEntity(memory, entity))]).toEqual(kept)
      }),
    )
  })
})

it('a negative decimal of 35 digits is cut once more when it is read', () => {
  const memory = aMemory()
  const written = normalise(-83_082_335_115_734_579_739_954_441_267_823_501_000n, -49)

  const read = readBigDecimal(memory, writeBigDecimal(memory, written))

  expect(written).toEqual({ digits: -83_082_335_115_734_579_739_954_441_267_823_501n, scale: -52 })
  expect(read).toEqual({ digits: -830_823_351_157_345_797_399_544_412_678_235n, scale: -54 })
})

describe('objects look as graph-node writes them', () => {
  it.each([
    [0n, '00'],
    [1n, '01'],
    [127n, '7f'],
    [128n, '8000'],
    [-1n, 'ff'],
    [-128n, '80'],
    [-129n, '7fff'],
    [256n, '0001'],
    [1n << 63n, '000000000000008000'],
    [-(1n << 63n), '0000000000000080'],
    [(1n << 256n) - 1n, `${'ff'.repeat(32)}00`],
  ])('%s takes as few bytes as hold its sign', (integer, bytes) => {
    const memory = aMemory()

    expect(readHex(memory, writeBigInt(memory, integer))).toBe(`0x${bytes}`)
  })

  it('a header says which class it is and how long', () => {
    const memory = aMemory()
    const ptr = writeString(memory, 'abc')

    expect(memory.word(ptr - 4)).toBe(6)
    expect(memory.word(ptr - 8)).toBe(1)
    expect(memory.word(ptr - 20)).toBe(28)
  })

  it('an Int keeps its sign through all 64 bits of the payload', () => {
    const memory = aMemory()

    expect(memory.view.getBigInt64(writeValue(memory, { kind: 'Int', value: -2 }) + 8, true)).toBe(-2n)
  })
})

describe('objects of AssemblyScript 0.6 carry their lengths within', () => {
  it('a string begins with how many units it has', () => {
    const memory = aHeaderlessMemory()
    const ptr = writeString(memory, 'añb')

    expect(memory.word(ptr)).toBe(3)
    expect(memory.bytes.toString('hex', ptr + 4, ptr + 10)).toBe('6100f1006200')
  })

  it('a buffer begins with how many bytes it has, and a view says where it looks', () => {
    const memory = aHeaderlessMemory()
    const ptr = writeHex(memory, '0x010203')
    const buffer = memory.word(ptr)

    expect([memory.word(ptr + 4), memory.word(ptr + 8)]).toEqual([0, 3])
    expect(memory.word(buffer)).toBe(3)
    expect(memory.bytes.toString('hex', buffer + 8, buffer + 11)).toBe('010203')
  })

  it('a view that starts later reads from there', () => {
    const memory = aHeaderlessMemory()
    const ptr = writeHex(memory, '0x0102030405')
    memory.setWord(ptr + 4, 2)
    memory.setWord(ptr + 8, 2)

    expect(readHex(memory, ptr)).toBe('0x0304')
  })

  it('a view or an array ends where its buffer does', () => {
    const memory = aHeaderlessMemory()
    const bytes = writeHex(memory, '0x010203')
    memory.setWord(bytes + 8, 9)
    const array = writePointers(memory, TYPE.arrayString, [8, 16])
    memory.setWord(array + 4, 5)

    expect(readHex(memory, bytes)).toBe('0x010203')
    expect(readPointers(memory, array)).toEqual([8, 16])
  })

  it('they take as many bytes as in graph-node, so that they lie where they lie there', () => {
    const memory = aHeaderlessMemory()
    const starts = [
      writeString(memory, 'abc'),
      writeWrappedBool(memory, true),
      writeHex(memory, '0x0102030405060708'),
      writeHex(memory, '0x010203040506070809'),
      writePointers(memory, TYPE.arrayString, [8, 16]),
      writeValue(memory, { kind: 'Int', value: 1 }),
      writeString(memory, ''),
    ].map((ptr) => ptr - 8)

    // Of a view and an array their buffer comes first: 8 bytes and what it holds, up to a power of two.
    expect(starts).toEqual([0, 10, 11 + 16, 11 + 28 + 32, 11 + 28 + 44 + 16, 107, 123])
  })

  it('a handler begins where the arena of _start ended, and what it reads there is its own', () => {
    const memory = aHeaderlessMemory()
    writeString(memory, 'kept')
    memory.keepArena()
    memory.keepLiterals(10_000)
    const read = ['one', 'two'].map((text) => {
      const ptr = writeString(memory, text)
      memory.dropArena()
      return [ptr, readString(memory, ptr)]
    })

    expect(read).toEqual([
      [20, 'one'],
      [20, 'two'],
    ])
  })

  it('null reads as nothing, as memory begins with zeros', () => {
    const memory = aHeaderlessMemory()

    expect(readString(memory, 0)).toBe('')
    expect(readHex(memory, 0)).toBe('0x')
    expect(readPointers(memory, 0)).toEqual([])
  })
})

describe('what a contract is asked, as mappings of different age say it', () => {
  const words = (memory: Memory, fields: readonly number[]) => writeWords(memory, TYPE.smartContractCall, fields)
  const params: AbiValue[] = [{ kind: 'uint', value: 7n }]

  it('before apiVersion 0.0.4 without the signature', () => {
    const memory = aHeaderlessMemory()
    const fields = [writeString(memory, 'Token'), writeHex(memory, '0x01'), writeString(memory, 'balanceOf')]
    const ptr = words(memory, [...fields, writeAbiValues(memory, params)])

    expect(readCallRequest(memory, ptr, '0.0.3')).toEqual({
      contractName: 'Token',
      address: '0x01',
      functionName: 'balanceOf',
      functionSignature: null,
      params,
    })
  })

  it('from then on with it', () => {
    const memory = aHeaderlessMemory()
    const texts = ['balanceOf', 'balanceOf(uint256):(uint256)'].map((each) => writeString(memory, each))
    const fields = [writeString(memory, 'Token'), writeHex(memory, '0x01'), ...texts]
    const ptr = words(memory, [...fields, writeAbiValues(memory, params)])

    expect(readCallRequest(memory, ptr, '0.0.4')).toMatchObject({
      functionSignature: 'balanceOf(uint256):(uint256)',
      params,
    })
  })
})

describe('what cannot be read', () => {
  it.each([
    ['a string', (memory: Memory) => readString(memory, 0)],
    ['bytes', (memory: Memory) => readBytes(memory, 0)],
    ['an entity', (memory: Memory) => readEntity(memory, 0)],
    ['a store value', (memory: Memory) => readValue(memory, 0)],
    ['a decimal', (memory: Memory) => readBigDecimal(memory, 0)],
  ])('%s that is null says so', (_what, read) => {
    expect(() => read(aMemory())).toThrow("Tried to read AssemblyScript value that is 'null'")
  })

  it('a pointer beyond memory names the place', () => {
    expect(() => readRange(aMemory(), 0x7fff_fff0)).toThrow('Heap access out of bounds. Offset: 2147483636 Size: 4')
  })

  it('a pointer above 2 GiB is not taken for a negative one', () => {
    expect(() => readString(aMemory(), -16)).toThrow('Heap access out of bounds. Offset: 4294967276 Size: 4')
  })

  it('values nested too deep end in an error, not in a stack overflow', () => {
    const memory = aMemory()
    let nested: Value = { kind: 'Int', value: 1 }
    for (let depth = 0; depth < 130; depth++) nested = { kind: 'List', value: [nested] }

    expect(() => readValue(memory, writeValue(memory, nested))).toThrow('recursion limit reached')
  })

  it('half a surrogate pair is no string', () => {
    const memory = aMemory()

    expect(() => readString(memory, writeString(memory, 'a\ud83d'))).toThrow('lone surrogate')
  })

  it('a decimal with an exponent out of range names the range', () => {
    const memory = aMemory()
    const ptr = writeBigDecimal(memory, { digits: 1n, scale: 6144 })

    expect(() => readBigDecimal(memory, ptr)).toThrow(
      'big decimal exponent `-6144` is outside the `-6143` to `6144` range',
    )
  })
})
