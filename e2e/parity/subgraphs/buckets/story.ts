import { story } from '../../story.ts'

const pages = [
  ...[
    'The quick brown fox',
    'jumps over the lazy dog',
    'Foxes',
    'A fox, a fox and another fox',
    'Dog days',
    'of a fox',
  ],
  ...[
    'Cats',
    '',
    'Naïve ñandú',
    'runs with cats & dogs',
    '12 monkeys',
    'the 12th',
    'The',
    'a',
    'brown fox dog',
    'die Füchse',
  ],
]

export default story({
  contracts: { Tape: 'Tape' },
  plot: ({ Tape }) => {
    const price = (symbol: string, text: string, n: number) => Tape('note', symbol, BigInt(n), text)
    const words = (op: string, list: readonly string[]) => Tape('words', op, list, [], '0x')
    return {
      blocks: [
        [price('AAA', '1.5', 10), price('BB', '100', 1), price('AAA', '1.25', 20), words('p', pages)],
        [price('AAA', '2', 5), words('p', ['The slow brown fox', 'sleeps'])],
        [price('AAA', '3', 7), price('BB', '90.123456', 2)],
        [price('CCC', '-7.7', 3), price('CCC', '0', 0)],
        [price('AAA', '6', 600)],
        [price('BB', '0.000001', 100000), words('q', ['Another fox', 'and a dog'])],
        [price('AAA', '10', -1)],
      ],
      orphaned: [[price('AAA', '11', 2)], [price('DDD', '1', 1), words('q', ['Orphan fox', ''])]],
      kept: [[price('AAA', '12', 2)], [price('BB', '5', 5)]],
      forks: [
        { orphaned: [[price('AAA', '13', 2)]], kept: [] },
        {
          orphaned: [[price('AAA', '14', 2)], [price('BB', '6', 6)], [price('EEE', '1', 1)]],
          kept: [[price('BB', '7', 7)]],
        },
        {
          orphaned: Array.from({ length: 24 }, (_, index) => [price('AAA', String(index), index)]),
          kept: [[price('AAA', '0.5', 1)], [], [price('BB', '8', 8)]],
        },
      ],
    }
  },
})
