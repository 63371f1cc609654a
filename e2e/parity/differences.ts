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

const messageList = ({ body }: Answer): readonly string[] => {
  const errors = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : []
  return Array.isArray(errors) ? errors.map(({ message }) => String(message)) : []
}

const unknownHash = 'no block with that hash found'

const areAnswers = ({ theirs, ours }: Answers) =>
  [theirs, ours].every((one) => one.status === 200 && messages(one) === '')

const hasSameRows = ({ theirs, ours }: Answers) => {
  const [one, other] = [theirs, ours].map((answer) =>
    listOf(answer)
      .map((row) => JSON.stringify(row))
      .sort()
      .join(),
  )
  return one === other
}

/** Whether the one has all rows of the other, in their order, and maybe more. */
const hasRowsOf = (one: Answer, other: Answer) => {
  const left = listOf(one).map((row) => JSON.stringify(row))
  return listOf(other).every((row) => {
    const at = left.indexOf(JSON.stringify(row))
    left.splice(0, at + 1)
    return at >= 0
  })
}

/** Whether the other has all rows of the one but those of its newest bucket, unchanged. */
const isNewestLacking = (one: Answer, other: Answer) => {
  const text = (row: unknown) => JSON.stringify(row)
  const timeOf = (row: unknown) =>
    Number(typeof row === 'object' && row !== null && 'timestamp' in row && row.timestamp)
  const newest = Math.max(...listOf(one).map(timeOf))
  const older = listOf(one).filter((row) => timeOf(row) < newest)
  return older.map(text).join() === listOf(other).map(text).join()
}

/** Whether rows of which both have one say the same; what they refer to may be missing. */
const hasSameInBoth = ({ theirs, ours }: Answers) => {
  const isReference = (value: unknown) =>
    Array.isArray(value) ? value.some(isReference) : typeof value === 'object' && value !== null && 'id' in value
  const own = (row: unknown) => Object.entries(row ?? {}).filter(([, value]) => value !== null && !isReference(value))
  const byId = new Map(listOf(theirs).map((row) => [own(row).find(([name]) => name === 'id')?.[1], row]))
  return listOf(ours).every((row) => {
    const other = byId.get(own(row).find(([name]) => name === 'id')?.[1])
    const isEmpty = ([, value]: readonly [string, unknown]) => Array.isArray(value) && value.length === 0
    const plain = (one: unknown) => JSON.stringify(own(one).filter((field) => !isEmpty(field)))
    return other === undefined || plain(row) === plain(other)
  })
}

/** Whether the one lacks no row of the other, unless both are cut off. */
const hasAllOf = (one: Answer, other: Answer) => listOf(one).length >= listOf(other).length

function partition<T>(all: readonly T[], isSo: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isSo), all.filter((one) => !isSo(one))]
}

/** Whether they are the same but for what stands by some names. */
const isSameBut = ({ essences: { theirs, ours } }: Answers, names: readonly string[]) => {
  const [one, other] = [theirs, ours].map((essence) =>
    JSON.stringify(essence, (key, value) => (names.includes(key) ? undefined : value)),
  )
  return one === other
}

const isSameOnce = ({ essences: { theirs, ours } }: Answers, change: (text: string) => string) =>
  change(JSON.stringify(theirs)) === change(JSON.stringify(ours))

const both = ({ theirs, ours }: Answers, pattern: RegExp) =>
  [theirs, ours].every(({ body }) => pattern.test(JSON.stringify(body)))

const healthOf = ({ body }: Answer) =>
  typeof body === 'object' && body !== null && 'health' in body ? body.health : undefined

const messageOf = ({ body }: Answer) =>
  typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : ''

/** Of a standing. */
const blockOf = ({ body }: Answer): number => {
  const latest = typeof body === 'object' && body !== null && 'latest' in body ? body.latest : undefined
  return typeof latest === 'object' && latest !== null && 'number' in latest ? Number(latest.number) : -1
}

const hasBlock = ({ body }: Answer) =>
  typeof body === 'object' && body !== null && 'latest' in body && body.latest !== undefined

/** Why the handler of a file fails, as both say. */
const failuresOfFiles = [
  /Mapping aborted at src\/paper.ts, line \d+, column \d+, with message: on purpose/,
  /Attempted to create on-chain data source in offchain data source handler/,
  /chain host function 'ethereum.(call|getBalance)' is not available for this chain/,
  /entity type `Ask` is not on the 'entities' list for data source `File`/,
  /Entity Paper\[incomplete\]: missing value for non-nullable field `text`/,
]

/** What differs and cannot be asked of both on one short chain. */
export const unaskedDifferences: readonly string[] = [
  'before a failure that may pass, graph-node keeps back the blocks it has not written yet; we write all before the failing one',
  'a handler may run for five seconds here, in graph-node as long as it likes, unless GRAPH_MAPPING_HANDLER_TIMEOUT says so',
  'in old ranges graph-node runs the block handlers `every` and `polling` before or after those with the filter `call`, whichever it hears of first; here they are always after them, as near the head',
  'a call whose output is not what the ABI says is tried again for ever by graph-node; we leave it out, as both do with its input',
  'a plain list that a mapping gives to a function for one of fixed size, as generated classes do, stops graph-node, which tries again for ever; here the call is made',
  'a declared call that gives a function a number of another kind than it takes is tried again for ever by graph-node; we leave it to the handler',
  'a call that burns all its gas is asked for ever by graph-node where the node is anvil, whose words for it are its own; here it has reverted',
  'rows of a file that still wait to be written graph-node shows to handlers on chain, and no more when they are written; we never do',
  'an id that another type of one interface has, or had, stops graph-node, which tries again for ever in silence; here each type has ids of its own',
  '`ipfs.map` is not there in the graph-node that npm has (`json_stream is not implemented`); here it is',
  'a reorg that takes away a block which the tables refused lets graph-node go on at once; us within ten seconds',
  'a row without any text to search in has an empty document in graph-node, or none, as others are written with it or not; here it has none, and is never found',
  'a type called `OrderDirection` or `_SubgraphErrorPolicy_` takes the place of graph-node’s own, whose default is no value of it: some or all that has that argument cannot be asked there; here it can',
  'graph-node takes `true`, `false` and `null` for values of an enum, which GraphQL does not have; here such a schema is refused',
  'removing an immutable entity of an earlier block fails in graph-node, which minutes later forgets about it and goes on; we stay there',
]

/** All there is; parity fails on any other difference. */
export const acceptedDifferences: readonly Accepted[] = [
  {
    where: /: status\/version$/,
    because: 'each tells its own version',
    holds: (answers) =>
      isSameOnce(answers, (text) => text.replace(/"version":"\d+\.\d+\.\d+"/, '').replace(/"commit":"\w+"/, '')),
  },
  {
    where: /: status\/size$/,
    because: 'the tables of the two are not of the same size',
    holds: (answers) => isSameOnce(answers, (text) => text.replaceAll(/"-?\d+"/g, '')),
  },
  {
    where: /^failures-(null-field|null-item|enum|type-list|immutable[\w-]*): (standing|status)/,
    because:
      'what only the tables refuse, graph-node tries again for ever, in silence or with the SQL; we say so in the same place',
    // Which block each has, above all, is the same.
    holds: (answers) =>
      isSameBut(answers, ['health', 'fatalError', 'message', 'synced', 'head']) &&
      JSON.stringify(answers.ours.body).includes('failed'),
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
    where: /^failures-argument(-[\w-]+)?: status/,
    because: 'an argument that is of another kind than the ABI asks for is told in words of our own',
    holds: (answers) =>
      isSameOnce(answers, (text) =>
        text.replace(
          /Failed to call function[^}]*? is not of kind [^"]*|The ABI asks for[^}]*? was given\./,
          'MISMATCH',
        ),
      ),
  },
  {
    where: /./,
    because: 'of a fragment that is not there graph-node panics and closes the connection; we refuse',
    holds: ({ theirs, ours }) =>
      theirs.status === 0 &&
      isRefusal(ours) &&
      messageList(ours).every((one) => /^fragment `\w+` is not defined$/.test(one)),
  },
  {
    where: /./,
    because: 'graph-node panics, and says so; we refuse, and say why',
    // Whatever else it says, we say too.
    holds: ({ theirs, ours }) => {
      const [panics, others] = partition(messageList(theirs), (one) => one.startsWith('panic processing query: '))
      const own = messageList(ours).filter((one) => !others.includes(one))
      return panics.length > 0 && own.length > 0 && others.every((one) => messageList(ours).includes(one))
    },
  },
  {
    where: /: syntax\//,
    because:
      'of a token that was not expected graph-node shows memory that it has freed, or closes the connection; we show the token',
    holds: ({ theirs, ours }) => theirs.status === 0 && messages(ours).includes('Unexpected `'),
  },
  {
    where: /: search\/.*&/,
    because:
      'graph-node puts the fields of a search together in an order that it draws anew at each start: ranks differ',
    holds: (answers) => areAnswers(answers) && hasSameRows(answers),
  },
  {
    where: /: search\/.*text: "!/,
    because:
      'of rows without any of the texts graph-node keeps an empty document or none, by what else was written with them: what is to be absent is absent there, or not',
    holds: (answers) => areAnswers(answers) && hasRowsOf(answers.theirs, answers.ours),
  },
  {
    where: /: search\/.*</,
    because:
      'graph-node puts the fields of a search together in an order that it draws anew at each start: so do distances',
    holds: areAnswers,
  },
  {
    where: /: (aggregation|property)\//,
    because: 'where there is nothing to aggregate yet, graph-node makes a row of nulls and fails on it',
    holds: ({ theirs, ours }) =>
      isRefusal(theirs) &&
      messageList(theirs).every((one) => one.startsWith('Null value resolved for non-null field `')) &&
      messageList(ours).length === 0,
  },
  {
    where: /: (order|property)\//,
    because: 'graph-node makes SQL that Postgres refuses to order an interface by what a reference leads to',
    holds: ({ theirs, ours }) =>
      /missing FROM-clause entry|COALESCE types (int4range and integer|integer and int4range)|column c\.\w+ does not exist/.test(
        messages(theirs),
      ) && ours.status === 200,
  },
  {
    where: /: status\/changes/,
    because: 'which entities a block changed, graph-node can tell where no type is immutable; ours never tells',
    holds: ({ theirs, ours }) => !isRefusal(theirs) && messages(ours).includes('block_range'),
  },
  {
    where: /: status\/changes/,
    because:
      'which entities a block changed graph-node asks of all tables in an order that it draws anew, as texts; the first that it cannot join, or read, it fails on',
    holds: ({ theirs, ours }) =>
      /UNION types \w+ and \w+ cannot be matched|invalid utf-8 sequence/.test(messages(theirs)) &&
      messages(ours).includes('block_range'),
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
    where: /: property\//,
    because: 'below a single derived field that has several entities, graph-node finds more that is wrong',
    holds: ({ theirs, ours }) => {
      const [all, some] = [messageList(theirs), messageList(ours)]
      const isOfReading = (one: string) =>
        /^(Entity `\w+` has no attribute|Ordering by `\w+` is not supported)/.test(one)
      return all.every(isOfReading) && some.length > 0 && some.every((one) => all.includes(one))
    },
  },
  {
    where: /^refused: deploy\/(no UTF-8|a key twice)/,
    because: 'what is wrong with a text that is no YAML, the two parsers say in words of their own',
    holds: (answers) => both(answers, /subgraph resolve error: parse error/),
  },
  {
    where: /^refused: deploy\/call of no function/,
    because: 'ours says of which call, and how many arguments a function would need',
    holds: (answers) => both(answers, /subgraph validation error: .*nope/),
  },
  {
    where: /^ground-follow-unknown: deploy/,
    because: 'what it follows may be deployed later, and is waited for; graph-node wants to find its files',
    holds: ({ theirs, ours }) => isRefusal(theirs) && !isRefusal(ours),
  },
  {
    where: /^refused: deploy\/ABI/,
    because: 'why an ABI is none, and in which file, we say in words of our own',
    holds: ({ theirs, ours }) =>
      /failed to (load|normalize) ABI/.test(messages(theirs)) &&
      /the ABI `Tape` .* cannot be read/.test(messages(ours)),
  },
  {
    where: /^refused: deploy\/ABI in an (artifact|output)/,
    because: 'an ABI may still be where a compiler has put it; graph-node takes the bare one only',
    holds: ({ theirs, ours }) => messages(theirs).includes('expected a valid JSON ABI sequence') && !isRefusal(ours),
  },
  {
    where: /^refused: deploy\/ABI without the event/,
    because: 'that the ABI lacks an event which has a handler graph-node finds out when it looks for triggers',
    holds: ({ theirs, ours }) => !isRefusal(theirs) && messages(ours).includes('Event with the signature'),
  },
  {
    where: /^ground-schema-several: deploy/,
    because: 'of several types that do not fit graph-node tells in an order that it draws anew',
    holds: (answers) =>
      isSameOnce(answers, (text) =>
        text
          .replace(/["\]}]*$/, '')
          .split(String.raw`\n`)
          .sort()
          .join(),
      ),
  },
  {
    where: /^ground-schema-immutable: deploy/,
    because: 'graph-node takes it, and finds out when it copies that rows which changed have no place',
    holds: ({ theirs, ours }) => !isRefusal(theirs) && messages(ours).includes('can not be made immutable'),
  },
  {
    where: /^ground-graft-pruned: deploy|^ground-pruned: (entities|time|policy|aggregation)/,
    because: 'when history is pruned depends on how much is written at once',
    holds: (answers) =>
      [answers.theirs, answers.ours].some((one) => /earliest available|only has data starting/.test(messages(one))),
  },
  {
    where: /^ground-graft-(without|other)-template: (standing|schema)/,
    because: 'a graft without the templates of its base never goes on; ours has copied the rows by then',
    holds: ({ theirs, ours }) =>
      messages(theirs).includes('has not started syncing yet') ? !isRefusal(ours) : !hasBlock(theirs) && hasBlock(ours),
  },
  {
    where: /^ground-follow-twice-one: (standing|entities)/,
    because: 'of two handlers for one entity neither may run; ours says so before it has a block',
    holds: (answers) =>
      both(answers, /Multiple handlers defined for entity/) ||
      messages(answers.ours).includes('has not started syncing yet'),
  },
  {
    where: /^ground-follow-fatal: (standing|entities)/,
    because: 'graph-node’s follower of a failed one does not get what was before the failure; ours does',
    holds: ({ theirs, ours }) =>
      messages(theirs).includes('has only indexed up to block number 0') ||
      (blockOf(theirs) === 0 && blockOf(ours) > 0) ||
      (listOf(theirs).length === 0 && listOf(ours).length > 0),
  },
  {
    where: /^ground-graft[^:]*: aggregation/,
    because: 'graph-node forgets the bucket that was open at the graft’s block',
    holds: (answers) => areAnswers(answers) && hasAllOf(answers.ours, answers.theirs),
  },
  {
    where: /^ground-(graft|nonfatal|fatal)[^:]*: status\/one/,
    because: 'graph-node counts rows differently after a graft, and of past errors keeps only those of its last write',
    holds: (answers) => isSameBut(answers, ['entityCount', 'nonFatalErrors']),
  },
  {
    where: /^triggers: entities\/Run at/,
    because:
      'where a reorg takes away the block that made a data source, graph-node goes on to fetch receipts for it, and a wildcard sees them; an index made anew has none there, as ours',
    holds: ({ essences }) => {
      const [one, other] = [essences.theirs, essences.ours].map((all) =>
        JSON.stringify(all).replaceAll('without', 'with'),
      )
      return one === other
    },
  },
  {
    where: /^ground-pruned: (entities|standing)/,
    because:
      'a reorg to a block whose state has been pruned stops graph-node for good; we index again from the beginning',
    holds: ({ theirs, ours }) =>
      messageList(theirs).some((one) => one.includes('has only indexed up to block number')) ||
      (healthOf(ours) === 'healthy' && blockOf(theirs) < blockOf(ours)),
  },
  {
    where: /^papers-(abort|call|balance|ask|readAsk|incomplete): standing/,
    because: 'in which block a file is handled, and so fails, depends on when it comes',
    holds: ({ theirs, ours }) => {
      const failed = [theirs, ours].filter((one) => healthOf(one) === 'failed')
      const isFor = (reason: RegExp) => failed.every(({ body }) => reason.test(JSON.stringify(body)))
      // Each has offsets in a module of its own.
      const told = failed.map((one) => messageOf(one).replaceAll(/at block #\d+ |0x[0-9a-f]+ - /g, ''))
      return failed.length > 0 && failuresOfFiles.some(isFor) && new Set(told).size === 1
    },
  },
  {
    where: /^papers-chain: standing/,
    because:
      'that a file’s handler made a source on the chain graph-node finds behind it, and has no trace; we find it in it',
    holds: ({ theirs, ours }) =>
      [theirs, ours].every(
        (one) => healthOf(one) !== 'failed' || messageOf(one).includes('Attempted to create on-chain'),
      ) && [theirs, ours].some((one) => healthOf(one) === 'failed'),
  },
  {
    where: /^papers-same: standing/,
    because:
      'that two files wrote one id graph-node says when it has waited for more to write, and tries again; we say so at once',
    holds: ({ theirs, ours }) =>
      (healthOf(theirs) === 'healthy' || /violates exclusion constraint/.test(JSON.stringify(theirs.body))) &&
      healthOf(ours) === 'failed' &&
      /violates unique constraint/.test(JSON.stringify(ours.body)),
  },
  {
    where: /^papers-(abort|chain|call|balance|ask|readAsk|incomplete|same|readCat): entities/,
    because: 'what there is when a file fails depends on when it comes',
    holds: (answers) => areAnswers(answers) && hasSameInBoth(answers),
  },
  {
    where: /^papers-graft: (?!standing|status)/,
    because:
      'files that its base had asked for by the graft’s block and handled later have no rows in graph-node’s graft; ours handles them again',
    holds: (answers) => areAnswers(answers) && hasSameInBoth(answers) && hasAllOf(answers.ours, answers.theirs),
  },
  {
    where: /^papers-graft: status\/one/,
    because: 'so there are fewer rows to count, too',
    holds: (answers) => isSameBut(answers, ['entityCount']),
  },
  {
    where: /: status\/features/,
    because: 'graph-node lists handlers and kinds of data sources in an order that it draws anew',
    holds: (answers) =>
      isSameOnce(answers, (text) => text.replace(/\[[^[\]]*\]/g, (list) => JSON.parse(list).sort().join())),
  },
  {
    where: /^failures-(json|json-bytes|yaml): status/,
    because: 'why a text is no JSON or YAML, the parsers say in words of their own',
    holds: (answers) => both(answers, /arse JSON from byte array|parse YAML from bytes/),
  },
  {
    where: /: (time|meta)\/(?!.*hash: "(0x0{64}|0x12|nope)")/,
    because: 'of the blocks that nothing happened in graph-node has kept some; we know all of the chain by their hash',
    holds: ({ theirs, ours }) =>
      messageList(theirs).join() === `Failed to decode \`block.hash\` value: \`${unknownHash}\`` &&
      !messages(ours).includes(unknownHash),
  },
  {
    where: /: aggregation\/.*block:/,
    because: 'a bucket is rolled up with the first later block that is looked at, and which empty blocks are differs',
    // So one of the two may lack the newest bucket, and nothing else.
    holds: (answers) =>
      areAnswers(answers) &&
      (isNewestLacking(answers.theirs, answers.ours) || isNewestLacking(answers.ours, answers.theirs)),
  },
]
