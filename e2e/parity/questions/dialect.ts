import type { Api, Collection } from '../api.ts'
import type { Question } from '../question.ts'

/**
 * What is peculiar in how graph-node reads a query: in which order it finds what is wrong, what it looks at only if there are
 * rows, and what it lets pass that others refuse.
 */
export function dialect({ collections }: Api): Question[] {
  const listed = collections.filter(({ needs, kind }) => needs.length === 0 && kind === 'entity')
  const one = listed.find(({ fields }) => fields.some(({ kind }) => kind === 'object')) ?? listed[0]
  if (one === undefined) return []
  const other = listed.find(({ type }) => type !== one.type) ?? one
  return [...documents(one, other), ...variables(one), ...below(one)]
}

function q(name: string, query: string, variables?: Record<string, unknown>): Question {
  return variables === undefined ? { name: `dialect/${name}`, query } : { name: `dialect/${name}`, query, variables }
}

function documents({ field, type, fields }: Collection, other: Collection): Question[] {
  const leaf = fields.find(({ kind, name }) => kind === 'leaf' && name !== 'id')?.name ?? 'id'
  const child = fields.find(({ kind }) => kind === 'object')?.name ?? 'none'
  const rows = (selection: string) => `{ ${field}(first: 2) { ${selection} } }`
  const texts: Readonly<Record<string, string>> = {
    'two bad arguments': `{ ${field}(first: "x", skip: "y") { id } }`,
    'two bad fields': `{ ${field}(first: "x") { id } ${other.field}(first: "y") { id } }`,
    'two bad blocks': `{ ${field}(block: {}) { id } ${other.field}(block: { hash: "zz" }) { id } }`,
    'two bad pages': `{ ${field}(first: 0) { id } b: ${field}(skip: -1) { id } }`,
    'a bad page beside another block': `{ ${field}(block: { number_gte: 1 }, first: 1) { id } ${other.field}(first: 0) { id } }`,
    'a bad page beside _meta': `{ _meta(block: { number_gte: 1 }) { block { number } } ${field}(first: 0) { id } }`,
    'a bad page beside __typename': `{ __typename ${field}(first: 0) { id } }`,
    'a bad field under an alias': `{ a: ${field}(first: 1) { id } a: ${field}(first: "x") { id } }`,
    'an alias of two types': `{ a: ${field} { id } a: _meta { deployment } }`,
    'a fragment of another type at the root': `{ ... on ${type} { id } }`,
    'a fragment of an input type': rows(`id ... on ${type}_filter { id }`),
    'a fragment of nothing at the root': `{ ... on Nope { id } _meta { deployment } }`,
    'skip on a spread': `{ ${field}(first: 2) { id ...F @skip(if: true) } } fragment F on ${type} { ${leaf} }`,
    'skip on a definition': `{ ${field}(first: 2) { id ...F } } fragment F on ${type} @skip(if: true) { ${leaf} }`,
    'skip on an inline fragment': rows(`id ... @skip(if: true) { ${leaf} }`),
    'skip of __typename': rows('__typename @skip(if: true)'),
    'skip if null': rows(`id ${leaf} @skip(if: null)`),
    'include if null': rows(`id ${leaf} @include(if: null)`),
    'include if a text': rows(`id ${leaf} @include(if: "true")`),
    'include without if': rows(`id ${leaf} @include`),
    'orders before pages': `{ ${field}(first: 0, orderBy: nope) { id } }`,
    'size before fields': `{ nope ${field}(first: -1) { id ${leaf} } }`,
    logs: `{ _logs { id } ${field}(first: 1) { id } }`,
    'a mutation with a variable': `mutation ($n: Int!) { ${field} { id } }`,
    'a cycle with a variable': `query ($n: Int!) { ${field}(first: $n) { ...F } } fragment F on ${type} { ...F }`,
    'a cycle of three': `{ ${field} { ...F } } fragment F on ${type} { ...G } fragment G on ${type} { ...H } fragment H on ${type} { ...F }`,
    'too deep': `{ ${field} { ...F0 } } ${chain(260, (n) => `fragment F${n} on ${type} { ...F${n + 1} }`)} fragment F260 on ${type} { id }`,
    'fields of introspection': `{ __type(name: "${type}") { isOneOf } }`,
    'arguments of introspection': `{ __type(name: "${type}") { fields(includeDeprecated: "x") { name } } }`,
    'introspection of introspection': '{ __type(name: "__Type") { name } }',
    'introspection beside data': `{ __type(name: "${type}") { name } ${field}(first: 1) { id } _meta { deployment } }`,
    'a NUL': `{ ${field}(where: { id_gt: "\\u0000" }) { id } }`,
    'in null': `{ ${field}(where: { id_in: null }) { id } }`,
    'and null': `{ ${field}(where: { and: null }) { id } }`,
    'or null': `{ ${field}(where: { or: null }) { id } }`,
    'change block null': `{ ${field}(where: { _change_block: { number_gte: null } }) { id } }`,
    'no change block': `{ ${field}(where: { _change_block: null }) { id } }`,
    'no child': `{ ${field}(where: { ${child}_: null }) { id } }`,
    'only a fragment': `fragment F on ${type} { id }`,
    'number too large': `{ ${field}(block: { number: 2147483648 }) { id } }`,
    'hash of a wrong length': '{ _meta(block: { hash: "0x12" }) { block { number } } }',
    commas: `{,${field}(first:1,){,id,},}`,
    'byte order mark': `\ufeff{ ${field}(first: 1) { id } }`,
  }
  return Object.entries(texts).map(([name, query]) => q(name, query))
}

const chain = (length: number, one: (n: number) => string) => Array.from({ length }, (_, n) => one(n)).join(' ')

function variables({ field, type }: Collection): Question[] {
  const first = `{ ${field}(first: $n) { id } }`
  const where = `{ ${field}(where: $w, first: 2) { id } }`
  return [
    q('variable missing and variable wrong', `query ($n: Int!, $m: Int) ${first}`, { m: 'x' }),
    q('two variables missing', `query ($n: Int!, $m: Int!) ${first}`, {}),
    q('two variables wrong', `query ($n: Int, $m: Int) ${first}`, { n: 'x', m: 'y' }),
    q('variable of an object type', `query ($n: Int, $t: ${type}) ${first}`, { n: 1 }),
    q('variable of a type that is none', `query ($n: Int, $t: [Nope!]) ${first}`, { n: 1 }),
    q('variable of Float', `query ($n: Int, $f: Float) ${first}`, { n: 1, f: 1.5 }),
    q('variable without a value', `query ($n: Int) ${first}`),
    q('variable null', `query ($n: Int) ${first}`, { n: null }),
    q('variable null for its default', `query ($n: Int = 1) ${first}`, { n: null }),
    q('variable declared twice', `query ($n: Int = 1, $n: Int = 2) ${first}`),
    q('variable with a wrong default', `query ($n: Int = "x") ${first}`),
    q('variable undeclared', first, { n: 1 }),
    q('variable required where null may be', `query ($n: Int! = null) ${first}`),
    q('variable as policy', `query ($p: _SubgraphErrorPolicy_) { ${field}(subgraphError: $p) { id } }`),
    q('variable in a list', `query ($i: ID) { ${field}(where: { id_in: [$i, "x"] }) { id } }`, { i: '0x' }),
    q('list with a wrong element', `query ($n: Int, $l: [Int!]) ${first}`, { n: 1, l: [1, 'x'] }),
    q('filter with a wrong key', `query ($w: ${type}_filter) ${where}`, { w: { nope: 1 } }),
    q('filter of an empty object', `query ($w: ${type}_filter) ${where}`, { w: {} }),
    q('filter as default', `query ($w: ${type}_filter = { id: "none" }) ${where}`),
    q('filter null for its default', `query ($w: ${type}_filter = { id: "none" }) ${where}`, { w: null }),
    q('block as a variable', `query ($b: Block_height) { ${field}(block: $b, first: 1) { id } }`, { b: {} }),
    q('order as a text', `query ($o: ${type}_orderBy) { ${field}(orderBy: $o, first: 1) { id } }`, { o: 'id' }),
    q('order of nothing', `query ($o: ${type}_orderBy) { ${field}(orderBy: $o, first: 1) { id } }`, { o: 'nope' }),
  ]
}

/** What is wrong below rows is found only if there are rows, and what nothing is selected of is missed once for each. */
function below({ field, fields }: Collection): Question[] {
  const none = 'where: { id_in: [] }'
  return fields.flatMap(({ name, kind, isList }) => {
    if (kind === 'leaf') return []
    const empty = [
      q(`nothing of ${name}`, `{ ${field}(first: 2) { id ${name} { id @skip(if: true) } } }`),
      q(`nothing of ${name} of none`, `{ ${field}(${none}) { id ${name} { id @skip(if: true) } } }`),
      q(`only ${name}`, `{ ${field}(first: 2) { ${name} } }`),
    ]
    if (!isList) return empty
    return [
      ...empty,
      {
        ...q(`nothing of empty ${name}`, `{ ${field}(where: { ${name}: [] }) { id ${name} { id @skip(if: true) } } }`),
        about: `nothing of empty ${name}`,
      },
      q(`too many ${name}`, `{ nope ${field}(first: -1) { id ${name} { id } } }`),
      q(`bad page of ${name}`, `{ ${field}(first: 2) { id ${name}(first: 0) { id } } }`),
      q(`bad page of ${name} of none`, `{ ${field}(${none}) { id ${name}(first: 0) { id } } }`),
      q(
        `bad page of ${name}, and nothing`,
        `{ ${field}(first: 2) { ${name}(first: 0) { id } b: ${name} { id @skip(if: true) } } }`,
      ),
      q(`bad argument of ${name} of none`, `{ ${field}(${none}) { id ${name}(first: "x") { id } } }`),
    ]
  })
}
