import type { Known } from '../entry.ts'
import { type Changes, like } from '../manifest.ts'
import type { Sequel } from '../sequel.ts'
import { story } from '../story.ts'

const letters = ['a', 'b', 'c', 'd', 'e']
const length = 26

/**
 * Entities of each kind, over many blocks: something to graft onto and to follow. Told to fail, two handlers in the middle do,
 * each between others of its block.
 */
const ground = story({
  contracts: { Tape: 'Tape', Nursery: 'Nursery' },
  plot: ({ Tape, Nursery }) => {
    const note = (op: string, n: number, text = '') => Tape('note', op, BigInt(n), text)
    const blocks = Array.from({ length }, (_, n) => [
      note('write', n, letters[n % 5]),
      ...(n === 1 ? [Nursery('make', 'ann', true)] : []),
      ...(n % 3 === 0 ? [note('seldom', n, n % 2 === 0 ? '' : 'some')] : []),
      ...(n % 4 === 0 ? [note('sample', n, letters[n % 2])] : []),
      ...(n === 9 ? [note('fail', n, 'first')] : []),
      ...(n === 10 ? [note('remove', n, 'c')] : []),
      ...(n % 5 === 0 ? [note('write', 100 + n, letters[n % 3])] : []),
      ...(n % 6 === 5 ? [Nursery('speak', 1n, `in ${n}`)] : []),
      ...(n === 17 ? [note('fail', n, 'second'), note('write', 90, 'after the second')] : []),
      ...(n === 18 ? [Nursery('make', 'bob', true)] : []),
      ...(n === 21 ? [Nursery('speak', 2n, 'bob')] : []),
    ])
    return {
      blocks,
      orphaned: [
        [note('write', 50, 'a'), note('seldom', 50, 'orphaned'), Nursery('make', 'cyd', true)],
        [note('write', 51, 'gone'), note('fail', 51, 'gone'), Nursery('speak', 3n, 'gone')],
      ],
      kept: [
        [note('write', 60, 'gone'), Nursery('make', 'dan', false)],
        [note('write', 61, 'a'), note('seldom', 50, 'kept'), Nursery('speak', 3n, 'kept')],
        [note('remove', 61, 'a'), note('sample', 7, 'a')],
      ],
    }
  },
})

const fails: Changes = { 'dataSources.0.context.fails.data': true }
const goesOn: Changes = { ...fails, features: ['nonFatalErrors'] }

const idOf = ({ ids }: Known, title: string) => ids.get(`ground-${title}`) ?? 'QmNone'

/** @param back - from the last block of the story; what is final is enough blocks back */
const onto = (base: string, back: number, changes: Changes = {}, features: readonly string[] = []) => {
  return (known: Known): Changes => ({
    graft: { base: idOf(known, base), block: known.head - back },
    features: ['grafting', ...features],
    ...changes,
  })
}

const plain = { source: 'ground' }
const graft = (edit: Sequel['edit'] & {}, more: Partial<Sequel> = {}): Sequel => ({ ...plain, wave: 2, edit, ...more })

/** With another schema. */
const schema = (base: string, rewrite: (text: string) => string, back = 15): Sequel => ({
  ...plain,
  wave: 2,
  ...dear,
  edit: async (known) => ({
    ...onto(base, back)(known),
    'schema.file': { '/': `/ipfs/${await known.put(rewrite(await schemaText()))}` },
  }),
})

async function schemaText(): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return readFile(`${import.meta.dirname}/../subgraphs/ground/schema.graphql`, 'utf8')
}

const replaced = (from: string | RegExp, to: string) => (text: string) => {
  const made = text.replace(from, to)
  if (made === text) throw new Error(`the schema has no ${from}`)
  return made
}

/** One that follows others, by the titles of those. */
const follower = (sources: readonly string[], changes: Changes = {}, more: Partial<Sequel> = {}): Sequel => ({
  source: 'follower',
  isFollower: true,
  wave: 2,
  edit: (known) => ({
    dataSources: (manifest: unknown) =>
      sources.map((title, index) =>
        like('dataSources.0', {
          name: `Source${index}`,
          'source.address': idOf(known, title),
        })(manifest),
      ),
    ...changes,
  }),
  ...more,
})
const entityOf = (entity: string, handler: string): Changes => ({
  'dataSources.0.mapping.handlers': [{ entity, handler }],
})
const dear = { isDear: true, passes: true }

export const groundSaga = {
  name: 'ground',
  story: ground,
  sequels: {
    base: { ...plain, wave: 1 },
    twin: { ...plain, wave: 1, isDear: true, edit: () => ({ description: 'the same again' }) },
    nonfatal: { ...plain, wave: 1, ends: 'unhealthy', edit: () => goesOn },
    fatal: { ...plain, wave: 1, isDear: true, ends: 'failed', edit: () => fails },
    pruned: { ...plain, wave: 1, isDear: true, edit: () => ({ indexerHints: { prune: 13 } }) },
    old: { ...plain, wave: 1, isDear: true, edit: () => ({ specVersion: '1.2.0' }) },

    graft: graft(onto('base', 15)),
    'graft-early': graft(onto('base', 24), dear),
    'graft-nonfatal': graft(onto('base', 18, fails, ['nonFatalErrors']), dear),
    'graft-fatal': graft(onto('base', 18, fails), dear),
    'graft-onto-nonfatal': graft(onto('nonfatal', 15), dear),
    'graft-onto-failed': graft(onto('fatal', 20), dear),
    'graft-onto-failing-block': graft(onto('fatal', 15), dear),
    'graft-without-template': graft(onto('base', 15, { templates: undefined }), dear),
    'graft-other-template': graft(onto('base', 15, { 'templates.0.name': 'Other' }), dear),
    'graft-near': graft(onto('base', 3), dear),
    'graft-beyond': graft(onto('base', -10), dear),
    'graft-first': graft((known) => ({ ...onto('base', 0)(known), 'graft.block': 0 }), dear),
    'graft-pruned': graft(onto('pruned', 24), dear),
    'graft-unknown': graft((known) => ({ ...onto('base', 15)(known), 'graft.base': 'QmNobody' }), dear),
    'graft-undeclared': graft((known) => ({ ...onto('base', 15)(known), features: [] }), dear),

    'schema-wider': schema('base', (text) =>
      replaced(
        'words: [String!]!\n  facts',
        'words: [String!]!\n  more: BigInt\n  lists: [Int!]\n  facts',
      )(text).concat('\ntype Extra @entity(immutable: false) {\n  id: ID!\n  row: Row\n}\n'),
    ),
    'schema-wider-required': schema('base', replaced('text: String\n', 'text: String\n  must: Int!\n')),
    'schema-required': schema('base', replaced('text: String\n', 'text: String!\n')),
    'schema-nullable': schema('base', replaced('big: BigInt!', 'big: BigInt')),
    'schema-type': schema('base', replaced('small: Int8!', 'small: BigInt!')),
    'schema-list': schema('base', replaced('text: String\n', 'text: [String!]\n')),
    'schema-enum-wider': schema('base', replaced('  BLUE\n', '  BLUE\n  GOLD\n')),
    'schema-enum-narrower': schema('base', replaced('  BLUE\n', '')),
    'schema-enum-text': schema('base', replaced('color: Color\n', 'color: String\n')),
    'schema-immutable': schema(
      'base',
      replaced('Row implements Named @entity(immutable: false)', 'Row implements Named @entity(immutable: true)'),
    ),
    'schema-mutable': schema('base', replaced('Seldom @entity(immutable: true)', 'Seldom @entity(immutable: false)')),
    'schema-several': schema('base', (text) =>
      replaced('big: BigInt!', 'big: Int!')(replaced('text: String\n', 'text: Boolean\n  must: Int!\n')(text)),
    ),

    follow: follower(['base']),
    'follow-two': follower(['base', 'twin'], {}, dear),
    'follow-five': follower(['base', 'twin', 'nonfatal', 'graft', 'fatal', 'pruned'], {}, dear),
    'follow-same': follower(['base', 'base'], {}, dear),
    'follow-late': follower(
      ['base'],
      {},
      {
        ...dear,
        edit: (known) => ({ 'dataSources.0.source': { address: idOf(known, 'base'), startBlock: known.head - 8 } }),
      },
    ),
    'follow-one': follower(['base'], { ...entityOf('Fact', 'handleFact') }, dear),
    'follow-failing': follower(['base'], { ...entityOf('Fact', 'handleFailing') }, dear),
    'follow-failing-on': follower(
      ['base'],
      { ...entityOf('Fact', 'handleFailing'), features: ['nonFatalErrors'] },
      dear,
    ),
    'follow-nonfatal': follower(['nonfatal'], {}, dear),
    'follow-fatal': follower(['fatal'], {}, dear),
    'follow-old': follower(['old'], {}, dear),
    'follow-mutable': follower(['base'], { ...entityOf('Row', 'handleFact') }, dear),
    'follow-series': follower(['base'], { ...entityOf('Sample', 'handleSample') }, dear),
    'follow-aggregation': follower(['base'], { ...entityOf('Hourly', 'handleFact') }, dear),
    'follow-interface': follower(['base'], { ...entityOf('Named', 'handleFact') }, dear),
    'follow-nothing': follower(['base'], { ...entityOf('Nothing', 'handleFact') }, dear),
    'follow-unknown': follower(['nobody'], {}, dear),
    'follow-graft': follower(['graft'], {}, { ...dear, wave: 3 }),
    'follow-follower': follower(['follow'], { ...entityOf('Heard', 'handleFact') }, { ...dear, wave: 3 }),
    'follow-old-spec': follower(['base'], { specVersion: '1.2.0' }, dear),
    'follow-twice-one': follower(
      ['base'],
      {
        'dataSources.0.mapping.handlers': [
          { entity: 'Fact', handler: 'handleFact' },
          { entity: 'Fact', handler: 'handleSeldom' },
        ],
      },
      dear,
    ),
    'graft-of-graft': graft((known) => ({ ...onto('graft', 13)(known), description: 'of a graft' }), {
      ...dear,
      wave: 3,
    }),
    'graft-of-follower': {
      ...follower(['base'], {}, { ...dear, wave: 3 }),
      edit: (known: Known) => ({ ...onto('follow', 15)(known), 'dataSources.0.source.address': idOf(known, 'base') }),
    },
  } satisfies Record<string, Sequel>,
}
