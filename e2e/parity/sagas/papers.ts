import { keccak256, stringToHex } from 'viem'
import { cidText } from '../../../indexer/src/ipfs/cid.ts'
import { cidOfFile } from '../../../indexer/src/ipfs/unixfs.ts'
import type { Sequel } from '../sequel.ts'
import { story } from '../story.ts'

const cidOf = (content: string) => cidText(cidOfFile(Buffer.from(content)))

const texts = {
  plain: 'paper one\nleaf 1.5\nwho',
  /** Another one with the same context, twice asked for. */
  again: 'paper asked for twice',
  context: 'who context',
  reads: 'paper mine\nread mine\nread one\ninBlock mine\nleaf 2\nrelated mine\nlog hello {}',
  removes: 'paper short\nremove short\nremove nobody\nread short',
  object: '{"value": 12345678901234567890, "b": null, "list": [1, 2], "text": "ä", "deep": {"a": true}, "f": 1.5}',
  array: '[1, "two", null, {"a": []}, 2.5, false]',
  noJson: '{nope',
  yaml: '---\na: 1\nb: [x, y]\nc: {d: 1.5}\ne: null\nf: true\n',
  noYaml: '---\n{a: [',
  grandchild: 'paper of a file of a file',
  empty: '',
  /** More than one block of IPFS. */
  large: `paper large\n${'nothing at all\n'.repeat(25_000)}`,
  cat: 'what a mapping reads in the middle',
}
/** Put somewhere only when all else stands. */
const late = 'paper late\nwho late'
const child = `create ${cidOf(texts.grandchild)}\npaper child`
/** Never put anywhere. */
const missing = cidOf('nobody has it')
/** Of a folder: only what is below it is served. */
const folder = cidOf('a folder')
const label = 'alice'

/** What a file may do wrong, by the word that a deployment listens to. */
const wrongs = {
  abort: 'paper before\nabort on purpose',
  chain: 'paper before\nchain 0x00000000000000000000000000000000000000aa',
  call: 'paper before\ncall',
  balance: 'paper before\nbalance',
  readCat: `cat ${cidOf(texts.cat)}`,
  ask: 'ask a file',
  readAsk: 'readAsk looked',
  incomplete: 'incomplete',
  same: 'paper one',
}

const papers = story({
  contracts: { Tape: 'Tape' },
  plot: ({ Tape }) => {
    const note = (op: string, text: string, n = 0) => Tape('note', op, BigInt(n), text)
    const { plain, again, context, reads, removes, object, array, noJson, yaml, noYaml, empty, large } = texts
    return {
      blocks: [
        [note('file', cidOf(plain), 1), note('file', `/ipfs/${cidOf(reads)}`, 2), note('twice', cidOf(again), 3)],
        [note('context', cidOf(context), 4), note('context', cidOf(context), 5), note('file', cidOf(context), 6)],
        [note('file', cidOf(removes), 7), note('file', cidOf(again), 8), note('file', missing, 9)],
        [...[object, array, noJson, yaml, noYaml, empty].map((text, at) => note('file', cidOf(text), 10 + at))],
        [
          note('file', 'nonsense', 20),
          note('file', '', 21),
          note('file', `${folder}/a.txt`, 22),
          note('file', cidOf(large), 23),
        ],
        [note('file', cidOf(child), 24), note('file', `${folder}/nope.txt`, 26)],
        Object.entries({ ...wrongs, block: texts.cat, later: late }).map(([how, text], at) =>
          note(how, cidOf(text), 30 + at),
        ),
        [
          note('ens', keccak256(stringToHex(label)), 40),
          note('ens', keccak256(stringToHex('nobody')), 41),
          note('ens', '0x12', 42),
        ],
        [note('cat', cidOf(texts.cat), 50), note('cat', missing, 51)],
        [note('cat', `/ipfs/${cidOf(texts.cat)}`, 52)],
      ],
      orphaned: [[note('file', cidOf('paper orphaned'), 60)], []],
      // Of what a file wrote graph-node's handlers on chain see what still waits to be written, so they look late.
      kept: [[note('look', 'one', 62)], [note('file', cidOf('paper kept'), 63)]],
    }
  },
})

const main: Sequel = {
  source: 'papers',
  wave: 1,
  isTimeless: true,
  edit: async ({ put, putBelow, nameLabels }) => {
    await nameLabels([{ hash: keccak256(stringToHex(label)), name: label }])
    await putBelow(folder, 'a.txt', 'paper below a folder\nwho')
    for (const text of [...Object.values(texts), child, ...Object.values(wrongs)]) await put(text)
    for (const text of ['paper orphaned', 'paper kept']) await put(text)
    return {}
  },
}

/** A deployment that listens to a word. */
const listening = (how: string, more: Partial<Sequel> = {}): Sequel => ({
  source: 'papers',
  wave: 1,
  isTimeless: true,
  isDear: true,
  passes: true,
  edit: () => ({ 'dataSources.0.context.how.data': how }),
  ...more,
})

export const papersSaga = {
  name: 'papers',
  story: papers,
  sequels: {
    main,
    ...Object.fromEntries(Object.keys(wrongs).map((how) => [how, listening(how)])),
    block: listening('block'),
    later: listening('later', { comesLater: { content: late, row: '{ paper(id: "late") { id } }' } }),
    graft: {
      source: 'papers',
      wave: 2,
      isTimeless: true,
      isDear: true,
      edit: ({ ids, head }) => ({
        features: ['grafting', 'ipfsOnEthereumContracts'],
        graft: { base: ids.get('papers-main'), block: head - 13 },
      }),
    },
  } satisfies Record<string, Sequel>,
}
