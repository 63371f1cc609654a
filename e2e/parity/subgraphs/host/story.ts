import { type Hex, keccak256, stringToHex } from 'viem'
import { cidText } from '../../../../indexer/src/ipfs/cid.ts'
import { cidOfFile } from '../../../../indexer/src/ipfs/unixfs.ts'
import { story } from '../../story.ts'
import * as edges from './edges.ts'

const ints = [
  '0',
  '1',
  '-1',
  '7',
  '-13',
  '255',
  '4294967296',
  '-9223372036854775809',
  '340282366920938463463374607431768211456',
]
const decs = [
  '0',
  '1',
  '-1',
  '3',
  '-7',
  '0.1',
  '-0.000001',
  '1.005',
  '123456789.987654321',
  '1e20',
  '-2.5e-12',
  '99999999999999999999999999999999999999',
]
const texts = ['', 'a', 'Straße', 'ñandú 😀 漢字', 'tab\tand "quotes"', '0x00ff', '\\']
const documents = [
  '{}',
  '[]',
  'null',
  'true',
  '12',
  '-7',
  '"text"',
  '{"b":1,"a":[1,2,{"c":null}]}',
  '{"a":1,"a":2}',
  '[1,]',
  '{',
  '',
  ' 1 ',
  '1.0',
  '1e2',
  '123456789012345678901234567890',
  '"\\u00f1\\n"',
  "{'a':1}",
  'nul',
  '[[[[]]]]',
].filter((text) => !['1.0', '1e2'].includes(text))
const yamls = [
  'a: 1\nb: [x, y]\nc:\n  d: null',
  '- 1\n- two',
  'text',
  '',
  '{',
  'a: !tag x',
  '1.5',
  'true',
  '~',
  'a: 1\na: 2',
  '? [x]\n: y',
  '&a [1]',
  'k: "v"',
]

const label = 'heddle'
const file = 'what a mapping reads in the middle'
const cid = cidText(cidOfFile(Buffer.from(file)))

export default story({
  contracts: { Tape: 'Tape', Views: 'Views', Liar: 'Liar' },
  plot: ({ Tape, Views, Liar }) => {
    const words = (op: string, list: readonly string[] = [], numbers: readonly bigint[] = [], data: Hex = '0x') =>
      Tape('words', op, list, numbers, data)
    return {
      files: [file],
      labels: [label],
      blocks: [
        [words('ints', ints)],
        [words('decs', decs)],
        [words('bits', [], [0n, 1n, -1n, 255n, -256n, 2n ** 200n, -(2n ** 255n)]), words('texts', texts)],
        [words('bytes'), words('bytes', [], [], '0x00'), words('bytes', [], [], `0x${'00ff7f80'.repeat(9)}`)],
        [words('json', documents), words('yaml', yamls)],
        [
          words('encode', ['', 'ñ'], [0n, -5n]),
          words('encode', ['x'.repeat(40)], [2n ** 200n], `0x${'ab'.repeat(33)}`),
          words('store', ['n1', 'n2', 'n3', 'old']),
        ],
        [words('store', ['n4', 'n1']), { ...words('chain'), from: 2 }, words('chain')],
        edges.numbers.map(({ op, list, of }) => words(op, list, of)),
        edges.documents.map(({ op, list, of }) => words(op, list, of)),
        [
          ...edges.papers.map(({ op, list, of }) => words(op, list, of)),
          ...edges.brokenText.flatMap((bytes) => [
            words('document', [], [], `0x22${bytes.slice(2)}22`),
            words('paper', [], [], `0x22${bytes.slice(2)}22`),
            words('shown', [], [], bytes),
          ]),
        ],
        [
          words('rows', ['a', 'b', 'c']),
          words('grow', ['text', '000000000000000000000000000000000000BEEF'], [-(2n ** 70n)], '0x00ff'),
          Tape('note', 'echo', 1n, ''),
          words('levels', ['one', '{}']),
          words('addresses', edges.addresses),
          words(
            'names',
            [label, 'nobody'].map((name) => keccak256(stringToHex(name))),
          ),
          words('contents', [cid, `/ipfs/${cid}`]),
        ],
        [
          words('rows', ['b', 'd']),
          words('leave'),
          Tape('note', 'echo', 2n, ''),
          ...edges.encoded.map((bytes) => words('shown', [], [], bytes)),
        ],
        [
          words('leave'),
          Views('ask', Liar.address),
          Tape('note', 'echo', 3n, ''),
          Views('set', 5n),
          Views('probe', { x: -3n, y: 10n }, [1n, 2n ** 255n], Views.address),
          Views('probe', { x: 2n ** 255n - 1n, y: 0n }, [], Liar.address),
          Views('probe', { x: 0n, y: 0n }, [2n ** 256n - 1n, 1n], '0x00000000000000000000000000000000000000aa'),
        ],
        [{ ...Views('ask', Liar.address), value: 77n }, Views('set', 6n), { ...Views('ask', Liar.address), value: 1n }],
      ],
      orphaned: [[words('store', ['n2'])], [Views('set', 9n), Views('ask', Liar.address)]],
      kept: [[], [Views('ask', Liar.address), words('store', ['n3', 'n5'])]],
    }
  },
})
