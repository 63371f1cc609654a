import type { FieldType } from '../deployment/schema.ts'
import { type Sql, sql } from '../store/sql.ts'
import type { ScopedColumn } from './compile-scope.ts'

/** JSON that is known, or an expression that yields some as text. */
export type JsonPart = string | Sql

/** Postgres takes at most 100 arguments to a function. */
const maxArguments = 90

/** One expression for parts that stand next to each other. None of them may be null. */
export function joinJson(parts: readonly JsonPart[]): Sql {
  const pieces: Sql[] = []
  let text = ''
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part
      continue
    }
    if (text !== '') pieces.push(sql.literal(text))
    pieces.push(part)
    text = ''
  }
  if (text !== '') pieces.push(sql.literal(text))
  return concat(pieces)
}

function concat(pieces: readonly Sql[]): Sql {
  if (pieces.length <= maxArguments) return sql`concat(${sql.join(pieces)})`
  const groups: Sql[] = []
  for (let from = 0; from < pieces.length; from += maxArguments) {
    groups.push(sql`concat(${sql.join(pieces.slice(from, from + maxArguments))})`)
  }
  return concat(groups)
}

/** A column's value as JSON text in graph-node's form: big numbers and times as strings, bytes as hex. */
export function scalarJson({ field, ident }: ScopedColumn): Sql {
  const isReferenceList = field.type.kind === 'reference' && field.isList
  const json = field.isList && !isReferenceList ? listJson(field.type, ident) : valueJson(field.type, ident)
  return field.isNonNull ? json : sql`coalesce(${json}, 'null')`
}

/** Marks in an answer a number that has all the digits Postgres counted with: `\x02<number>\x02`. */
export const unroundedMark = '\u0002'

/** An aggregate as JSON text. Postgres adds up without rounding; graph-node rounds what it reads. */
export function aggregateJson(column: ScopedColumn): Sql {
  const { field, ident } = column
  if (field.isList || formOf(field.type) !== 'decimal') return scalarJson(column)
  const mark = sql.literal(unroundedMark)
  return sql`coalesce('"' || ${mark} || trim_scale(${ident}) || ${mark} || '"', 'null')`
}

/** Null where the value is. */
function valueJson(type: FieldType, value: Sql): Sql {
  switch (formOf(type)) {
    case 'bare':
      return sql`${value}::text`
    case 'text':
      return sql`to_json(${value})::text`
    case 'hex':
      return sql`('"0x' || encode(${value}, 'hex') || '"')`
    case 'decimal':
      return sql`('"' || trim_scale(${value}) || '"')`
    case 'micros':
      return sql`('"' || ${micros(value)} || '"')`
    case 'quoted':
      return sql`('"' || ${value} || '"')`
  }
}

function listJson(type: FieldType, list: Sql): Sql {
  switch (formOf(type)) {
    case 'bare':
    case 'text':
      return sql`array_to_json(${list})::text`
    case 'hex':
      // Postgres writes bytes as \x…, and JSON escapes the backslash.
      return sql`replace(array_to_json(${list})::text, '"\\\\x', '"0x')`
    case 'quoted':
      return sql`array_to_json(${list}::text[])::text`
    case 'decimal':
      return eachJson(list, (element) => sql`trim_scale(${element})::text`)
    case 'micros':
      return eachJson(list, (element) => sql`${micros(element)}::text`)
  }
}

function eachJson(list: Sql, form: (element: Sql) => Sql): Sql {
  const element = sql`e.value`
  const each = sql`select ${form(element)} from unnest(${list}) with ordinality e (value, place) order by e.place`
  // unnest makes no difference between a missing list and an empty one.
  return sql`case when ${list} is not null then array_to_json(array(${each}))::text end`
}

/** `extract` is exact: it yields a numeric. */
function micros(time: Sql): Sql {
  return sql`trunc(extract(epoch from ${time}) * 1000000)`
}

function formOf(type: FieldType): 'bare' | 'text' | 'hex' | 'decimal' | 'micros' | 'quoted' {
  if (type.kind === 'enum') return 'quoted'
  switch (type.kind === 'reference' ? type.idType : type.name) {
    case 'Int':
    case 'Boolean':
      return 'bare'
    case 'ID':
    case 'String':
      return 'text'
    case 'Bytes':
      return 'hex'
    case 'BigDecimal':
      return 'decimal'
    case 'Timestamp':
      return 'micros'
    case 'Int8':
    case 'BigInt':
      return 'quoted'
  }
}
