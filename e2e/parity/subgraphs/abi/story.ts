import { concat, type Hex, pad, stringToHex, toEventSelector, toHex, zeroAddress } from 'viem'
import { story } from '../../story.ts'

const widths = Array.from({ length: 32 }, (_, index) => (index + 1) * 8)
const bytesOf = (count: number, byte: string): Hex => `0x${byte.repeat(count)}`

/** Of every width one number, one integer and one run of bytes. */
function everyWidth(
  unsigned: (bits: bigint) => bigint,
  signed: (bits: bigint) => bigint,
  byte: string,
): readonly unknown[] {
  return [
    Object.fromEntries(widths.map((bits) => [`u${bits}`, unsigned(BigInt(bits))])),
    Object.fromEntries(widths.map((bits) => [`i${bits}`, signed(BigInt(bits))])),
    Object.fromEntries(widths.map((bits) => [`b${bits / 8}`, bytesOf(bits / 8, byte)])),
  ]
}

const inner = (n: bigint, tag: Hex = '0x010203') => ({ n, tag })
const outer = (n: number, text = '') => ({
  inner: inner(BigInt(-n)),
  list: Array.from({ length: n }, (_, index) => inner(BigInt(index) - 1n, '0xffffff')),
  pair: [text, 'second'] as const,
})
const someone = '0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF'
const word = (value: bigint | string): Hex => (typeof value === 'bigint' ? pad(toHex(value)) : pad(value as Hex))

/** As every type a contract answers with. */
const asked = ['asBool', 'asUint8', 'asInt8', 'asUint256', 'asAddress', 'asBytes4', 'asBytes32', 'asBytes', 'asString']
  .concat(['asList', 'asPair', 'asTexts', 'asPoint', 'asPoints', 'asTwo'])
  .map((name) => `${name}(bytes):(${outputs(name)})`)
  .concat(['asNothing(bytes)'])

function outputs(name: string): string {
  const known: Record<string, string> = {
    asList: 'uint256[]',
    asPair: 'uint256[2]',
    asTexts: 'string[]',
    asPoint: '(int256,uint8)',
    asPoints: '(int256,uint8)[]',
    asTwo: 'string,uint256',
  }
  return known[name] ?? name.slice(2).toLowerCase()
}

const ones = `0x${'ff'.repeat(32)}` as const
/** Well-formed for one type, and not for most others. */
const answers: readonly Hex[] = [
  '0x',
  '0x00',
  word(0n),
  word(1n),
  word(2n),
  word(300n),
  ones,
  pad('0x01020304', { dir: 'right' }),
  pad('0x0102030405', { dir: 'right' }),
  `${word(1n)}00`,
  `0x${'00'.repeat(31)}`,
  concat([word(32n), word(0n)]),
  concat([word(32n), word(3n), pad('0xc3b161', { dir: 'right' })]),
  concat([word(32n), word(3n), '0xc3b161']),
  concat([word(32n), word(4n), pad('0xff00c361', { dir: 'right' })]),
  concat([word(32n), word(3n), pad('0xc3b161ffff', { dir: 'right' })]),
  concat([word(32n), word(33n), pad('0xc3b161', { dir: 'right' })]),
  concat([word(64n), word(7n), word(1n), word(9n)]),
  concat([word(31n), word(0n), word(0n)]),
  concat([word(0n), word(1n), word(2n)]),
  concat([ones, word(1n)]),
  concat([word(32n), ones]),
  concat([word(32n), word(2n ** 32n)]),
  concat([word(32n), word(2n), word(1n), word(2n)]),
  concat([word(32n), word(2n), word(1n)]),
  concat([word(32n), word(1n), word(32n), word(2n), pad('0x6162', { dir: 'right' })]),
  concat([word(32n), word(2n), word(64n), word(64n), word(2n), pad('0x6162', { dir: 'right' })]),
  concat([word(-1n & (2n ** 256n - 1n)), word(257n), word(0n)]),
  concat([word(32n), word(1n), word(5n), word(256n)]),
]

const types = [
  ...[
    'bool',
    'uint8',
    'uint',
    'int',
    'int256',
    'address',
    'bytes4',
    'bytes32',
    'bytes',
    'string',
    'uint256[]',
    'uint8[2]',
  ],
  ...[
    'string[]',
    'string[2]',
    '(uint256,uint256)',
    '(string,uint256)',
    '(uint256,string)',
    '(uint256)[]',
    '(bool,(uint8,string[])[2])',
  ],
  ...[
    '( uint256 , uint256 )',
    ' uint256',
    'uint256 []',
    '()',
    'uint256[0]',
    'bytes32[][2]',
    'bytes[][]',
    '(address,bytes)[1][]',
    'bytes4[2][][3]',
    '(int128,bytes3)[2][]',
  ],
]

/** Types that are none, or hardly any. */
const malformed = [
  '',
  'word',
  '(uint256',
  'uint256)',
  '(uint256,)',
  '(,uint256)',
  'uint256,uint256',
  'uint7',
  'uint0',
  'uint264',
  'bytes33',
  'bytes0',
  'uint256[',
  'uint256]',
  'uint256[x]',
  'uint256[-1]',
  '(uint256 a,bool b)',
  'tuple(uint256)',
  'function',
  'UINT256',
  'indexed uint256',
  ' ',
  '(uint256)x',
  '((uint256)',
  'fixed128x18',
  'string memory',
  'event E(uint256)',
  '(uint256, bool)',
  '( uint256,bool)',
  '(uint256 ,bool)',
  '(uint256,bool )',
  'uint256 ',
  '( )',
  '(uint256,  bool)',
  '(uint256,\tbool)',
  '(uint256,\nbool)',
  '(uint256, bool)[]',
  '(uint256,bool) []',
  'uint256[ 2 ]',
  'uint256[2 ]',
  'uint256[02]',
  'uint256[+2]',
  'uint256[1_0]',
  'uint08',
  'uint 256',
  'bytes 32',
  'byte',
  'uint256[18446744073709551616]',
  'contract',
  'tuple()',
  'tuple',
  'address payable',
  'int8[][',
  'enum',
  'struct S',
  'a.b',
  'Lib.Kind',
  'a.b.c',
  'a.b[]',
  '(a.b,bool)',
  'a.',
  '.a',
  'a..b',
  'A.B.',
  '1.2',
  '(uint256,,bool)',
  '(uint256,bool,)',
  '(uint256,bool, )',
  '(uint256,bool,) ',
  '(,)',
  'tuple (uint256)',
  'tuple( uint256)',
  'tuple[]',
  'tuple()[]',
  '(\tuint256)',
  'uint256\n',
  'int',
  'uint[]',
  'int24',
  'uint8[1][2][]',
  '$',
  '_x',
  'uint256$',
  'uint256[4294967296]',
  'ufixed',
  'fixed',
  '((((uint256))))',
  '(uint256,(bool, string))',
  'uint1',
  'uint16777216',
  'bytes032',
  '(bool)(bool)',
  '[2]',
  'uint256[]]',
  'uint256[[]]',
  'uint256[(]',
  '(uint256;bool)',
]

const invalid = [
  '0xff',
  '0xc3',
  '0xc328',
  '0xe282',
  '0xe28241',
  '0xf09f98',
  '0xeda080',
  '0xf4908080',
  '0xc0af',
  '0xfe',
  '0x80bf',
]
const plainTypes = ['string', 'bytes']

export default story({
  contracts: { Shapes: 'Shapes', Parrot: 'Parrot', Tape: 'Tape' },
  variants: ['values', 'answers'],
  isDear: (variant) => variant === 'answers',
  plot: ({ Shapes, Parrot, Tape }, _chain, variant) => {
    const words = (op: string, list: readonly string[] = [], numbers: readonly bigint[] = [], data: Hex = '0x') =>
      Tape('words', op, list, numbers, data)
    const shout = (topics: readonly Hex[], data: Hex) => Parrot('shout', topics, data)
    const said = toEventSelector('Said(bool,uint8,address)')
    const told = toEventSelector('Told(string,bytes,uint256[])')
    /** A call of a function that the parrot has not, with the bytes that it answers. */
    const spoken = (selector: Hex, answer: Hex) => ({
      ...Parrot('shout', [], '0x'),
      data: concat([
        selector,
        word(32n),
        word(BigInt((answer.length - 2) / 2)),
        answer,
        `0x${'00'.repeat((32 - (((answer.length - 2) / 2) % 32)) % 32)}`,
      ]),
      gas: 200_000n,
    })
    const flat = (...args: readonly unknown[]) => Shapes('flat', ...args)
    /** Of every type, as an event, an argument, a call and an answer. */
    const values = [
      [
        Shapes(
          'widths',
          ...everyWidth(
            (bits) => 2n ** bits - 1n,
            (bits) => -(2n ** (bits - 1n)),
            'ff',
          ),
        ),
        Shapes(
          'widths',
          ...everyWidth(
            () => 0n,
            () => 0n,
            '00',
          ),
        ),
        Shapes(
          'widths',
          ...everyWidth(
            (bits) => 2n ** (bits - 1n),
            (bits) => 2n ** (bits - 1n) - 1n,
            '80',
          ),
        ),
        Shapes(
          'widths',
          ...everyWidth(
            () => 1n,
            () => -1n,
            '01',
          ),
        ),
      ],
      [
        flat(true, someone, 2, '0x00ff', 'ñandú 😀'),
        flat(false, zeroAddress, 0, '0x', ''),
        { ...flat(true, zeroAddress, 1, bytesOf(33, 'ab'), 'x'.repeat(70)), value: 5n },
      ],
      [
        Shapes('lists', [1n, 2n ** 256n - 1n], [someone, zeroAddress], ['', 'two'], ['0x', '0x00ff'], [true, false]),
        Shapes('lists', [], [], [], [], []),
      ],
      [
        Shapes(
          'fixedLists',
          [1, 2, 255],
          ['', 'b'],
          [
            [1n, -1n],
            [0n, 2n],
            [-(2n ** 255n), 7n],
          ],
          [[zeroAddress, someone]],
          ['0x01020304'],
        ),
        Shapes(
          'fixedLists',
          [0, 0, 0],
          ['', ''],
          [
            [0n, 0n],
            [0n, 0n],
            [0n, 0n],
          ],
          [],
          [],
        ),
        Shapes(
          'nested',
          [[], [1n, 2n], [3n]],
          [['a', ''], []],
          [
            ['0x01020304', '0xffffffff'],
            ['0x00000002', '0x00000003'],
          ],
        ),
        Shapes('nested', [], [], []),
      ],
      [
        Shapes('tuples', outer(2, 'a'), [outer(0), outer(1, 'ñ')], inner(-5n)),
        Shapes('tuples', outer(0), [], inner(2n ** 127n - 1n, '0xffffff')),
        Shapes('deeper', { two: [outer(1), outer(0, 'x')], many: [[], [outer(1, 'deep')]], flags: [true, false] }, [
          [inner(1n), inner(2n)],
        ]),
        Shapes('deeper', { two: [outer(0), outer(0)], many: [], flags: [] }, []),
      ],
      [
        Shapes('indexed_', -3n, 'text', '0x00ff', [1n, 2n]),
        Shapes('indexed_', 2n ** 255n - 1n, '', '0x', []),
        Shapes('indexed_', -(2n ** 255n), 'ñ', bytesOf(40, 'ee'), [2n ** 200n]),
      ],
      [
        Shapes('unnamed', 7n, 'seven', someone, '0x1234', -8),
        Shapes('unnamed', 8n, 'eight', someone, '0x1234', -8),
        words('encode', ['a', 'b'], [0n, 1n, -1n, 2n], '0x'),
        words('encode', [], [2n ** 255n - 1n, -(2n ** 255n)], bytesOf(33, 'cd')),
        words('encode', [], [3n, -2n], bytesOf(32, '01')),
        words('encode', [], [], bytesOf(3, '07')),
      ],
      [
        words('refuse', [], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15].map(BigInt)),
        words('decode', malformed, [], `0x${'00'.repeat(320)}`),
        words('decode', types, [], concat([word(32n), word(1n), word(5n), word(256n)])),
        shout([said, word(5n), word(zeroAddress)], word(1n)),
        shout([said, word(300n), ones], word(2n)),
        shout([said, word(5n), word(zeroAddress), word(1n)], word(1n)),
        spoken(selectorOf('asUint8(bytes)'), word(300n)),
      ],
    ] as const
    /** What no contract should say. */
    const oddities = [
      [
        shout([said, word(5n), word(zeroAddress)], word(1n)),
        shout([said, word(300n), ones], word(2n)),
        shout([said, word(5n)], word(1n)),
        shout([said, word(5n), word(zeroAddress)], '0x'),
        shout([said, word(5n), word(zeroAddress)], '0x01'),
        shout([said, word(5n), word(zeroAddress)], concat([word(0n), word(7n), '0xff'])),
        shout([], word(1n)),
        shout([told], concat([word(96n), word(128n), word(160n), word(0n), word(0n), word(0n)])),
        shout([told], concat([word(96n), word(96n), word(96n), word(0n)])),
        shout([told], concat([word(96n), word(96n), word(96n), word(1n), pad('0x41', { dir: 'right' })])),
        shout([told], concat([word(96n), word(960n), word(96n), word(0n)])),
        ...invalid.map((bytes) =>
          shout(
            [told],
            concat([
              word(96n),
              word(96n),
              word(160n),
              word(BigInt((bytes.length - 2) / 2)),
              pad(bytes as Hex, { dir: 'right' }),
              word(0n),
            ]),
          ),
        ),
        shout(
          [told],
          concat([word(96n), word(96n), word(160n), word(5n), pad(stringToHex('a\0b\0'), { dir: 'right' }), word(0n)]),
        ),
      ],
      answers.slice(0, 15).map((answer) => words('answers', asked, [], answer)),
      answers.slice(15).map((answer) => words('answers', asked, [], answer)),
      answers.map((answer) => words('decode', types, [], answer)),
      [words('decode', malformed, [], concat([word(32n), word(1n), ones]))],
      [
        ...invalid.map((bytes) =>
          words(
            'decode',
            plainTypes,
            [],
            concat([word(32n), word(BigInt((bytes.length - 2) / 2)), pad(bytes as Hex, { dir: 'right' })]),
          ),
        ),
      ],
      [
        spoken('0x11223344', '0x'),
        ...answers.slice(11, 16).map((answer) => spoken(selectorOf('asTwo(bytes)'), answer)),
        ...answers.slice(2, 6).map((answer) => spoken(selectorOf('asUint8(bytes)'), answer)),
        ...answers.slice(0, 6).map((answer) => spoken(selectorOf('asNothing(bytes)'), answer)),
      ],
    ]
    return {
      blocks: variant === 'answers' ? oddities : values,
      orphaned: [[flat(true, someone, 1, '0x01', 'orphan')], [Shapes('lists', [9n], [someone], ['o'], ['0x'], [true])]],
      kept: [[flat(true, someone, 1, '0x02', 'kept')]],
    }
  },
})

function selectorOf(signature: string): Hex {
  return toEventSelector(signature).slice(0, 10) as Hex
}
