import { story } from '../../story.ts'

/** Texts and numbers by the host function that is to read them. Each is a deployment of its own, since most of them end one. */
const given: Readonly<Record<string, readonly (string | bigint)[]>> = {
  integer: ['', '-', '+', '_1', ' 1', '1 ', '0x10', '1.0', '--1', '+-1', '1e2', '٣'],
  i64: ['', '1.0', '1e2', '9223372036854775808', '-9223372036854775809', ' 1', '0x1', '1_0'],
  exponent: [6144n, 6145n, -6143n, -6144n],
}
const all = Object.entries(given).flatMap(([op, values]) =>
  values.map((value, index) => ({ name: `${op}-${index}`, op, value })),
)

export default story({
  contracts: { Tape: 'Tape' },
  variants: all.map(({ name }) => name),
  isDear: () => true,
  endsOf: () => ({ ends: null }),
  plot: ({ Tape }, _chain, variant) => {
    const { op = '', value = '' } = all.find(({ name }) => name === variant) ?? {}
    const [n, text] = typeof value === 'bigint' ? [value, ''] : [0n, value]
    return { blocks: [[Tape('note', 'good', 1n, '')], [Tape('note', op, n, text)], [Tape('note', 'later', 1n, '')]] }
  },
})
