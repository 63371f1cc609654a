import { getNamedType } from 'graphql'
import type { Collection } from '../api.ts'
import type { Question } from '../question.ts'

/** Literals that are nearly a value of a type, or one that is written in an unusual way. */
const literals: Readonly<Record<string, string>> = {
  ID: '5 1.5 true "\\u0000"',
  String: '5 null "\\u0000" ENUM',
  Bytes: '"0x1" "zz" "0X12" "" "0x" 18 "00" "0xAB"',
  Boolean: '"true" 1 null TRUE',
  Int: '"1" 2147483648 -2147483648 1.0 null',
  Int8: '"9223372036854775808" "-9223372036854775809" "" "x" "+5" 5 "1_000" 1.5',
  BigInt: '"+5" "1_000" "" "-" "x" 100 1.5 "1.0" "0x10"',
  BigDecimal: '"1e1" "1E-1" ".5" "1." "" "x" 1 0.5 "+0.5" "NaN" "1e99999"',
  Timestamp: '"1700000000000000" 1700000000000000 "x" "" "9223372036854775807" "-9223372036854775808"',
  enum: '"RED" NOPE "" 1',
}

const operations =
  '_gt: null|_lte: null|_not: null|_contains: null|_not_contains_nocase: null|_starts_with: null|_not_ends_with_nocase: null' +
  '|_in: null|_in: [null]|_in: "x"|_not_in: []|_in: []|_contains: null, {}_gt: null|_starts_with: null, {}_gt: null'

/** Of the widest type, for one field of each kind, lists too: what is no value of it, and operators without a value. */
export function odds(collections: readonly Collection[]): Question[] {
  const entities = collections.filter(({ kind }) => kind === 'entity')
  const [widest] = entities.sort((a, b) => b.fields.length - a.fields.length)
  if (widest?.where === undefined) return []
  const { field, fields, where } = widest
  const inputs = where.getFields()
  const seen = new Set<string>()
  return fields.flatMap(({ name, type, kind, isList }) => {
    const input = inputs[name]
    const what = `${kind === 'leaf' ? type : 'reference'}${isList ? 's' : ''}`
    if (input === undefined || seen.has(what)) return []
    seen.add(what)
    const values = (literals[getNamedType(input.type).name] ?? literals.enum ?? '').split(' ')
    const filters = [
      ...values.map((value) => `${name}: ${isList ? `[${value}]` : value}`),
      ...operations.split('|').map((operation) => `${name}${operation.replace('{}', name)}`),
    ]
    return filters.map((filter) => ({
      name: `odd/${field} ${filter}`,
      query: `{ ${field}(where: { ${filter} }, first: 5) { id } }`,
      about: `${what} ${filter.slice(name.length)}`,
    }))
  })
}
