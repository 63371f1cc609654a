import fc from 'fast-check'
import {
  type AbiParameter,
  encodeAbiParameters,
  encodeEventTopics,
  parseAbi as parseHumanAbi,
  toFunctionSelector,
} from 'viem'
import { expect, it } from 'vitest'
import { AbiMismatchError } from '../errors.ts'
import {
  type AbiValue,
  decodeArguments,
  encodeArguments,
  encodeValue,
  eventTopic,
  findEvent,
  findFunction,
  parseType,
  selector,
} from './abi.ts'
import { parseAbi } from './parse-abi.ts'

// ── random types with random values of them ─────────────────────────────────────────────────────────────────────────────

interface Sample {
  readonly param: AbiParameter
  /** As viem takes it. */
  readonly plain: unknown
  readonly value: AbiValue
}

const hexOf = (size: fc.Arbitrary<number>) =>
  size.chain((length) =>
    fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes): `0x${string}` => `0x${Buffer.from(bytes).toString('hex')}`),
  )

const bits = fc.integer({ min: 1, max: 32 }).map((bytes) => bytes * 8)

/** A type and a way to make values of it: arrays need several of one type. */
interface Maker {
  readonly param: AbiParameter
  readonly sample: fc.Arbitrary<{ plain: unknown; value: AbiValue }>
}

function made<T>(type: string, plain: fc.Arbitrary<T>, value: (plain: T) => AbiValue): Maker {
  return { param: { type }, sample: plain.map((one) => ({ plain: one, value: value(one) })) }
}

const scalar: fc.Arbitrary<Maker> = fc.oneof(
  bits.map((size) => made(`uint${size}`, fc.bigInt(0n, 2n ** BigInt(size) - 1n), (value) => ({ kind: 'uint', value }))),
  bits.map((size) => {
    const half = 2n ** BigInt(size - 1)
    return made(`int${size}`, fc.bigInt(-half, half - 1n), (value) => ({ kind: 'int', value }))
  }),
  fc
    .integer({ min: 1, max: 32 })
    .map((size) => made(`bytes${size}`, hexOf(fc.constant(size)), (value) => ({ kind: 'fixedBytes', value }))),
  fc.constant(made('address', hexOf(fc.constant(20)), (value) => ({ kind: 'address', value }))),
  fc.constant(made('bool', fc.boolean(), (value) => ({ kind: 'bool', value }))),
  fc.constant(made('bytes', hexOf(fc.nat(80)), (value) => ({ kind: 'bytes', value }))),
  fc.constant(made('string', fc.string({ unit: 'grapheme', maxLength: 40 }), (value) => ({ kind: 'string', value }))),
)

function arrayOf(maker: Maker, length: number | null): Maker {
  const size = length === null ? { maxLength: 3 } : { minLength: length, maxLength: length }
  const kind = length === null ? 'array' : 'fixedArray'
  return {
    param: { ...maker.param, type: `${maker.param.type}[${length ?? ''}]` },
    sample: fc.array(maker.sample, size).map((items) => ({
      plain: items.map((item) => item.plain),
      value: { kind, value: items.map((item) => item.value) },
    })),
  }
}

function tupleOf(makers: readonly Maker[]): Maker {
  return {
    param: { type: 'tuple', components: makers.map((maker, i) => ({ ...maker.param, name: `f${i}` })) },
    sample: fc.tuple(...makers.map((maker) => maker.sample)).map((items) => ({
      plain: Object.fromEntries(items.map((item, i) => [`f${i}`, item.plain])),
      value: { kind: 'tuple', value: items.map((item) => item.value) },
    })),
  }
}

const { maker } = fc.letrec<{ maker: Maker }>((tie) => ({
  maker: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.tuple(tie('maker'), fc.option(fc.integer({ min: 1, max: 3 }))).map(([inner, length]) => arrayOf(inner, length)),
    fc.array(tie('maker'), { minLength: 1, maxLength: 3 }).map(tupleOf),
  ),
}))

const samples: fc.Arbitrary<Sample[]> = fc
  .array(maker, { minLength: 1, maxLength: 4 })
  .chain((makers) => fc.tuple(...makers.map(({ param, sample }) => sample.map((one) => ({ param, ...one })))))

// ── the codec ───────────────────────────────────────────────────────────────────────────────────────────────────────────

it('encodes any values as viem does, and decodes them again', () => {
  fc.assert(
    fc.property(samples, (several) => {
      const params = several.map((one) => one.param)
      const values = several.map((one) => one.value)
      const encoded = encodeAbiParameters(
        params,
        several.map((one) => one.plain),
      )
      expect(encodeArguments(params, values)).toBe(encoded)
      expect(decodeArguments(params, encoded)).toEqual(values)
    }),
    { numRuns: 500 },
  )
})

it('encodes a value without being told its type', () => {
  fc.assert(
    fc.property(
      maker.chain(({ param, sample }) => sample.map((one) => ({ param, ...one }))),
      ({ param, plain, value }) => {
        expect(encodeValue(value)).toBe(encodeAbiParameters([param], [plain]))
      },
    ),
    { numRuns: 300 },
  )
})

it('answers null or values for any damaged data, and quickly', () => {
  fc.assert(
    fc.property(samples, fc.nat(), fc.integer({ min: 0, max: 15 }), fc.nat(), (several, position, digit, cut) => {
      const params = several.map((one) => one.param)
      const whole = encodeArguments(
        params,
        several.map((one) => one.value),
      )
      const at = 2 + (position % (whole.length - 2))
      const damaged = `${whole.slice(0, at)}${digit.toString(16)}${whole.slice(at + 1)}`
      const shortened = damaged.slice(0, 2 + (cut % whole.length)) as `0x${string}`
      for (const data of [damaged as `0x${string}`, shortened]) {
        const decoded = decodeArguments(params, data)
        expect(decoded === null || decoded.length === params.length).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})

it('does not follow offsets that lead to the same place for ever', () => {
  // Four arrays one behind the other, the 50 elements of each all being the next one: 50^4 values in 7 KB.
  const nested = [{ type: 'uint256[][][][]' }]
  const word = (value: number) => value.toString(16).padStart(64, '0')
  const array = word(50) + word(50 * 32).repeat(50)
  const bomb = `0x${word(32)}${array.repeat(4)}` as const
  expect(decodeArguments(nested, bomb)).toBe(null)
})

it('puts U+FFFD where a string is not UTF-8, and keeps NULs', () => {
  const data = encodeAbiParameters([{ type: 'bytes' }], ['0x61ff00fe62'])
  expect(decodeArguments([{ type: 'string' }], data)).toEqual([{ kind: 'string', value: 'a\uFFFD\0\uFFFDb' }])
})

it('refuses values that the parameters do not take', () => {
  const uint = parseType('uint256')
  expect(() => encodeArguments([uint], [])).toThrow(AbiMismatchError)
  expect(() => encodeArguments([uint], [{ kind: 'int', value: 1n }])).toThrow('asks for uint256, but int was given')
  expect(() => encodeArguments([uint], [{ kind: 'uint', value: 2n ** 256n }])).toThrow(AbiMismatchError)
  expect(() => encodeArguments([parseType('uint8[2]')], [{ kind: 'fixedArray', value: [] }])).toThrow(AbiMismatchError)
  expect(() => encodeArguments([parseType('uint8[]')], [{ kind: 'fixedArray', value: [] }])).toThrow(AbiMismatchError)
  expect(() => encodeArguments([parseType('bytes1')], [{ kind: 'fixedBytes', value: '0x0102' }])).toThrow('2 bytes')
  expect(() => encodeValue({ kind: 'fixedBytes', value: `0x${'00'.repeat(33)}` })).toThrow(AbiMismatchError)
})

it('takes the numbers that a type has, and no others', () => {
  const encode = (type: string, kind: 'int' | 'uint', value: bigint) => encodeArguments([{ type }], [{ kind, value }])
  expect(encode('uint8', 'uint', 255n)).toBe(encodeAbiParameters([{ type: 'uint8' }], [255]))
  expect(encode('int8', 'int', -128n)).toBe(encodeAbiParameters([{ type: 'int8' }], [-128]))
  expect(() => encode('uint8', 'uint', 256n)).toThrow('asks for uint8, but the number 256 was given')
  expect(() => encode('int8', 'int', 128n)).toThrow(AbiMismatchError)
  expect(() => encode('int8', 'int', -129n)).toThrow(AbiMismatchError)
})

it('takes a plain array where the function has one of fixed size', () => {
  const value: AbiValue = { kind: 'array', value: [{ kind: 'uint', value: 7n }] }
  expect(encodeArguments([{ type: 'uint256[1]' }], [value])).toBe(encodeAbiParameters([{ type: 'uint256[1]' }], [[7n]]))
})

it('reads types as they stand in signatures', () => {
  expect(parseType('( address, (uint256[], bool,)[3] )[]')).toEqual({
    type: 'tuple[]',
    components: [{ type: 'address' }, { type: 'tuple[3]', components: [{ type: 'uint256[]' }, { type: 'bool' }] }],
  })
  expect(parseType('tuple(uint,int[])')).toEqual({
    type: 'tuple',
    components: [{ type: 'uint256' }, { type: 'int256[]' }],
  })
  expect(parseType('Library.Kind')).toEqual({ type: 'uint8' })
})

it.each([
  ...['', ' uint256', 'uint256 ', 'uint256 []', '(uint256 ,bool)', '(uint256', 'uint256)', '(,uint256)', 'bool,bool'],
  ...['uint7', 'uint0', 'uint264', 'bytes33', 'tuple', 'word', 'a.b.c', 'uint256[x]', '(uint256 a)', 'UINT256'],
])('refuses `%s`, which is no type', (text) => {
  expect(() => parseType(text)).toThrow()
})

it('reads no array of no elements, and none of what takes no place', () => {
  const data = `0x${'0'.repeat(63)}1${'f'.repeat(64)}` as const
  expect(decodeArguments([parseType('bool[0]')], data)).toBe(null)
  expect(decodeArguments([parseType('()[]')], `0x${'20'.padStart(64, '0')}${data.slice(2)}`)).toEqual([
    { kind: 'array', value: [] },
  ])
})

// ── the ABI ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** As a compiler writes it. */
const fileOf = (lines: readonly string[]) =>
  JSON.stringify(
    parseHumanAbi(lines).map((entry) => ({ ...(entry.type === 'event' && { anonymous: false }), ...entry })),
  )

const shapes = parseAbi(
  'Shapes',
  fileOf([
    'struct Pair { uint256 x; string y; }',
    'event Transfer(address indexed from, address indexed to, uint256 value)',
    'event Over(uint256)',
    'event Over(string)',
    'event Mixed(uint256 a, (uint256 x, string y)[] b)',
    'function get(uint256 id) view returns (address)',
    'function get(string name) view returns (address)',
  ]),
)

it('finds events by their signature with indexed marks, or by name where there is only one', () => {
  expect(findEvent(shapes, 'Transfer(indexed address,indexed address,uint256)')?.name).toBe('Transfer')
  expect(findEvent(shapes, 'Transfer(address,address,uint256)')?.name).toBe('Transfer')
  expect(findEvent(shapes, 'Over(string)')?.inputs[0]?.type).toBe('string')
  expect(findEvent(shapes, 'Over(indexed string)')).toBe(null)
  expect(findEvent(shapes, 'Mixed(uint256, (uint256, string)[])')?.name).toBe('Mixed')
  expect(findEvent(shapes, 'Nope()')).toBe(null)
})

it('makes topic0 from a signature without its indexed marks', () => {
  const abi = parseHumanAbi(['event Transfer(address indexed from, address indexed to, uint256 value)'])
  expect([eventTopic('Transfer(indexed address, indexed address,uint256)')]).toEqual(
    encodeEventTopics({ abi, eventName: 'Transfer' }).slice(0, 1),
  )
})

it('finds functions among overloads by their full signature', () => {
  const byName = findFunction(shapes, 'get', 'get(string):(address)')
  expect(byName && selector(byName)).toBe(toFunctionSelector('get(string)'))
  expect(findFunction(shapes, 'get', null)?.inputs[0]?.type).toBe('uint256')
  expect(findFunction(shapes, 'get', 'get(bool):(address)')).toBe(null)
})

it('knows what returns nothing by a signature without results', () => {
  const abi = parseAbi('Burner', fileOf(['function burn(uint256 id)']))
  expect(findFunction(abi, 'burn', 'burn(uint256)')?.name).toBe('burn')
  expect(findFunction(abi, 'burn', 'burn(uint256):()')).toBe(null)
})

it('reads artifacts and the ABIs of old tools', () => {
  const old = [
    { type: 'fallback', payable: true },
    { type: 'fallback' },
    { type: 'function', name: 'a', constant: true, inputs: [{ type: 'uint256', indexed: true }], outputs: [] },
    { type: 'function', name: 'b', stateMutability: 'undefined', inputs: [], outputs: [] },
  ]
  const { abi } = parseAbi('Old', JSON.stringify({ compilerOutput: { abi: old } }))
  expect(abi).toHaveLength(3)
  expect(abi[1]).toMatchObject({ stateMutability: 'view', inputs: [{ type: 'uint256', name: '' }] })
  expect(abi[1]).not.toHaveProperty('inputs.0.indexed')
  expect(abi[2]).toMatchObject({ stateMutability: 'nonpayable', outputs: [] })
  expect(() => parseAbi('Bad', '{"abi": 3}')).toThrow('not an ABI')
})

it.each([
  [{ type: 'event', name: 'Odd', inputs: [] }, 'missing field `anonymous`'],
  [{ type: 'event', inputs: [], anonymous: false }, 'missing field `name`'],
  [{ type: 'function', name: 'odd', outputs: [] }, 'missing field `inputs`'],
  [
    { type: 'error', name: 'not a name', inputs: [] },
    'invalid value: string "not a name", expected a valid Solidity identifier',
  ],
  [
    { type: 'function', name: 'odd', inputs: [], outputs: [], stateMutability: 'nope' },
    'unknown variant `nope`, expected one of `pure`, `view`, `nonpayable`, `payable`',
  ],
  [
    { type: 'nope' },
    'unknown variant `nope`, expected one of `constructor`, `fallback`, `receive`, `function`, `event`, `error`',
  ],
])('takes no entry that graph-node does not take: %j', (entry, problem) => {
  expect(() => parseAbi('Odd', JSON.stringify([entry]))).toThrow(problem)
})
