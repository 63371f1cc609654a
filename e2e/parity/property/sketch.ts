/**
 * A subgraph that was made up: its schema, and what is written in which block. Plain data, so that it can be made smaller
 * where its queries are answered differently.
 */
export interface Sketch {
  readonly enums: readonly EnumSketch[]
  readonly interfaces: readonly InterfaceSketch[]
  readonly types: readonly TypeSketch[]
  readonly aggregations: readonly AggregationSketch[]
  readonly searches: readonly SearchSketch[]
  readonly blocks: readonly (readonly Write[])[]
  /** Blocks that a reorg takes away, and those in their place. */
  readonly orphaned: readonly (readonly Write[])[]
  readonly kept: readonly (readonly Write[])[]
}

export interface EnumSketch {
  readonly name: string
  readonly values: readonly string[]
}

export interface InterfaceSketch {
  readonly name: string
  readonly fields: readonly FieldSketch[]
}

export interface TypeSketch {
  readonly name: string
  readonly kind: 'mutable' | 'immutable' | 'timeseries'
  readonly interfaces: readonly string[]
  readonly fields: readonly FieldSketch[]
}

export interface FieldSketch {
  readonly name: string
  /** A scalar, an enum, a type or an interface. */
  readonly type: string
  readonly isList: boolean
  readonly isRequired: boolean
  readonly derivedFrom?: string
}

export interface AggregationSketch {
  readonly name: string
  readonly source: string
  readonly intervals: readonly string[]
  readonly dimensions: readonly FieldSketch[]
  readonly aggregates: readonly {
    readonly name: string
    readonly type: string
    readonly fn: string
    /** A field of the source, or an expression. */
    readonly arg?: string
    /** The fields in it. */
    readonly reads: readonly string[]
    readonly isCumulative: boolean
  }[]
}

export interface SearchSketch {
  readonly name: string
  readonly type: string
  readonly fields: readonly string[]
  readonly language: string
  readonly algorithm: string
}

/** One entity set, or removed where there is no row. The id is its text. */
export interface Write {
  /** Of this write among all of the sketch. */
  readonly key: number
  readonly type: string
  readonly id: string
  readonly row: Readonly<Record<string, Value>> | null
}

/** Of a scalar's kind as text: bytes in hex with `0x`. */
export type Value = null | { readonly kind: ValueKind; readonly text: string } | { readonly items: readonly Value[] }

export type ValueKind = 'String' | 'Int' | 'BigDecimal' | 'Boolean' | 'Bytes' | 'BigInt' | 'Int8' | 'Timestamp'

/** The sketch's `schema.graphql`. */
export function schemaOf({ enums, interfaces, types, aggregations, searches }: Sketch): string {
  return [
    ...enums.map(({ name, values }) => `enum ${name} {\n${values.map((value) => `  ${value}\n`).join('')}}\n`),
    ...interfaces.map(({ name, fields }) => `interface ${name} {\n${fields.map(fieldLine).join('')}}\n`),
    ...types.map((type) => {
      const isOf = type.interfaces.length > 0 ? ` implements ${type.interfaces.join(' & ')}` : ''
      const entity = type.kind === 'timeseries' ? 'timeseries: true' : `immutable: ${type.kind === 'immutable'}`
      return `type ${type.name}${isOf} @entity(${entity}) {\n${type.fields.map(fieldLine).join('')}}\n`
    }),
    ...aggregations.map(printAggregation),
    ...(searches.length === 0 ? [] : [`type _Schema_\n${searches.map(printSearch).join('\n')}\n`]),
  ].join('\n')
}

function fieldLine({ name, type, isList, isRequired, derivedFrom }: FieldSketch): string {
  const derived = derivedFrom === undefined ? '' : ` @derivedFrom(field: "${derivedFrom}")`
  return `  ${name}: ${isList ? `[${type}!]` : type}${isRequired ? '!' : ''}${derived}\n`
}

function printAggregation({ name, source, intervals, dimensions, aggregates }: AggregationSketch): string {
  const lines = aggregates.map(({ name, type, fn, arg, isCumulative }) => {
    const args = [
      `fn: "${fn}"`,
      ...(arg === undefined ? [] : [`arg: "${arg}"`]),
      ...(isCumulative ? ['cumulative: true'] : []),
    ]
    return `  ${name}: ${type}! @aggregate(${args.join(', ')})\n`
  })
  const head = '  id: Int8!\n  timestamp: Timestamp!\n'
  const directive = `@aggregation(intervals: ${JSON.stringify(intervals)}, source: "${source}")`
  return `type ${name} ${directive} {\n${head}${dimensions.map(fieldLine).join('')}${lines.join('')}}\n`
}

function printSearch({ name, type, fields, language, algorithm }: SearchSketch): string {
  const names = fields.map((field) => `{ name: "${field}" }`).join(', ')
  return `  @fulltext(name: "${name}", language: ${language}, algorithm: ${algorithm}, include: [{ entity: "${type}", fields: [${names}] }])`
}
