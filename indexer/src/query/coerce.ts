import { type GraphQLInputType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql'
import { nullValue, type QueryValue } from './query-value.ts'

/**
 * Checks a value against an input type the way graph-node does: numbers for BigInts and strings for enums are welcome,
 * strings for Ints and single values for lists are not.
 * @returns the value, integers for IDs and floats for BigDecimals made strings; undefined if it does not fit
 * @see graphprotocol/graph-node graphql/src/values/coercion.rs
 */
export function coerce(value: QueryValue, type: GraphQLInputType): QueryValue | undefined {
  if (isNonNullType(type)) return value.kind === 'Null' ? undefined : coerce(value, type.ofType)
  if (value.kind === 'Null') return nullValue
  if (isListType(type)) return coerceList(value, type.ofType)
  if (isInputObjectType(type)) return coerceObject(value, type.getFields())
  if (isEnumType(type)) {
    const isName = value.kind === 'Enum' || value.kind === 'String'
    return isName && type.getValue(value.value) ? { kind: 'Enum', value: value.value } : undefined
  }
  return coerceScalar(value, type.name)
}

function coerceList(value: QueryValue, type: GraphQLInputType): QueryValue | undefined {
  if (value.kind !== 'List') return undefined
  const values: QueryValue[] = []
  for (const element of value.values) {
    const coerced = coerce(element, type)
    if (coerced === undefined) return undefined
    values.push(coerced)
  }
  return { kind: 'List', values }
}

function coerceObject(
  value: QueryValue,
  types: Readonly<Record<string, { readonly type: GraphQLInputType }>>,
): QueryValue | undefined {
  if (value.kind !== 'Object') return undefined
  const fields = new Map<string, QueryValue>()
  for (const [name, field] of value.fields) {
    const type = Object.hasOwn(types, name) ? types[name]?.type : undefined
    const coerced = type && coerce(field, type)
    if (coerced === undefined) return undefined
    fields.set(name, coerced)
  }
  return { kind: 'Object', fields }
}

function coerceScalar(value: QueryValue, type: string): QueryValue | undefined {
  switch (type) {
    case 'Boolean':
      return value.kind === 'Boolean' ? value : undefined
    case 'Int':
      return value.kind === 'Int' && BigInt.asIntN(32, value.value) === value.value ? value : undefined
    case 'Timestamp':
      return value.kind === 'String' && isTime(value.value) ? value : undefined
    case 'String':
    case 'Bytes':
      return value.kind === 'String' ? value : undefined
    case 'Int8':
    case 'BigInt':
    case 'ID':
      if (value.kind === 'Int') return { kind: 'String', value: value.value.toString() }
      return value.kind === 'String' ? value : undefined
    case 'BigDecimal':
      if (value.kind === 'Float') return { kind: 'String', value: String(value.value) }
      if (value.kind === 'Int') return { kind: 'String', value: value.value.toString() }
      return value.kind === 'String' ? value : undefined
    default:
      return undefined
  }
}

/** Microseconds, as Rust reads a 64-bit integer, of a time that its calendar has; before 1970 only whole seconds are taken. */
function isTime(text: string): boolean {
  if (!/^[+-]?\d+$/.test(text)) return false
  const micros = BigInt(text.replace('+', ''))
  return micros >= firstMicros && micros <= lastMicros && micros % 1_000_000n >= 0n
}

/** From the beginning of the year -262143 to the end of 262142. */
const firstMicros = -8_334_601_228_800_000_000n
const lastMicros = 8_210_266_876_799_999_999n
