import type { Answer } from './question.ts'

/** A difference that has to be: graph-node is broken there, or we do better on purpose. */
export interface Accepted {
  /** Of entry and question, as in `numbers: filter/rows.big_gt`. */
  readonly where: RegExp
  /** Why it must differ. */
  readonly because: string
  /** Whether the two answers differ in that way and no other. */
  holds(answers: Answers): boolean
}

export interface Answers {
  readonly theirs: Answer
  readonly ours: Answer
  /** What was compared of them. */
  readonly essences: { readonly theirs: unknown; readonly ours: unknown }
}

const isRefusal = ({ status, body }: Answer) =>
  status >= 400 || (typeof body === 'object' && body !== null && 'errors' in body && !('data' in body && body.data))

const messages = ({ body }: Answer): string =>
  typeof body === 'object' && body !== null && 'errors' in body ? JSON.stringify(body.errors) : ''

const listOf = ({ body }: Answer): readonly unknown[] => {
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  const [first] = typeof data === 'object' && data !== null ? Object.values(data) : []
  return Array.isArray(first) ? first : []
}

/** What a status page or a standing says but for whether something failed, and why: which block it has, above all. */
function progressIn(essence: unknown): string {
  const opinions = ['health', 'fatalError', 'message', 'synced']
  return JSON.stringify(essence, (key, value) => (opinions.includes(key) ? undefined : value))
}

const isSameOnce = ({ essences: { theirs, ours } }: Answers, change: (text: string) => string) =>
  change(JSON.stringify(theirs)) === change(JSON.stringify(ours))

const both = ({ theirs, ours }: Answers, pattern: RegExp) =>
  [theirs, ours].every(({ body }) => pattern.test(JSON.stringify(body)))

/** What differs and cannot be asked of both on one short chain. */
export const unaskedDifferences: readonly string[] = [
  'before a failure that may pass, graph-node keeps back the blocks it has not written yet; we write all before the failing one',
  'a handler may run for five seconds here, in graph-node as long as it likes, unless GRAPH_MAPPING_HANDLER_TIMEOUT says so',
  'a reorg to a block whose state has been pruned stops graph-node for good; we index again from the beginning',
  'in old ranges graph-node runs the block handlers `every` and `polling` before or after those with the filter `call`, whichever it hears of first; here they are always after them, as near the head',
  'a call whose output is not what the ABI says is tried again for ever by graph-node; we leave it out, as both do with its input',
  'a reorg that takes away a block which the tables refused lets graph-node go on at once; us within ten seconds',
  'removing an immutable entity of an earlier block fails in graph-node, which minutes later forgets about it and goes on; we stay there',
]

/** All there is; parity fails on any other difference. */
export const acceptedDifferences: readonly Accepted[] = [
  {
    where: /^failures-(null-field|null-item|enum|type-list|immutable[\w-]*): (standing|status)/,
    because:
      'what only the tables refuse, graph-node tries again for ever, in silence or with the SQL; we say so in the same place',
    holds: ({ ours, essences }) =>
      progressIn(essences.theirs) === progressIn(essences.ours) && JSON.stringify(ours.body).includes('failed'),
  },
  {
    where: /^failures-memory: status/,
    because: 'V8 does not tell the address that a mapping read beyond its memory',
    holds: (answers) =>
      isSameOnce(answers, (text) =>
        text.replace(/memory fault at wasm address \w+ in linear memory of size \w+: /, ''),
      ),
  },
  {
    where: /^failures-float-large: status/,
    because: 'V8 has one word for a float that is no number and for one that is too large for an integer',
    holds: (answers) =>
      isSameOnce(answers, (text) => text.replace('trap: invalid conversion to integer', 'trap: integer overflow')),
  },
  {
    where: /^failures-argument: status/,
    because: 'an argument that is of another kind than the ABI asks for is told in words of our own',
    holds: (answers) =>
      isSameOnce(answers, (text) =>
        text.replace(
          /Failed to call function[^}]*? is not of kind Uint\(256\)|The ABI asks for[^}]*? was given\./,
          'MISMATCH',
        ),
      ),
  },
  {
    where: /^failures-(once|grown-once): nested/,
    because:
      'where there are no rows, graph-node does not look at what is asked below them, so it tells only that indexing failed',
    holds: ({ theirs, ours }) => messages(theirs).includes('indexing_error') && isRefusal(ours),
  },
  {
    where: /./,
    because: 'graph-node panics and closes the connection; we refuse',
    holds: ({ theirs, ours }) => theirs.status === 0 && isRefusal(ours),
  },
  {
    where: /./,
    because: 'graph-node panics, and says so; we refuse, and say why',
    holds: ({ theirs, ours }) => messages(theirs).includes('panic processing query') && messages(ours) !== '',
  },
  {
    where: /: search\/.*(&|<)/,
    because: 'graph-node puts the fields of a search together in an order that it draws anew at each start',
    holds: ({ theirs, ours }) => !isRefusal(theirs) && !isRefusal(ours),
  },
  {
    where: /: aggregation\/.*where/,
    because: 'an interval that an aggregation does not have is refused too, not only the filter',
    holds: ({ theirs, ours }) => isRefusal(theirs) && messages(ours).includes('argument `interval`'),
  },
  {
    where: /: (aggregation|property)\//,
    because: 'where there is nothing to aggregate yet, graph-node makes a row of nulls and fails on it',
    holds: ({ theirs, ours }) => messages(theirs).includes('Null value resolved') && listOf(ours).length === 0,
  },
  {
    where: /: (order|property)\//,
    because: 'graph-node makes SQL that Postgres refuses to order an interface by what a reference leads to',
    holds: ({ theirs }) => /missing FROM-clause entry|COALESCE types int4range and integer/.test(messages(theirs)),
  },
  {
    where: /./,
    because: 'where no row at hand refers to anything, graph-node compares ids as texts, and Postgres refuses that',
    holds: ({ theirs }) => /operator does not exist: text = (bigint|bytea)/.test(messages(theirs)),
  },
  {
    where: /./,
    because: 'of a single derived field that has several entities, graph-node reads as many rows as there are parents',
    holds: ({ theirs, ours }) =>
      messages(theirs) !== '' && messages(ours).includes('Ambiguous result for derived field'),
  },
  {
    where: /^ground-(follow|graft-of-follow).*: (standing|status|http|meta|time)/,
    because: 'graph-node looks at what it follows only when the chain has another block, so it is one behind',
    holds: ({ theirs, ours }) => !isRefusal(theirs) && !isRefusal(ours),
  },
  {
    where: /^failures-(json|json-bytes|yaml): status/,
    because: 'why a text is no JSON or YAML, the parsers say in words of their own',
    holds: (answers) => both(answers, /arse JSON from byte array|parse YAML from bytes/),
  },
  {
    where: /: (combination|random)\//,
    because: 'of several things that are wrong in one filter, another one is told first',
    holds: ({ theirs, ours }) => isRefusal(theirs) && isRefusal(ours),
  },
  {
    where: /: (time|meta)\//,
    because: 'which old blocks are known by their hash depends on what happens to be stored of them',
    holds: ({ theirs, ours }) => [theirs, ours].some((one) => messages(one).includes('no block with that hash found')),
  },
  {
    where: /: aggregation\/.*current: include, block:/,
    because: 'at a past block graph-node leaves out the bucket that was still open there',
    holds: ({ theirs, ours }) => {
      const shown = new Set(listOf(ours).map((row) => JSON.stringify(row)))
      return listOf(theirs).every((row) => shown.has(JSON.stringify(row)))
    },
  },
]
