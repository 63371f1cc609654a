import { Kind, type ValueNode } from 'graphql'

/** A value of a query, from its text or its variables, before anything is known about what it should be. */
export type QueryValue =
  | { readonly kind: 'Null' }
  | { readonly kind: 'Boolean'; readonly value: boolean }
  | { readonly kind: 'Int'; readonly value: bigint }
  | { readonly kind: 'Float'; readonly value: number }
  | { readonly kind: 'String'; readonly value: string }
  | { readonly kind: 'Enum'; readonly value: string }
  | { readonly kind: 'List'; readonly values: readonly QueryValue[] }
  | { readonly kind: 'Object'; readonly fields: ReadonlyMap<string, QueryValue> }

export type Variables = ReadonlyMap<string, QueryValue>

export const nullValue: QueryValue = { kind: 'Null' }

/** A literal, its variables filled in; one without a value is null. */
export function valueOfNode(node: ValueNode, variables: Variables): QueryValue {
  switch (node.kind) {
    case Kind.VARIABLE:
      return variables.get(node.name.value) ?? nullValue
    case Kind.NULL:
      return nullValue
    case Kind.BOOLEAN:
      return { kind: 'Boolean', value: node.value }
    case Kind.INT:
      return { kind: 'Int', value: BigInt(node.value) }
    case Kind.FLOAT:
      return { kind: 'Float', value: Number(node.value) }
    case Kind.STRING:
      return { kind: 'String', value: node.value }
    case Kind.ENUM:
      return { kind: 'Enum', value: node.value }
    case Kind.LIST:
      return { kind: 'List', values: node.values.map((value) => valueOfNode(value, variables)) }
    case Kind.OBJECT:
      return {
        kind: 'Object',
        fields: new Map(node.fields.map((field) => [field.name.value, valueOfNode(field.value, variables)])),
      }
  }
}

/** A variable's JSON. Whole numbers beyond 32 bits are floats, as in graph-node. */
export function valueOfJson(json: unknown): QueryValue {
  if (json === null || json === undefined) return nullValue
  if (typeof json === 'boolean') return { kind: 'Boolean', value: json }
  if (typeof json === 'string') return { kind: 'String', value: json }
  if (typeof json === 'number') {
    return isInt32(json) ? { kind: 'Int', value: BigInt(json) } : { kind: 'Float', value: json }
  }
  if (Array.isArray(json)) return { kind: 'List', values: json.map(valueOfJson) }
  return {
    kind: 'Object',
    fields: new Map(Object.entries(json as object).map(([name, value]) => [name, valueOfJson(value)])),
  }
}

/** How graph-node prints a value in a message: Rust's debug form, object keys sorted, integers cut to 32 bits. */
export function debugValue(value: QueryValue): string {
  switch (value.kind) {
    case 'Null':
      return 'Null'
    case 'Boolean':
      return `Boolean(${value.value})`
    case 'Int':
      return `Int(Number(${BigInt.asIntN(32, value.value)}))`
    case 'Float':
      return `Float(${debugFloat(value.value)})`
    case 'String':
      return `String(${debugText(value.value)})`
    case 'Enum':
      return `Enum(${debugText(value.value)})`
    case 'List':
      return `List([${value.values.map(debugValue).join(', ')}])`
    case 'Object':
      return `Object({${[...value.fields]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, field]) => `${debugText(name)}: ${debugValue(field)}`)
        .join(', ')}})`
  }
}

function isInt32(number: number): boolean {
  return Number.isInteger(number) && number >= -(2 ** 31) && number < 2 ** 31
}

/** Rust writes a whole float with `.0`, and uses an exponent below 1e-5 and from 1e16 on. */
function debugFloat(number: number): string {
  if (!Number.isFinite(number)) return number > 0 ? 'inf' : '-inf'
  const size = Math.abs(number)
  if (size !== 0 && (size < 1e-5 || size >= 1e16)) return number.toExponential().replace('e+', 'e')
  return Number.isInteger(number) ? `${number}.0` : String(number)
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\0',
}

/** A text as Rust prints it in a message. */
export function debugText(text: string): string {
  return `"${text.replace(unprintable, escaped)}"`
}

/** One character as Rust prints it in a message. */
export function debugLetter(letter: string): string {
  if (letter === "'") return "'\\''"
  return letter === '"' ? `'"'` : `'${letter.replace(unprintable, escaped)}'`
}

/** What does not print, or only together with the letter before. */
const unprintable = /["\\]|[^\P{C}]|[^\P{Z} ]|\p{Grapheme_Extend}/gu

function escaped(letter: string): string {
  return escapes[letter] ?? `\\u{${letter.codePointAt(0)?.toString(16)}}`
}
