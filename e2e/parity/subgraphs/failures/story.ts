import { story } from '../../story.ts'

const deterministic = [
  'abort',
  'assert',
  'unreachable',
  'critical',
  'divide',
  'modulo',
  'decimal',
  'nobody',
  'index',
  'integer',
  'number',
]
const more = ['json', 'kind', 'address', 'overflow', 'shift', 'reverted', 'undefined']
/** Values that no word holds. */
const encodes = ['int', 'low', 'uint', 'negative', 'bytes', 'address', 'kind', 'null'].map((what) => `encode-${what}`)
/** graph-node tries these again for ever. */
const retried = ['missing', 'type', 'unknown', 'enum', 'immutable']

export default story({
  contracts: { Tape: 'Tape' },
  variants: [...deterministic, ...more, ...retried, ...encodes],
  plot: ({ Tape }) => {
    const note = (op: string, n: number, text = '') => Tape('note', op, BigInt(n), text)
    return {
      blocks: [
        [note('write', 1, 'a'), note('write', 2, 'b')],
        [note('write', 3, 'same block'), note('fail', 4), note('write', 5, 'after it')],
        [note('write', 6, 'never')],
      ],
    }
  },
})
