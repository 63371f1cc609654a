import { describe, expect, it } from 'vitest'
import { loadProbe } from '../../../test/mapping.ts'
import type { AbiValue } from '../../deployment/abi.ts'
import { fromString, toText } from '../../entity/big-decimal.ts'
import type { EnsLabel } from '../../entity/ens-label.ts'
import { readAbiValue, writeAbiValue } from '../asc/abi-value.ts'
import { readPointers } from '../asc/array.ts'
import { readBigDecimal, writeBigDecimal } from '../asc/big-decimal.ts'
import { readBigInt, writeBigInt } from '../asc/big-int.ts'
import { readHex, writeHex } from '../asc/bytes.ts'
import { readString, writeString } from '../asc/string.ts'
import type { Memory } from '../memory.ts'
import { hostFunctions } from './index.ts'

// Results marked "recorded" are graph-node 0.45's own answers to the same questions.

const probe = await loadProbe()
const instance = probe
  .moduleOf('Probe')
  .freshInstance({ trigger: probe.aDid('x'), host: probe.aHost(), newSources: [], logs: [] })
const { memory } = instance

/** Calls a host function as WASM would. */
function call(name: string, ...words: number[]): unknown {
  const object = hostFunctions([{ module: 'any', name, kind: 'function' }], instance)
  const fn = object.any?.[name] as (...words: number[]) => unknown
  return fn(...words)
}

const int = (value: bigint) => writeBigInt(memory, value)
const dec = (text: string) => writeBigDecimal(memory, fromString(text))
const str = (text: string) => writeString(memory, text)
const hex = (text: string) => writeHex(memory, text as `0x${string}`)
const utf8 = (text: string) => writeHex(memory, `0x${Buffer.from(text).toString('hex')}`)
const toInt = (ptr: unknown) => readBigInt(memory, Number(ptr))
const toDec = (ptr: unknown) => toText(readBigDecimal(memory, Number(ptr)))
const toStr = (ptr: unknown) => readString(memory, Number(ptr))
const toHex = (ptr: unknown) => readHex(memory, Number(ptr))

const MAX = (1n << 256n) - 1n

describe('bigInt', () => {
  it.each([
    ['plus', MAX, 1n, 1n << 256n],
    ['minus', 0n, MAX, -MAX],
    ['times', -7n, 3n, -21n],
    ['dividedBy', -7n, 2n, -3n],
    ['dividedBy', 7n, -2n, -3n],
    ['mod', -7n, 3n, -1n],
    ['mod', 7n, -3n, 1n],
    ['bitOr', -256n, 7n, -249n],
    ['bitOr', -1n, -(1n << 31n), -1n],
    ['bitAnd', -256n, 511n, 256n],
  ])('%s of %s and %s is %s', (name, x, y, result) => {
    expect(toInt(call(`bigInt.${name}`, int(x), int(y)))).toBe(result)
  })

  it.each([
    ['leftShift', -1n, 1, -2n],
    ['leftShift', 1n, 255, 1n << 255n],
    ['rightShift', -1n, 255, -1n],
    ['rightShift', -256n, 8, -1n],
    ['pow', -3n, 255, (-3n) ** 255n],
    ['pow', 0n, 0, 1n],
  ])('%s of %s by %i is %s', (name, x, y, result) => {
    expect(toInt(call(`bigInt.${name}`, int(x), y))).toBe(result)
  })

  it.each([
    ['+5', 5n],
    ['0005', 5n],
    ['1_000', 1000n],
    ['-12', -12n],
  ])('reads %s', (text, result) => {
    expect(toInt(call('bigInt.fromString', str(text)))).toBe(result)
  })

  it.each(['', ' 1', '0x10', '1.0', '_1', '1e3', '--1'])('does not read "%s"', (text) => {
    expect(() => call('bigInt.fromString', str(text))).toThrow(`string is not a BigInt: \`${text}\``)
  })

  it('divided by a decimal is rounded as graph-node rounds it (recorded)', () => {
    expect(toDec(call('bigInt.dividedByDecimal', int(-1n), dec('-7')))).toBe('0.1428571428571428571428571428571429')
    expect(toDec(call('bigInt.dividedByDecimal', int(-1n), dec('1')))).toBe('-1')
  })

  it('does not grow beyond what graph-node allows', () => {
    const huge = int(1n << 2000n)

    expect(() => call('bigInt.pow', huge, 255)).toThrow(/BigInt is too big, total bits \d+ \(max 435412\)/)
  })
})

describe('bigDecimal (recorded)', () => {
  it.each([
    ['dividedBy', '1', '3', '0.3333333333333333333333333333333333'],
    ['dividedBy', '2', '3', '0.6666666666666666666666666666666667'],
    ['dividedBy', '-2', '3', '-0.66666666666666666666666666666666666'],
    ['dividedBy', '1e30', '7', '142857142857142857142857142857.1429'],
    ['plus', '-1', '1.005', '0.005'],
    ['plus', '9999999999999999999999999999999999', '-1e-60', '9999999999999999999999999999999999'],
    ['minus', '1', '0.1', '0.9'],
    ['times', '0.3333333333333333333333333333333333', '3', '0.9999999999999999999999999999999999'],
  ])('%s of %s and %s is %s', (name, x, y, result) => {
    expect(toDec(call(`bigDecimal.${name}`, dec(x), dec(y)))).toBe(result)
  })

  it.each([
    ['1.0', '1.00', 1],
    ['100', '1e2', 1],
    ['1', '-1', 0],
  ])('%s and %s: equal %i', (x, y, result) => {
    expect(call('bigDecimal.equals', dec(x), dec(y))).toBe(result)
  })

  it.each([
    ['1E+2', '100'],
    ['-0', '0'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['00012.3400', '12.34'],
  ])('reads %s and prints %s', (text, result) => {
    expect(toStr(call('bigDecimal.toString', Number(call('bigDecimal.fromString', str(text)))))).toBe(result)
  })
})

describe('typeConversion (recorded)', () => {
  it.each([
    ['0x', 0],
    ['0x00', 0],
    ['0x4100', 1],
    ['0xc3b1', 1],
    ['0xf09f9880', 2],
    ['0xff41fe', 3],
    ['0x4142c3', 3],
    ['0xe28282ac', 2],
    ['0x00410042', 4],
    ['0xeda080', 3],
    [`0x${'ab'.repeat(40)}`, 40],
  ])('%s is a text of %i units', (bytes, length) => {
    const ptr = Number(call('typeConversion.bytesToString', hex(bytes)))

    expect(memory.sizeOfString(ptr) / 2).toBe(length)
  })

  it.each([
    [0n, '0x0'],
    [-1n, '0x1'],
    [-256n, '0x100'],
    [255n, '0xff'],
  ])('%s in hex is %s: the sign is lost', (value, text) => {
    expect(toStr(call('typeConversion.bigIntToHex', int(value)))).toBe(text)
  })

  it('numbers and bytes print in full', () => {
    expect(toStr(call('typeConversion.bigIntToString', int(-MAX)))).toBe((-MAX).toString())
    expect(toStr(call('typeConversion.bytesToHex', hex('0x00ABcd')))).toBe('0x00abcd')
    expect(toStr(call('typeConversion.bytesToHex', hex('0x')))).toBe('0x')
  })

  it.each(['0x70997970C51812dc3A010C7d01b50e0d17dc79C8', '70997970c51812dc3a010c7d01b50e0d17dc79c8'])(
    'reads the address %s',
    (text) => {
      expect(toHex(call('typeConversion.stringToH160', str(text)))).toBe('0x70997970c51812dc3a010c7d01b50e0d17dc79c8')
    },
  )

  it.each([
    ['0x', ''],
    ['0x00', '1'],
    ['0x0000ff', '115Q'],
    ['0x61', '2g'],
    ['0x636363', 'aPEr'],
    ['0x00eb15231dfceb60925886b67d065299925915aeb172c06647', '1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L'],
  ])('%s in base 58 is "%s"', (bytes, text) => {
    expect(toStr(call('typeConversion.bytesToBase58', hex(bytes)))).toBe(text)
  })
})

describe('crypto (recorded)', () => {
  it.each([
    ['0x', '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
    ['0x616263', '0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
  ])('keccak256 of %s', (bytes, hash) => {
    expect(toHex(call('crypto.keccak256', hex(bytes)))).toBe(hash)
  })
})

/** Reads a JSONValue or YAMLValue back, far enough to see what was written. */
function show(at: Memory, ptr: number, isYaml = false): unknown {
  const payload = at.word(ptr + 8)
  const kinds = ['null', 'bool', 'number', 'string', 'array', 'object', 'tagged']
  switch (kinds[at.word(ptr)]) {
    case 'null':
      return null
    case 'bool':
      return payload !== 0
    case 'number':
      return { number: readString(at, payload) }
    case 'string':
      return readString(at, payload)
    case 'array':
      return readPointers(at, payload).map((each) => show(at, each, isYaml))
    case 'object':
      return readPointers(at, at.word(payload)).map((entry) => [
        isYaml ? show(at, at.word(entry), true) : readString(at, at.word(entry)),
        show(at, at.word(entry + 4), isYaml),
      ])
    default:
      return { tag: readString(at, at.word(payload)), value: show(at, at.word(payload + 4), isYaml) }
  }
}

/** What a Result holds: `error` if it failed. */
function unwrap(ptr: unknown, isYaml = false): unknown {
  const value = memory.word(Number(ptr))
  if (value !== 0) return show(memory, memory.word(value), isYaml)
  return memory.bytes[memory.word(Number(ptr) + 4)] === 1 ? 'error' : 'broken'
}

describe('json', () => {
  it.each([
    ['null', null],
    [' [ ] ', []],
    [
      '[1, -0, -0.0, 1e3, 1E-3, 123456789012345678901234567890]',
      ['1', '0', '-0.0', '1e+3', '1e-3', '123456789012345678901234567890'].map((number) => ({ number })),
    ],
    ['"ñ\\u00e9\\ud83d\\ude00"', 'ñé😀'],
    [
      '{"b":1,"a":{"z":[false]},"b":2}',
      [
        ['a', [['z', [false]]]],
        ['b', { number: '2' }],
      ],
    ],
    [
      '{"":true,"__proto__":null,"10":"x","9":"y"}',
      [
        ['', true],
        ['10', 'x'],
        ['9', 'y'],
        ['__proto__', null],
      ],
    ],
    ['[[]]'.padStart(100).padEnd(200), [[]]],
  ])('reads %s', (text, result) => {
    expect(unwrap(call('json.try_fromBytes', utf8(text)))).toEqual(result)
  })

  it.each([
    '',
    '{',
    '[1,]',
    "{'a':1}",
    'nul',
    '1 2',
    '"\\ud83d"',
    'NaN',
    '01',
    '{"a":1}x',
    '\ufeff1',
    '"\t"',
    '['.repeat(128) + ']'.repeat(128),
  ])('refuses %j (recorded)', (text) => {
    expect(unwrap(call('json.try_fromBytes', utf8(text)))).toBe('error')
  })

  it('refuses what is not UTF-8', () => {
    expect(unwrap(call('json.try_fromBytes', hex('0x22ff22')))).toBe('error')
  })

  it('refuses to read 10 MB, even on trial', () => {
    expect(() => call('json.try_fromBytes', utf8(' '.repeat(10_000_001)))).toThrow(
      'JSON size exceeds max size of 10000000',
    )
  })

  it('turns the text of numbers into numbers', () => {
    expect(call('json.toI64', str('-9223372036854775808'))).toBe(-(1n << 63n))
    expect(call('json.toU64', str('18446744073709551615'))).toBe(-1n)
    expect(call('json.toF64', str('2.75'))).toBe(2.75)
    expect(toInt(call('json.toBigInt', str('123456789012345678901234567890')))).toBe(123456789012345678901234567890n)
  })

  it.each([
    ['json.toI64', '1.0', 'i64'],
    ['json.toU64', '-1', 'u64'],
    ['json.toF64', 'x', 'f64'],
  ])('%s does not take %s', (name, text, type) => {
    expect(() => call(name, str(text))).toThrow(`JSON \`${text}\` cannot be parsed as ${type}`)
  })
})

describe('yaml', () => {
  it('keeps the order of entries, keys of any kind, and the text of numbers', () => {
    const text = 'b: 1\na: [x, 2.5, ~, true]\n3: {d: "e"}\nt: !thing 7\n'

    expect(unwrap(call('yaml.try_fromBytes', utf8(text)), true)).toEqual([
      ['b', { number: '1' }],
      ['a', ['x', { number: '2.5' }, null, true]],
      [{ number: '3' }, [['d', 'e']]],
      ['t', { tag: '!thing', value: { number: '7' } }],
    ])
  })

  it.each([
    ['0x1F', { number: '31' }],
    ['-0b101', { number: '-5' }],
    ['007', '007'],
    ['1e16', { number: '1e16' }],
    ['0.00001', { number: '0.00001' }],
    ['1e-6', { number: '1e-6' }],
    ['123456789012345.5', { number: '123456789012345.5' }],
    ['-0.0', { number: '-0.0' }],
    ['1e400', '1e400'],
    ['+.inf', { number: '.inf' }],
    ['.nan', { number: '.nan' }],
    ['yes', 'yes'],
    ['!!float 1', { number: '1.0' }],
    ['!!binary aGk=', 'aGk='],
    ['! 1', { tag: '!!', value: { number: '1' } }],
    ['!a%20b', { tag: '!a b', value: null }],
    ['|\n a', 'a'],
    ['|\n a\n', 'a\n'],
    ['a\rb', 'a b'],
    [
      '[[1, !b 2], {c: *a}]'.replace('*a', '""'),
      [[{ number: '1' }, { tag: '!b', value: { number: '2' } }], [['c', '']]],
    ],
  ])('reads %j as serde_yaml does (recorded)', (text, value) => {
    expect(unwrap(call('yaml.try_fromBytes', utf8(text)), true)).toEqual(value)
  })

  it.each([
    ...['a: [', '*a', ': a', 'a: 1\na: 2', '{&k a: 1, *k : 2}', '[1]: a\n[1]: b', '!!int x', '!!bool yes', '!!null ""'],
    ...[
      '18446744073709551616',
      '-9223372036854775809',
      'a\u0007',
      'a\0b',
      '- \ta',
      '\t',
      '--- 1\n--- 2',
      '...',
      '%FOO\n--- 1',
    ],
    ...['%YAML 2.0\n--- 1', '['.repeat(129) + ']'.repeat(129)],
  ])('refuses %j (recorded)', (text) => {
    expect(unwrap(call('yaml.try_fromBytes', utf8(text)))).toBe('error')
  })

  it('refuses a document that would grow without end', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
    for (let n = 1; n < 9; n++)
      lines.push(
        `a${n}: &a${n} [${Array(10)
          .fill(`*a${n - 1}`)
          .join(',')}]`,
      )

    expect(unwrap(call('yaml.try_fromBytes', utf8(lines.join('\n'))))).toBe('error')
  })
})

const word = (text: string) => text.padStart(64, '0')

describe('ethereum (recorded)', () => {
  it.each<[string, AbiValue, string]>([
    ['a negative number', { kind: 'int', value: -5n }, `0x${'f'.repeat(63)}b`],
    ['a text', { kind: 'string', value: 'ñ' }, `0x${word('20')}${word('02')}c3b1${'0'.repeat(60)}`],
    ['fixed bytes', { kind: 'fixedBytes', value: '0x01020304' }, `0x01020304${'0'.repeat(56)}`],
    ['an empty array', { kind: 'array', value: [] }, `0x${word('20')}${word('0')}`],
    ['an empty tuple', { kind: 'tuple', value: [] }, '0x'],
    [
      'a static tuple',
      {
        kind: 'tuple',
        value: [
          { kind: 'int', value: 7n },
          { kind: 'bool', value: false },
        ],
      },
      `0x${word('7')}${word('0')}`,
    ],
  ])('encodes %s', (_what, value, encoded) => {
    expect(toHex(call('ethereum.encode', writeAbiValue(memory, value)))).toBe(encoded)
  })

  it.each<[string, string, AbiValue]>([
    ['uint256', word('05') + word('06'), { kind: 'uint', value: 5n }],
    ['uint8', word('0105'), { kind: 'uint', value: 0x105n }],
    ['int8', 'ff'.repeat(32), { kind: 'int', value: -1n }],
    ['bool', word('02'), { kind: 'bool', value: true }],
    ['address', 'ff'.repeat(32), { kind: 'address', value: `0x${'ff'.repeat(20)}` }],
    ['function', `${'ab'.repeat(24)}${'0'.repeat(16)}`, { kind: 'function', value: `0x${'ab'.repeat(24)}` }],
    ['bytes4', 'ab'.repeat(32), { kind: 'fixedBytes', value: '0xabababab' }],
    ['string', `${word('20')}${word('02')}ff41${'0'.repeat(60)}`, { kind: 'string', value: '\ufffdA' }],
    [
      '(uint256, bool)',
      word('05') + word('01'),
      {
        kind: 'tuple',
        value: [
          { kind: 'uint', value: 5n },
          { kind: 'bool', value: true },
        ],
      },
    ],
  ])('decodes %s', (type, data, value) => {
    const ptr = Number(call('ethereum.decode', str(type), hex(`0x${data}`)))

    expect(readAbiValue(memory, ptr)).toEqual(value)
  })

  it.each([
    ['uint256', '05'],
    ['uint256', ''],
    ['string', `${word('20')}${word('40')}c3b1`],
  ])('gives null where data is too short for %s', (type, data) => {
    expect(call('ethereum.decode', str(type), hex(`0x${data}`))).toBe(0)
  })

  it('gives null for a text that is no type', () => {
    expect(call('ethereum.decode', str('(uint256'), hex(`0x${word('05')}`))).toBe(0)
  })

  it.each<[AbiValue, string]>([
    [{ kind: 'int', value: 1n << 255n }, `BigInt value \`${1n << 255n}\` does not fit into int256`],
    [{ kind: 'int', value: -(1n << 255n) - 1n }, `BigInt value \`${-(1n << 255n) - 1n}\` does not fit into int256`],
    [{ kind: 'uint', value: 1n << 256n }, `BigInt value \`${1n << 256n}\` does not fit into uint256`],
    [{ kind: 'uint', value: -4n }, 'BigInt value is negative, cannot convert to unsigned U256: -4'],
    [{ kind: 'fixedBytes', value: `0x${'07'.repeat(33)}` }, 'input slice must contain a maximum of 32 bytes, got 33'],
    [{ kind: 'address', value: '0x07' }, 'expected array of length 20, found length 1'],
  ])('fails to encode %o, which no word holds', (value, message) => {
    expect(() => call('ethereum.encode', writeAbiValue(memory, value))).toThrow(message)
  })
})

describe('a host function we do not have', () => {
  it('fails by name, and only when it is called', () => {
    expect(() => call('arweave.transactionData', 0)).toThrow(
      'the host function `arweave.transactionData` is not available',
    )
  })
})

describe('ens', () => {
  const hash = `0x${'ab'.repeat(32)}`
  const ask = (label: EnsLabel) => {
    const host = probe.aHost({ ens: { label: (asked) => (asked === hash ? label : { ...label, text: null }) } })
    const asking = probe.moduleOf('Probe').freshInstance({ trigger: probe.aDid('x'), host, newSources: [], logs: [] })
    const name = 'ens.nameByHash'
    const { [name]: nameByHash } = hostFunctions([{ module: 'any', name, kind: 'function' }], asking).any ?? {}
    const found = Number((nameByHash as (pointer: number) => unknown)(writeString(asking.memory, hash)))
    return found === 0 ? null : readString(asking.memory, found)
  }

  it('tells the label of a hash', () => {
    expect(ask({ isLookedUp: true, text: 'vitalik' })).toBe('vitalik')
  })

  it('tells null where nobody knows it', () => {
    expect(ask({ isLookedUp: true, text: null })).toBeNull()
    expect(call('ens.nameByHash', str(hash))).toBe(0)
  })

  it('fails where there are no labels at all', () => {
    expect(() => ask({ isLookedUp: false, text: null })).toThrow(
      'Missing ENS data: see https://github.com/graphprotocol/ens-rainbow',
    )
  })
})
