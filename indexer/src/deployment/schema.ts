/** Kinds a field's value can have; a reference is stored as its target's id. */
export type ScalarName = 'ID' | 'String' | 'Bytes' | 'Boolean' | 'Int' | 'Int8' | 'BigInt' | 'BigDecimal' | 'Timestamp'
export type IdType = 'String' | 'Bytes' | 'Int8'

export type FieldType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'enum'; readonly name: string }
  /** An entity or interface type. */
  | { readonly kind: 'reference'; readonly name: string; readonly idType: IdType }

export interface Field {
  readonly name: string
  readonly description?: string
  readonly type: FieldType
  readonly isList: boolean
  readonly isNonNull: boolean
  /** Of a list: its elements. */
  readonly isElementNonNull: boolean
  /** Name of the field of the target that points back. Derived fields are never stored. */
  readonly derivedFrom?: string
}

export interface EntityType {
  readonly kind: 'entity'
  readonly name: string
  readonly description?: string
  readonly idType: IdType
  readonly isImmutable: boolean
  readonly isTimeseries: boolean
  readonly skipDuplicates: boolean
  readonly interfaces: readonly string[]
  /** In schema order, `id` included. */
  readonly fields: readonly Field[]
}

export interface InterfaceType {
  readonly kind: 'interface'
  readonly name: string
  readonly description?: string
  readonly idType: IdType
  readonly fields: readonly Field[]
  /** Names of the entity types that implement it, in schema order. */
  readonly implementations: readonly string[]
}

export interface AggregationType {
  readonly kind: 'aggregation'
  readonly name: string
  readonly description?: string
  readonly idType: 'Int8'
  readonly intervals: readonly ('hour' | 'day')[]
  /** The timeseries it sums up. */
  readonly source: string
  /** `id`, `timestamp`, dimensions and aggregates, in schema order. */
  readonly fields: readonly Field[]
  readonly dimensions: readonly string[]
  readonly aggregates: readonly Aggregate[]
}

export interface Aggregate {
  readonly field: string
  readonly fn: 'sum' | 'count' | 'min' | 'max' | 'first' | 'last'
  /** A field of the source or an SQL expression over its fields; absent for count. */
  readonly arg?: string
  readonly isCumulative: boolean
}

export interface EnumType {
  readonly name: string
  readonly description?: string
  readonly values: readonly string[]
}

/** A subgraph's input schema, parsed. Maps keep schema order. */
export interface Schema {
  readonly entities: ReadonlyMap<string, EntityType>
  readonly interfaces: ReadonlyMap<string, InterfaceType>
  readonly aggregations: ReadonlyMap<string, AggregationType>
  readonly enums: ReadonlyMap<string, EnumType>
  /** The SDL it came from. */
  readonly text: string
}
