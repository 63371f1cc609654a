import { story } from '../../story.ts'

/** Longer than what is indexed of a text. */
const long = 'long'.repeat(80)

export default story({
  contracts: { Tape: 'Tape' },
  plot: ({ Tape }) => {
    const note = (op: string, n: number, text = '') => Tape('note', op, BigInt(n), text)
    return {
      blocks: [
        [0, 1, 2, 3, 4, 5].map((n) => note('group', n)),
        [note('rows', 24, 'r')],
        [
          note('pet', 4, 'cat'),
          note('pet', 2, 'bird'),
          note('pet', 0, 'fish'),
          note('pet', 100, 'ñ'),
          note('pet', 7, 'b%'),
          note('links', 130, 'r'),
        ],
        [note('remove', 0, 'r3'), note('remove', 0, 'r11'), note('group', 1, ' again')],
        [
          note('needed', 8, `${long}a`),
          note('needed', 9, `${long}b`),
          note('needed', -5, 'a'),
          note('needed', 0, 'b'),
          note('needed', 77, 'c'),
          note('needed', 1, ''),
        ],
        [],
        [note('rows', 9, 'r')],
      ],
      orphaned: [[note('rows', 3, 'r'), note('remove', 0, 'r5'), note('group', 1, ' orphan')], [note('rows', 40, 'r')]],
      kept: [[note('group', 1, ' kept')], [note('rows', 2, 'x')], [note('remove', 0, 'r6')]],
    }
  },
})
