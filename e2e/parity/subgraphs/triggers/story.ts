import { pad } from 'viem'
import { story } from '../../story.ts'

export default story({
  contracts: { Nursery: 'Nursery' },
  plot: ({ Nursery }) => {
    const beef = pad('0xbeef', { size: 20 })
    const see = (a: bigint, b = beef, d = 1n) => Nursery('see', a, b, pad('0x07'), d)
    return {
      blocks: [
        [Nursery('make', 'plain', false), see(1n)],
        [Nursery('speak', 1n, 'first'), see(2n), see(3n), Nursery('speak', 1n, 'second')],
        [Nursery('make', 'loud', true), Nursery('make', 'Nora', true), Nursery('speak', 1n, 'among')],
        [
          see(1n, pad('0x01', { size: 20 })),
          see(3n, beef, 9n),
          Nursery('unnamed', 7n, 70n),
          Nursery('unnamed', 8n, 80n),
        ],
        [Nursery('speak', 2n, 'double'), Nursery('tumble', 3n, 'double with context'), Nursery('tumble', 1n, 'plain')],
        [Nursery('announce', 1n, 'again'), Nursery('speak', 1n, 'announced twice'), Nursery('speak', 2n, 'two')],
        [
          { ...Nursery('speak', 99n, 'fails'), gas: 100_000n },
          // What it called inside looks as if it had not failed.
          { ...Nursery('stumble', 1n, 'undone'), gas: 200_000n },
          see(5n),
        ],
        [Nursery('make', 'late', false), Nursery('speak', 4n, 'double in the same block')],
        [
          Nursery('announce', 1n, 'again'),
          Nursery('speak', 4n, 'late'),
          Nursery('speak', 2n, 'again'),
          Nursery('speak', 1n, 'x'),
        ],
      ],
      orphaned: [
        [Nursery('make', 'orphan', true)],
        [Nursery('speak', 5n, 'orphan'), Nursery('speak', 4n, 'kept child')],
      ],
      kept: [[see(1n)], [Nursery('make', 'heir', false)], [Nursery('speak', 5n, 'heir')]],
      forks: [
        // One event less, and another contract below the same address.
        { orphaned: [[see(1n), Nursery('make', 'gone', true)]], kept: [[Nursery('make', 'other', false)]] },
        {
          orphaned: [[Nursery('make', 'first', true)], [Nursery('speak', 7n, 'orphan')], [see(3n)]],
          kept: [[], [Nursery('speak', 6n, 'no one new')]],
        },
        {
          orphaned: [
            [Nursery('make', 'long', true)],
            [],
            [Nursery('speak', 7n, 'long')],
            ...Array.from({ length: 20 }, () => [see(1n)]),
          ],
          kept: [[see(9n)], [Nursery('make', 'last', true), Nursery('speak', 7n, 'last')]],
        },
      ],
    }
  },
})
