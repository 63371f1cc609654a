import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Compared } from './compare.ts'
import { remove } from './deploy.ts'
import { askBoth, comparedRefusals } from './late.ts'
import { type Changes, changed, like, putManifest, readManifest } from './manifest.ts'
import { oddAbis } from './refused-abis.ts'
import { oddSchemas } from './refused-schemas.ts'
import type { World } from './world.ts'

const first = 'dataSources.0'
const mapping = `${first}.mapping`
const event = `${mapping}.eventHandlers.0`

const call = (text: string): Changes => ({ [`${event}.calls`]: { it: text } })
const blocks = (...filters: readonly (object | undefined)[]): Changes => ({
  [`${mapping}.blockHandlers`]: filters.map((filter, index) => ({
    handler: `handle${index}`,
    ...(filter === undefined ? {} : { filter }),
  })),
})
const polling = { kind: 'polling', every: 2 }
const [once, called] = [{ kind: 'once' }, { kind: 'call' }]
const context = (type: string, data?: unknown): Changes => ({
  [`${first}.context.it`]: data === undefined ? { type } : { type, data },
})
/** One more data source, or template, like the first. */
const another = (at: string, changes: Changes): Changes => ({ [at]: like(first, changes) })
const template = (changes: Changes): Changes => ({
  'templates.0': like(first, { name: 'Mould', 'source.address': undefined, context: undefined, ...changes }),
})
const fileTemplate = (changes: Changes): Changes => ({
  'templates.0': like(first, {
    kind: 'file/ipfs',
    name: 'File',
    network: undefined,
    source: undefined,
    context: undefined,
    'mapping.eventHandlers': undefined,
    'mapping.handler': 'handleFile',
    ...changes,
  }),
})

/** What is changed in a good manifest, by what is wrong then. Some of it is not wrong, and taken. */
const manifests: Readonly<Record<string, Changes>> = {
  'nothing wrong': {},
  'spec 9.9.9': { specVersion: '9.9.9' },
  'spec 0.0.1': { specVersion: '0.0.1' },
  'spec 1.5.1': { specVersion: '1.5.1' },
  'spec 1.5.0': { specVersion: '1.5.0' },
  'spec x': { specVersion: 'x' },
  'spec 1.3': { specVersion: '1.3' },
  'no spec': { specVersion: undefined },
  'api 1.0.0': { [`${mapping}.apiVersion`]: '1.0.0' },
  'api x': { [`${mapping}.apiVersion`]: 'x' },
  'no api': { [`${mapping}.apiVersion`]: undefined },
  'two apis': another('dataSources.1', { name: 'Another', 'mapping.apiVersion': '0.0.7' }),
  'another api in a template': template({ 'mapping.apiVersion': '0.0.7' }),
  'receipts before api 0.0.7': { [`${mapping}.apiVersion`]: '0.0.6', [`${event}.receipt`]: true, [`${first}.x`]: 1 },
  'receipts before spec 0.0.5': { specVersion: '0.0.4', [`${event}.receipt`]: true, indexerHints: undefined },
  'polling before spec 0.0.8': { specVersion: '0.0.7', ...blocks(polling) },
  'once before spec 0.0.8': { specVersion: '0.0.7', ...blocks(once) },
  'endBlock before spec 0.0.9': { specVersion: '0.0.8', [`${first}.source.endBlock`]: 10 },
  'prune before spec 1.0.0': { specVersion: '0.0.9', indexerHints: { prune: 'auto' } },
  'topics before spec 1.2.0': { specVersion: '1.1.0', [`${event}.topic1`]: ['0x01'] },
  'calls before spec 1.2.0': { specVersion: '1.1.0', ...call('Views[event.address].stored()') },
  'polling every 0': blocks({ kind: 'polling', every: 0 }),
  'polling without every': blocks({ kind: 'polling' }),
  'unknown filter': blocks({ kind: 'nope' }),
  'two block handlers': blocks(undefined, undefined),
  'two once': blocks(once, once),
  'two polling': blocks(polling, polling),
  'two call': blocks(called, called),
  'once and every': blocks(once, undefined),
  'polling and every': blocks(polling, undefined),
  'block handler without address': { [`${first}.source.address`]: undefined, ...blocks(undefined) },
  'call handler without address': {
    [`${first}.source.address`]: undefined,
    [`${mapping}.callHandlers`]: [{ handler: 'handleCall', function: 'note(string,int256,string)' }],
  },
  'startBlock beyond the chain': { [`${first}.source.startBlock`]: 1_000_000 },
  'startBlock is text': { [`${first}.source.startBlock`]: 'x' },
  'prune nope': { indexerHints: { prune: 'nope' } },
  'prune -1': { indexerHints: { prune: -1 } },
  'unknown feature': { features: ['nope'] },
  'features is text': { features: 'grafting' },
  'graft without block': { features: ['grafting'], graft: { base: 'QmNope' } },
  'graft onto nothing': { features: ['grafting'], graft: { base: 'QmNope', block: 3 } },
  'no data sources': { dataSources: [] },
  'dataSources missing': { dataSources: undefined },
  'two networks': another('dataSources.1', { name: 'Another', network: 'mainnet' }),
  'unknown network': { [`${first}.network`]: 'mainnet' },
  'no network': { [`${first}.network`]: undefined },
  'no ABI of that name': { [`${first}.source.abi`]: 'Nope' },
  'no ABI at all': { [`${mapping}.abis`]: [] },
  'source without ABI': { [`${first}.source.abi`]: undefined },
  'handler without name': { [`${event}.handler`]: undefined },
  'topic that is no hex': { [`${event}.topic1`]: ['zz'] },
  'topic too long': { [`${event}.topic1`]: [`0x${'1'.repeat(70)}`] },
  'topic0 too short': { [`${event}.topic0`]: '0x12' },
  'address too short': { [`${first}.source.address`]: '0x12' },
  'call without address': call('Views.stored()'),
  'call unclosed': call('Views[event.address.stored()'),
  'call of an unknown expression': call('Views[event.nope].stored()'),
  'call of no expression': call('Views[nope].stored()'),
  'call at a short address': call('Views[0x12].stored()'),
  'call of an entity': call('Views[entity.id].stored()'),
  'call of no function': call('Views[event.address].nope()'),
  'call of an unknown ABI': call('Nope[event.address].stored()'),
  'call into a struct before spec 1.4.0': call('Views[event.params.text.0].stored()'),
  'kind nope': { [`${first}.kind`]: 'nope' },
  'kind missing': { [`${first}.kind`]: undefined },
  'template of kind nope': template({ kind: 'nope' }),
  'context of an unknown type': context('Nope', '1'),
  'context Int': context('Int', 'x'),
  'context BigInt': context('BigInt', 'x'),
  'context Bytes': context('Bytes', 'x'),
  'context BigDecimal': context('BigDecimal', 'x'),
  'context Bool': context('Bool', 'x'),
  'context without data': context('String'),
  'no schema': { schema: undefined },
  'file without entities': fileTemplate({ 'mapping.entities': undefined }),
  'file without handler': fileTemplate({ 'mapping.handler': undefined }),
  'file of kind nope': fileTemplate({ kind: 'file/nope' }),
  'file among the sources': {
    'dataSources.1': like(first, { kind: 'file/ipfs', source: undefined, 'mapping.handler': 'h' }),
  },
  'template with an address': template({ 'source.address': `0x${'11'.repeat(20)}` }),
}

/** Manifests that are none. */
const texts: Readonly<Record<string, string | Uint8Array>> = {
  empty: '',
  'a list': '- a\n- b\n',
  'a word': 'hello',
  'a key twice': 'specVersion: 1.0.0\nspecVersion: 1.0.0\n',
  'no UTF-8': Uint8Array.from([0xff, 0xfe, 0x61]),
}

const row = 'type Row @entity(immutable: false) { id: ID! n: Int! }'

/** Schemas, each in a good manifest. */
const schemas: Readonly<Record<string, string>> = {
  'no directive': 'type Row { id: ID! }',
  'unknown type': row.replace('Int!', 'Nope!'),
  'search not declared': `${row.replace('Int!', 'String!')}
    type _Schema_ @fulltext(name: "search", language: en, algorithm: rank, include: [{ entity: "Row", fields: [{ name: "n" }] }])`,
  'reserved suffix': 'type Row @entity { id: ID! } type Row_filter @entity { id: ID! }',
  reserved: 'type Query @entity { id: ID! }',
  'id of Int': 'type Row @entity { id: Int! }',
  'no id': 'type Row @entity { n: Int! }',
  'derived from nothing': 'type Row @entity { id: ID! rows: [Row!]! @derivedFrom(field: "nope") }',
  'interface not satisfied': 'interface Named { id: ID! n: Int! } type Row implements Named @entity { id: ID! }',
  ...oddSchemas,
}

/** Those of specVersion 1.0.0. */
const oldSchemas: Readonly<Record<string, string>> = {
  'Int8 ids': 'type Row @entity(immutable: true) { id: Int8! v: Int! }',
  aggregations: `type Point @entity(timeseries: true) { id: Int8! timestamp: Timestamp! v: Int! }
    type Sum @aggregation(intervals: ["hour"], source: "Point") { id: Int8! timestamp: Timestamp! s: Int! @aggregate(fn: "sum", arg: "v") }`,
}

/** Deploys what should be refused to both, and compares what they say. @param file - a manifest that is good */
export async function compareRefusals(file: string, world: World): Promise<Compared[]> {
  const { put } = world.places
  const plain = { '/': `/ipfs/${await put(row)}` }
  const good = changed(await readManifest(file), {
    'schema.file': plain,
    dataSources: like('dataSources', { length: 1 }),
  })
  const of = async (changes: Changes) => putManifest(changed(good, changes), dirname(file), put)
  const withSchema = async (schema: string, changes: Changes = {}) =>
    of({ ...changes, 'schema.file': { '/': `/ipfs/${await put(schema)}` } })
  const abis = oddAbis(await readFile(join(dirname(file), 'Tape/Tape.json'), 'utf8'))
  const asked: [string, () => Promise<string>][] = [
    ...Object.entries(manifests).map(([name, changes]): [string, () => Promise<string>] => [name, () => of(changes)]),
    ...Object.entries(texts).map(([name, text]): [string, () => Promise<string>] => [name, () => put(text)]),
    ...Object.entries(schemas).map(([name, text]): [string, () => Promise<string>] => [name, () => withSchema(text)]),
    ...Object.entries(abis).map(([name, text]): [string, () => Promise<string>] => [
      name,
      async () => of({ [`${mapping}.abis.0.file`]: { '/': `/ipfs/${await put(text)}` } }),
    ]),
    ...Object.entries(oldSchemas).map(([name, text]): [string, () => Promise<string>] => [
      name,
      () => withSchema(text, { specVersion: '1.0.0' }),
    ]),
  ]
  const compared: Compared[] = []
  for (const [index, [name, make]] of asked.entries()) {
    const title = `refused-${index}`
    const said = await askBoth(title, await make(), world)
    compared.push(comparedRefusals('refused', `deploy/${name}`, said, name === 'nothing wrong' ? false : null))
    await Promise.all([remove(title, world.theirs.adminUrl), remove(title, world.ours.adminUrl)])
  }
  return compared
}
