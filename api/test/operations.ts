/**
 * Makes up operations on a schema: aliases, fragments of every kind, conditional and repeated fields, literals and variables.
 * The same seed makes the same operation. Some are invalid (two fields of one name that differ); the caller drops those.
 */
import type { GraphQLCompositeType, GraphQLField, GraphQLSchema } from 'graphql'
import { getNamedType, isAbstractType, isCompositeType, isInterfaceType, isObjectType } from 'graphql'

export interface MadeOperation {
  readonly source: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** Mulberry32: small, seeded, good enough to choose fields with. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export function makeOperation(schema: GraphQLSchema, seed: number): MadeOperation {
  const maker = new Maker(schema, random(seed))
  const query = schema.getQueryType()
  if (!query) {
    throw new Error('a schema without a query type')
  }
  const body = maker.selection(query, 4)
  const used = [...maker.variables]
  const definitions = used.map(([name, { definition }]) => `$${name}: ${definition}`).join(', ')
  return {
    source: `query${definitions && `(${definitions})`} ${body}\n${[...maker.fragments.values()].join('\n')}`,
    variables: Object.fromEntries(used.flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]]))),
  }
}

interface Variable {
  readonly definition: string
  /** Undefined: left out, so that the default counts. */
  readonly value: unknown
}

class Maker {
  readonly schema: GraphQLSchema
  readonly random: () => number
  readonly variables = new Map<string, Variable>()
  readonly fragments = new Map<string, string>()
  budget = 60

  constructor(schema: GraphQLSchema, next: () => number) {
    this.schema = schema
    this.random = next
  }

  selection(type: GraphQLCompositeType, depth: number): string {
    const count = 1 + this.below(4)
    const parts = Array.from({ length: count }, () => this.part(type, depth)).filter(Boolean)
    return `{ ${parts.length > 0 ? parts.join(' ') : '__typename'} }`
  }

  part(type: GraphQLCompositeType, depth: number): string {
    this.budget -= 1
    const kind = this.random()
    if (depth > 0 && this.budget > 0 && kind < (isAbstractType(type) ? 0.5 : 0.15)) {
      return this.fragment(type, depth)
    }
    if (kind > 0.95 || !(isObjectType(type) || isInterfaceType(type))) {
      return `__typename${this.directive()}`
    }
    const fields = Object.values(type.getFields()).filter(
      (field) => depth > 0 || !isCompositeType(getNamedType(field.type)),
    )
    const field = fields[this.below(fields.length)]
    return field ? this.field(field, depth) : '__typename'
  }

  field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const type = getNamedType(field.type)
    if (isCompositeType(type) && this.budget <= 0) {
      return '__typename'
    }
    const args = this.args(field)
    const alias = this.alias(field, args)
    return `${alias}${field.name}${args}${this.directive()}${isCompositeType(type) ? this.selection(type, depth - 1) : ''}`
  }

  /** Mostly an alias that depends on the arguments, so that repeated fields merge; sometimes one that may collide. */
  alias(field: GraphQLField<unknown, unknown>, args: string): string {
    const kind = this.random()
    if (kind < 0.03) {
      return `x${this.below(3)}: `
    }
    if (args || kind < 0.25) {
      return `${field.name}${[...args].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 9973, 7)}: `
    }
    return ''
  }

  fragment(type: GraphQLCompositeType, depth: number): string {
    const condition = this.condition(type)
    const on = this.schema.getType(condition)
    const inner = isCompositeType(on) ? on : type
    const kind = this.random()
    if (kind < 0.3 && condition === type.name) {
      return `...${this.directive()} ${this.selection(type, depth)}`
    }
    if (kind < 0.65) {
      return `... on ${condition}${this.directive()} ${this.selection(inner, depth)}`
    }
    const known = [...this.fragments.keys()].filter((name) => name.startsWith(`${condition}_`))
    if (known.length > 0 && this.random() < 0.5) {
      return `...${known[this.below(known.length)]}${this.directive()}`
    }
    const body = this.selection(inner, depth - 1)
    const name = `${condition}_${this.fragments.size}`
    this.fragments.set(name, `fragment ${name} on ${condition} ${body}`)
    return `...${name}${this.directive()}`
  }

  condition(type: GraphQLCompositeType): string {
    const candidates = isAbstractType(type)
      ? [type, ...this.schema.getPossibleTypes(type)]
      : [type, ...(isObjectType(type) ? type.getInterfaces() : [])]
    return candidates[this.below(candidates.length)]?.name ?? type.name
  }

  directive(): string {
    if (this.random() > 0.2) {
      return ''
    }
    const name = this.random() < 0.5 ? 'skip' : 'include'
    const kind = this.random()
    if (kind < 0.25) {
      return ` @${name}(if: ${kind < 0.12})`
    }
    const variable = `b${this.below(3)}`
    if (!this.variables.has(variable)) {
      const value = this.random() < 0.5
      const withDefault = this.random() < 0.3
      this.variables.set(variable, {
        definition: withDefault ? `Boolean! = ${value}` : 'Boolean!',
        value: withDefault && this.random() < 0.5 ? undefined : value,
      })
    }
    return ` @${name}(if: $${variable})`
  }

  args(field: GraphQLField<unknown, unknown>): string {
    const parts = field.args.flatMap((arg) => this.arg(arg.name, String(arg.type)))
    return parts.length > 0 ? `(${parts.join(', ')})` : ''
  }

  arg(name: string, type: string): string[] {
    if (!type.endsWith('!') && this.random() < 0.6) {
      return []
    }
    switch (name) {
      case 'first':
      case 'skip':
        return [`${name}: ${this.value('Int', String(this.below(6) + (name === 'first' ? 1 : 0)), Number)}`]
      case 'id':
        return [`${name}: ${this.value('ID!', JSON.stringify(this.id()), JSON.parse)}`]
      case 'handle':
        return [
          `${name}: ${this.value('String!', ['"mara"', '"ilse"', '"nobody"'][this.below(3)] ?? '""', JSON.parse)}`,
        ]
      case 'upper':
        return [`${name}: ${this.random() < 0.5}`]
      case 'where':
        return [`${name}: ${this.where(type)}`]
      default:
        return [] // one block for the whole operation
    }
  }

  where(type: string): string {
    const kind = this.random()
    const ids = `[${JSON.stringify(this.id())}, ${this.value('Bytes!', JSON.stringify(this.id()), JSON.parse)}]`
    if (kind < 0.3) {
      return this.value(type, '{}', () => ({ id_in: [this.id(), this.id(), this.id()] }))
    }
    if (kind < 0.6 || type === 'Account_filter') {
      return `{ id_in: ${ids} }`
    }
    return kind < 0.8 ? '{ and: [{ name_not: null }, { name_not: "Token 0" }] }' : `{ owner_: { id_in: ${ids} } }`
  }

  /** The literal, or a variable of that value, or one of that default. */
  value(type: string, literal: string, parse: (text: string) => unknown): string {
    if (this.random() < 0.5) {
      return literal
    }
    const name = `v${this.variables.size}`
    const nullable = type.replace(/!$/, '')
    this.variables.set(
      name,
      this.random() < 0.3 && !type.includes('filter')
        ? { definition: `${type} = ${literal}`, value: undefined }
        : { definition: type === nullable ? nullable : type, value: parse(literal) },
    )
    return `$${name}`
  }

  id(): string {
    return ['0x700', '0x701', '0x702', '0x703', '0x704', '0x705', '0x706', '0xa0', '0xa1', '0xa2', '0xa3', '0xff'][
      this.below(12)
    ] as string
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit)
  }
}
