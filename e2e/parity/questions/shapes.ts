import { isInterfaceType } from 'graphql'
import { type Api, type Collection, introspectionQuery, wholeRow } from '../api.ts'
import type { Question } from '../question.ts'
import type { Random } from '../random.ts'
import type { Row } from './entities.ts'

const q = (name: string, query: string, variables?: Record<string, unknown>): Question =>
  variables === undefined ? { name, query } : { name, query, variables }

/** One entity by its id: those there are, one there never was, ids that are none. */
export function singles(collection: Collection, rows: readonly Row[], random: Random): Question[] {
  const { single } = collection
  if (single === undefined) return []
  const row = wholeRow(collection)
  const ids = [...random.some(rows, 2).map(({ id }) => String(id)), 'none', '0xffff', '0xabc', '', '12345']
  return [
    ...ids.map((id) => q(`single/${single} ${id}`, `{ ${single}(id: ${JSON.stringify(id)}) { ${row} } }`)),
    q(`single/${single} by variable`, `query ($id: ID!) { ${single}(id: $id) { id } }`, { id: ids[0] }),
    q(`single/${single} without variable`, `query ($id: ID!) { ${single}(id: $id) { id } }`),
    q(`single/${single} without id`, `{ ${single} { id } }`),
    q(`single/${single} null id`, `{ ${single}(id: null) { id } }`),
    q(`single/${single} number`, `{ ${single}(id: 7) { id } }`),
  ]
}

/** Rows within rows, two deep, with arguments where lists take them. */
export function nested(collection: Collection, api: Api, random: Random): Question[] {
  const { field, fields, needs } = collection
  if (needs.length > 0) return []
  return fields.flatMap(({ name, type, kind, isList }) => {
    if (kind === 'leaf') return []
    const target = api.collections.find((one) => one.type === type && one.needs.length === 0)
    if (target === undefined) return []
    const further = target.fields.find((one) => one.kind === 'object')
    const text = target.fields.find((one) => one.type === 'String' && one.name !== 'id' && !one.isList)
    const inner = target.fields
      .slice(0, 8)
      .map((one) => (one.kind === 'leaf' ? one.name : `${one.name} { id }`))
      .join(' ')
    const order = random.pick(target.orders.filter((one) => !one.includes('__')))
    const byChild = target.orders.find((one) => one.includes('__'))
    const noText = text ? [`, where: { ${text.name}_contains: null }`] : []
    const args = isList ? [`(first: 3)`, `(first: 2, skip: 1, orderBy: ${order}, orderDirection: desc)`] : ['']
    return [
      ...args.map((list) =>
        q(`nested/${field}.${name}${list}`, `{ ${field}(first: 12) { id ${name}${list} { ${inner} } } }`),
      ),
      ...(isList
        ? [
            q(`nested/${field}.${name} where`, `{ ${field}(first: 12) { id ${name}(where: { id_gt: "1" }) { id } } }`),
            ...(byChild === undefined
              ? []
              : ['', ', where: { id_gt: null }', ', where: { id_gt: "\\u0000" }', ...noText]
            ).map((more) => ({
              ...q(
                `nested/${field}.${name} by child${more}`,
                `{ ${field}(first: 12) { id ${name}(orderBy: ${byChild}${more}) { id } } }`,
              ),
              about: `by child${more}`,
            })),
            q(`nested/${field}.${name} first 0`, `{ ${field}(first: 2) { id ${name}(first: 0) { id } } }`),
          ]
        : [
            ...(text
              ? [
                  q(
                    `nested/${field} by text of ${name}`,
                    `{ ${field}(where: { ${name}_: { ${text.name}: "a" } }) { id } }`,
                  ),
                ]
              : []),
            ...(further
              ? [
                  q(
                    `nested/${field} where ${name}_ ${further.name}_`,
                    `{ ${field}(where: { ${name}_: { ${further.name}_: { id_not: "" } } }) { id } }`,
                  ),
                ]
              : []),
            q(`nested/${field} where ${name}_`, `{ ${field}(first: 5, where: { ${name}_: { id_not: "" } }) { id } }`),
          ]),
    ]
  })
}

/** Of an interface, what only one of its types is asked. */
export function typed({ field, type, kind, needs }: Collection, { schema }: Api): Question[] {
  const named = schema.getType(type)
  if (kind !== 'interface' || needs.length > 0 || !isInterfaceType(named)) return []
  const parts = schema.getPossibleTypes(named).map(({ name }) => `... on ${name} { of${name}: __typename }`)
  return [q(`typed/${field}`, `{ ${field}(first: 50) { id ${parts.join(' ')} } }`)]
}

/** Names, fragments, directives, variables, and what the dialect lets pass or refuses. */
export function documents(collection: Collection, rows: readonly Row[]): Question[] {
  const { field, type, fields, needs } = collection
  if (needs.length > 0) return []
  const leaf = fields.find(({ name, kind }) => kind === 'leaf' && name !== 'id')?.name ?? 'id'
  const id = JSON.stringify(String(rows[0]?.id ?? 'none'))
  const list = (selection: string) => `{ ${field}(first: 3) { ${selection} } }`
  const of = (name: string, query: string, variables?: Record<string, unknown>) =>
    q(`document/${field} ${name}`, query, variables)
  return [
    of('alias', `{ a: ${field}(first: 1) { x: id } b: ${field}(first: 2) { y: id } }`),
    of('same alias twice', `{ a: ${field}(first: 1) { id } a: ${field}(first: 2) { ${leaf} } }`),
    of('fragment', `${list('...F')} fragment F on ${type} { id ${leaf} }`),
    of('inline fragment', list(`... on ${type} { id } ${leaf}`)),
    of('inline fragment without type', list('... { id }')),
    of('fragment of a type that cannot be', list('id ... on Query { id }')),
    of('fragment of a type that is none', list('id ... on Nope { id }')),
    of('nested fragments', `${list('...A')} fragment A on ${type} { ...B } fragment B on ${type} { id __typename }`),
    of('typename', `{ __typename ${field}(first: 2) { __typename } }`),
    of('skip', `query ($no: Boolean!) { ${field}(first: 2) { id ${leaf} @skip(if: $no) } }`, { no: true }),
    of('include', `query ($no: Boolean!) { ${field}(first: 2) { id ${leaf} @include(if: $no) } }`, { no: false }),
    of('variables', `query ($n: Int, $s: Int = 1) { ${field}(first: $n, skip: $s) { id } }`, { n: 2 }),
    of('where as a variable', `query ($w: ${type}_filter) { ${field}(where: $w) { id } }`, {
      w: { id: rows[0]?.id ?? 'none' },
    }),
    of('variable within where', `query ($id: ID!) { ${field}(where: { id_gte: $id }, first: 2) { id } }`, {
      id: rows[0]?.id ?? '',
    }),
    of('variable of another type', `query ($n: String) { ${field}(first: $n) { id } }`, { n: 'two' }),
    of('unknown field', list('id nope')),
    of('unknown argument', `{ ${field}(first: 2, nope: 1) { id } }`),
    of('unknown filter', `{ ${field}(where: { nope: 1 }) { id } }`),
    of('unknown order', `{ ${field}(orderBy: nope) { id } }`),
    of('unknown direction', `{ ${field}(orderDirection: up) { id } }`),
    of('unknown directive', list('id @nope')),
    of('no selection', `{ ${field} }`),
    of('selection on a scalar', list('id { x }')),
    of('arguments on a scalar', list('id(x: 1)')),
    of('wrong value', `{ ${field}(first: "x", skip: true) { id } }`),
    of('filter is a list', `{ ${field}(where: [{ id: ${id} }, { id: "none" }]) { id } }`),
    of('or beside a field', `{ ${field}(where: { id: ${id}, or: [{ id: ${id} }] }) { id } }`),
    of('and beside a field', `{ ${field}(where: { id: ${id}, and: [{ id_not: "none" }] }) { id } }`),
    of('and beside or', `{ ${field}(where: { and: [{ id: ${id} }], or: [{ id: "none" }] }) { id } }`),
    of(
      'or beside and',
      `{ ${field}(where: { or: [{ id: ${id} }, { id: "none" }], and: [{ id_not: "none" }] }) { id } }`,
    ),
    of('nothing in or', `{ ${field}(where: { or: [] }) { id } }`),
    of('nothing in and', `{ ${field}(first: 2, where: { and: [] }) { id } }`),
    of('null in where', `{ ${field}(first: 3, where: { ${leaf}_not: null }) { id } }`),
    of('nothing in in', `{ ${field}(where: { id_in: [] }) { id } }`),
    of('nothing in not_in', `{ ${field}(where: { id_not_in: [] }) { id } }`),
    of('null in in', `{ ${field}(where: { id_in: [null] }) { id } }`),
    of('changed since', `{ ${field}(first: 1000, where: { _change_block: { number_gte: 4 } }) { id } }`),
    of('changed since nothing', `{ ${field}(where: { _change_block: {} }) { id } }`),
  ]
}

/** What was written from a block on, for each of some blocks in a row. */
export function changes({ field, kind }: Collection, blocks: readonly { number: number }[]): Question[] {
  const last = (blocks.at(-1)?.number ?? 0) + 3
  const since = Array.from({ length: 16 }, (_, back) => last - back).filter((number) => number >= 0)
  const lists = since.map((n) => `b${n}: ${field}(first: 1000, where: { _change_block: { number_gte: ${n} } }) { id }`)
  return kind === 'entity' ? [q(`changes/${field}`, `{ ${lists.join(' ')} }`)] : []
}

/** At which block: by number, hash, at least a number, and where there is none. */
export function times({ field, needs }: Collection, blocks: readonly { number: number; hash: string }[]): Question[] {
  if (needs.length > 0) return []
  const of = (block: string) =>
    q(`time/${field} ${block}`, `{ ${field}(block: ${block}, first: 3) { id } _meta { block { number } } }`)
  const head = blocks.at(-1)
  return [
    ...blocks.flatMap(({ number, hash }) => [of(`{ number: ${number} }`), of(`{ hash: "${hash}" }`)]),
    ...[`{ number_gte: ${head?.number} }`, `{ number_gte: ${(head?.number ?? 0) + 10} }`, '{ number_gte: 0 }'].map(of),
    ...[
      `{ number: ${(head?.number ?? 0) + 10} }`,
      '{ number: -1 }',
      '{ number: 0 }',
      '{ }',
      'null',
      '{ hash: null }',
      '{ hash: null, number: 1 }',
      '{ number: null, number_gte: 1 }',
    ].map(of),
    ...[`{ hash: "0x${'00'.repeat(32)}" }`, '{ hash: "0x12" }', '{ hash: "nope" }', '{ number: null }', '7'].map(of),
    of(`{ hash: "${head?.hash}", number: 3 }`),
    of(`{ hash: "${head?.hash.slice(2).toUpperCase()}" }`),
  ]
}

/** Of the whole schema and of parts of it. */
export function introspections({ collections }: Api): Question[] {
  const types = [...new Set(collections.flatMap(({ type }) => [type, `${type}_filter`, `${type}_orderBy`]))]
  const typeQuery = (name: string) =>
    `{ __type(name: "${name}") { kind name description fields { name description args { name defaultValue type { name kind } } type { name kind ofType { name kind ofType { name kind } } } } inputFields { name type { name kind } } enumValues { name } interfaces { name } possibleTypes { name } } }`
  return [
    q('introspection/all', introspectionQuery),
    q(
      'introspection/deprecated',
      '{ __schema { types { name fields(includeDeprecated: true) { name isDeprecated } } } }',
    ),
    q('introspection/directives', '{ __schema { directives { name locations args { name type { name } } } } }'),
    q('introspection/roots', '{ __schema { queryType { name } mutationType { name } subscriptionType { name } } }'),
    ...['Query', '_Meta_', '_Block_', 'Block_height', 'BigInt', 'Nope', ...types].map((name) =>
      q(`introspection/${name}`, typeQuery(name)),
    ),
  ]
}

/** About the deployment, and documents that ask for nothing good. */
export function metas({ collections }: Api, blocks: readonly { number: number; hash: string }[]): Question[] {
  const field = collections.find(({ needs }) => needs.length === 0)?.field ?? 'rows'
  const all = 'block { number hash parentHash timestamp } deployment hasIndexingErrors'
  const texts: Readonly<Record<string, string>> = {
    whole: `{ _meta { ${all} } }`,
    typename: '{ _meta { __typename block { __typename number } } }',
    'at a number': `{ _meta(block: { number: ${blocks[0]?.number} }) { ${all} } }`,
    'at a hash': `{ _meta(block: { hash: "${blocks[0]?.hash}" }) { ${all} } }`,
    'at a hash in capitals': `{ _meta(block: { hash: "${blocks.at(-1)?.hash.slice(2).toUpperCase()}" }) { ${all} } }`,
    'at least a number': `{ _meta(block: { number_gte: ${blocks[0]?.number} }) { ${all} } }`,
    'too far': '{ _meta(block: { number: 99999999 }) { block { number } } }',
    logs: '{ _logs { id } }',
    empty: '{ }',
    'nothing at all': '',
    comment: '# nothing',
    'not closed': `{ ${field} { id }`,
    'unknown root': '{ nope { id } }',
    'two operations': `query A { ${field} { id } } query B { ${field} { id } }`,
    'a named operation': `query A { ${field}(first: 1) { id } }`,
    mutation: `mutation { ${field} { id } }`,
    subscription: `subscription { ${field} { id } }`,
    'unused fragment': `{ ${field}(first: 1) { id } } fragment F on Query { __typename }`,
    'undeclared variable': `{ ${field}(first: $n) { id } }`,
    'subgraphError allow': `{ ${field}(first: 2, subgraphError: allow) { id } }`,
    'subgraphError deny': `{ ${field}(first: 2, subgraphError: deny) { id } }`,
    'subgraphError other': `{ ${field}(first: 2, subgraphError: maybe) { id } }`,
    'block string': `{ ${field}(where: { id: """x""" }) { id } }`,
  }
  return [
    ...Object.entries(texts).map(([name, query]) => q(`meta/${name}`, query)),
    { name: 'meta/operationName', query: `query A { ${field}(first: 1) { id } }`, operationName: 'B' },
  ]
}
