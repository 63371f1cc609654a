import type { Field } from '../deployment/schema.ts'
import type { Column, EnumTable, Layout, Table } from './layout.ts'

/**
 * Why the rows of one schema have no place in the tables of another, in graph-node's words. Types that only one of them has
 * do no harm, nor do fields that only the base has.
 * @see graphprotocol/graph-node store/postgres/src/relational.rs, `can_copy_from`
 */
export function graftMismatches(layout: Layout, base: Layout): string[] {
  return [...layout.tables].flatMap(([key, table]) => {
    const source = base.tables.get(key)
    return source === undefined ? [] : tableMismatches(table, source, layout, base)
  })
}

function tableMismatches(table: Table, source: Table, layout: Layout, base: Layout): string[] {
  return table.columns.flatMap((column) => {
    const { field, name } = column
    const attribute = `The attribute ${table.type.name}.${field.name}`
    const from = source.columns.find((one) => one.name === name)
    if (from === undefined) {
      return field.isNonNull ? [`${attribute} is non-nullable, but there is no such attribute in the source`] : []
    }
    const why = columnMismatch(column, from, layout, base)
    return why === null ? [] : [why.startsWith('the enum') ? why : `${attribute} ${why}`]
  })
}

function columnMismatch({ field }: Column, { field: from }: Column, layout: Layout, base: Layout): string | null {
  if (field.isNonNull && !from.isNonNull) {
    return 'is non-nullable, but the corresponding attribute in the source is nullable'
  }
  if (field.type.kind === 'enum') {
    if (from.type.kind === 'enum') {
      const [type, source] = [layout.enums.get(field.type.name), base.enums.get(from.type.name)]
      if (type === undefined || source === undefined) return null
      if (source.labels.every((label) => type.labels.includes(label))) return null
      const name = ({ schemaName }: Layout, one: EnumTable) => `"${schemaName}"."${one.name}"`
      return `the enum type ${name(base, source)} contains values not present in ${name(layout, type)}`
    }
    return `is an enum ${typeText(field)}, but its type in the source is ${typeText(from)}`
  }
  if (storedAs(field) === storedAs(from) && field.isList === from.isList) return null
  return `has type ${typeText(field)}, but its type in the source is ${typeText(from)}`
}

/** What makes two columns of one kind: a String may become an ID, a BigInt no BigDecimal. */
function storedAs({ type }: Field): string {
  if (type.kind === 'enum') return 'enum'
  const name = type.kind === 'reference' ? type.idType : type.name
  return name === 'ID' ? 'String' : name
}

/** `[String!]!`, as the schema has it. */
function typeText({ type, isList, isNonNull, isElementNonNull }: Field): string {
  const element = isList ? `[${type.name}${isElementNonNull ? '!' : ''}]` : type.name
  return `${element}${isNonNull ? '!' : ''}`
}
