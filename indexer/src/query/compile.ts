import type { Field } from '../deployment/schema.ts'
import type { QueryProblem } from '../errors.ts'
import type { Layout, Table } from '../store/layout.ts'
import { type Sql, sql } from '../store/sql.ts'
import { compileCondition } from './compile-filter.ts'
import { type At, isVisible, Scope } from './compile-scope.ts'
import { compileSearch } from './compile-search.ts'
import { problemAt } from './document.ts'
import { aggregateJson, type JsonPart, joinJson, scalarJson } from './json-sql.ts'
import { linkOf } from './link.ts'
import { withOpenBuckets } from './open-buckets.ts'
import type { EntitiesPlan, FieldPlan, ListPlan, RefusedPlan, TargetPlan } from './plan.ts'

/**
 * Marks in an answer where something is wrong with a row: `\x01<number>\x01`. No JSON text holds such a character unescaped.
 * The number is a place in {@link Faults}.
 */
export const faultMark = '\u0001'

/** What can turn out to be wrong while rows are read, by the number its mark carries. */
export interface Fault {
  /** `read`: told once, however many rows it is found in, and instead of all that is found while rows are told. */
  readonly step: RefusedPlan['step']
  readonly problems: readonly QueryProblem[]
}

/**
 * Compiles a root field to an expression that yields its JSON as text, `null` where there is nothing.
 * Values are parameters; names come from the layout.
 * @param at - the block whose state is read; null for the latest
 * @param faults - grows by what the answer may be marked with
 */
export function compileRoot(plan: EntitiesPlan, layout: Layout, at: At, faults: Fault[]): Sql {
  const compiler = new Compiler(layout, at, faults, plan.buckets)
  return compiler.root(plan)
}

class Compiler {
  readonly #layout: Layout
  readonly #at: At
  readonly #faults: Fault[]
  readonly #buckets: EntitiesPlan['buckets']
  #aliasCount = 0

  constructor(layout: Layout, at: At, faults: Fault[], buckets: EntitiesPlan['buckets']) {
    this.#layout = layout
    this.#at = at
    this.#faults = faults
    this.#buckets = buckets
  }

  root({ find, target, search }: EntitiesPlan): Sql {
    if (find.kind === 'list') return this.#list(target, find.list, () => [], search)
    const byId = this.#objects(target, (scope) => {
      const id = scope.column('id')
      return sql`${id.ident} = ${sql.value(find.id)}::${id.cast}`
    })
    return sql`coalesce(${byId}, 'null')`
  }

  /** The first object of any of the target's types that is so, as JSON; null if there is none. An id belongs to one only. */
  #objects(target: TargetPlan, isSo: (scope: Scope) => Sql): Sql {
    const each = target.selections.map(({ type, fields }) => {
      const scope = this.#scope(type.name)
      const json = this.#object(fields, scope)
      return sql`(select ${json} from ${scope.from} where ${sql.join([isSo(scope), ...this.#visible(scope)], and)})`
    })
    return each.length === 1 && each[0] ? each[0] : sql`coalesce(${sql.join([...each, sql`null`])})`
  }

  #list(target: TargetPlan, list: ListPlan, areSo: (scope: Scope) => Sql[], search?: EntitiesPlan['search']): Sql {
    const [only] = target.selections
    const rows =
      target.selections.length === 1 && only
        ? this.#rows(only, list, areSo, search)
        : this.#mixedRows(target, list, areSo)
    return sql`(select concat('[', string_agg(${rows.json}, ','), ']') from ${rows.from})`
  }

  /** Rows of one table: found and cut to size first, so that only those of the answer are made into JSON. */
  #rows(
    { type, fields }: TargetPlan['selections'][number],
    list: ListPlan,
    areSo: (scope: Scope) => Sql[],
    search?: EntitiesPlan['search'],
  ): { json: Sql; from: Sql } {
    const scope = this.#scope(type.name)
    const json = this.#object(fields, scope)
    const { conditions, joins, keys } = this.#search(scope, list, areSo)
    const match = search && compileSearch(search.in, search.text, scope)
    const matching = match ? [match.condition, ...conditions] : conditions
    const order = match ? sql`${match.rank} asc, ${keys}` : keys
    const found = sql`select ${scope.used()} from ${scope.from}${joins}${where(matching)} order by ${order}${page(list)}`
    return { json, from: sql`(${found}) ${scope.alias}` }
  }

  /** Rows of several tables in one order. What is sorted are keys and row addresses; the rows are fetched afterwards. */
  #mixedRows(target: TargetPlan, list: ListPlan, areSo: (scope: Scope) => Sql[]): { json: Sql; from: Sql } {
    const mixed = sql.ident(`m${this.#aliasCount++}`)
    const direction = sql.trusted(list.order.direction)
    const keys = list.order.by ? sql`key ${direction}, id ${direction}` : sql`id ${direction}`
    const fetches: Sql[] = []
    const branches = target.selections.map(({ type, fields }, index) => {
      const number = sql.int(index)
      const row = this.#scope(type.name)
      fetches.push(
        sql`when ${number} then (select ${this.#object(fields, row)} from ${row.from} where ${row.alias}.ctid = ${mixed}.row)`,
      )
      const scope = this.#scope(type.name)
      const { conditions, joins, key } = this.#search(scope, list, areSo)
      const id = scope.column('id').ident
      const sortKey = key ? sql`, ${key} as key` : sql.empty
      const limit = list.first + list.skip
      const found = sql`select ${number} as kind, ${scope.alias}.ctid as row, ${id} as id${sortKey} from ${scope.from}${joins}`
      return sql`(${found}${where(conditions)} order by ${keys} limit ${sql.int(limit)})`
    })
    const union =
      branches.length === 0
        ? sql`select 0 as kind, null::tid as row, null as id where false`
        : sql.join(branches, unionAll)
    const order = branches.length === 0 ? sql.empty : sql` order by ${keys}${page(list)}`
    const json = fetches.length === 0 ? sql`null` : sql`case ${mixed}.kind ${sql.join(fetches, space)} end`
    return { json, from: sql`(${union}${order}) ${mixed}` }
  }

  #search(
    scope: Scope,
    { order, where: condition }: ListPlan,
    areSo: (scope: Scope) => Sql[],
  ): { conditions: Sql[]; joins: Sql; keys: Sql; key?: Sql } {
    const filter = compileCondition(condition, { scope, at: this.#at, newScope: (type) => this.#scope(type) })
    const conditions = [...areSo(scope), ...this.#visible(scope), ...(filter ? [filter] : [])]
    const direction = sql.trusted(order.direction)
    const id = scope.column('id').ident
    if (!order.by) return { conditions, joins: sql.empty, keys: sql`${id} ${direction}` }
    const { field, through } = order.by
    const child = through && this.#childKey(scope, through, field)
    if (child) {
      return {
        conditions,
        joins: child.joins,
        keys: sql`${child.key} ${direction}, ${id} ${direction}`,
        key: child.key,
      }
    }
    const column = scope.column(field.name)
    // Sorting by the beginning first changes nothing, but an index has rows in that order.
    const first = column.prefixOf ? sql`${column.prefixOf(column.ident)} ${direction}, ` : sql.empty
    return {
      conditions,
      joins: sql.empty,
      keys: sql`${first}${column.ident} ${direction}, ${id} ${direction}`,
      key: column.ident,
    }
  }

  /** Joins what a reference leads to, for the sake of its order. Of an interface, whichever type has the entity. */
  #childKey(scope: Scope, through: Field, field: Field): { joins: Sql; key: Sql } {
    const children = this.#typesOf(through).map((type) => this.#scope(type))
    const joins = children.map((child) => {
      const conditions = [linkOf(scope, through, child), ...this.#visible(child)]
      return sql` left join ${child.from} on ${sql.join(conditions, and)}`
    })
    const keys = children.map((child) => child.column(field.name).ident)
    const [only] = keys
    return {
      joins: sql.join(joins, sql.empty),
      key: keys.length === 1 && only ? only : sql`coalesce(${sql.join(keys)})`,
    }
  }

  #object(fields: readonly FieldPlan[], scope: Scope): Sql {
    const parts: JsonPart[] = []
    for (const [index, field] of fields.entries()) {
      parts.push(`${index === 0 ? '{' : ','}${JSON.stringify(field.key)}:`, this.#field(field, scope))
    }
    return joinJson(fields.length === 0 ? ['{}'] : [...parts, '}'])
  }

  #field(plan: FieldPlan, scope: Scope): JsonPart {
    switch (plan.kind) {
      case 'typename':
        return JSON.stringify(scope.type)
      case 'refused':
        return this.#mark(plan)
      case 'scalar':
        return this.#buckets ? aggregateJson(scope.column(plan.field.name)) : scalarJson(scope.column(plan.field.name))
      case 'unless-empty': {
        const list = scope.column(plan.field.name).ident
        // That a filter cannot be told in SQL is not found out where there is nothing to ask for.
        const size = plan.otherwise.step === 'read' ? sql`coalesce(cardinality(${list}), 0)` : sql`cardinality(${list})`
        return sql`case when ${size} = 0 then '[]' else ${sql.literal(this.#mark(plan.otherwise))} end`
      }
      case 'many': {
        const { field } = plan
        return this.#list(plan.target, plan.list, (child) => [linkOf(scope, field, child)])
      }
      case 'one':
        return this.#one(plan, scope)
    }
  }

  #one(plan: OnePlan, scope: Scope): Sql {
    const { field, target } = plan
    const found =
      field.derivedFrom === undefined
        ? this.#objects(target, (child) => linkOf(scope, field, child))
        : this.#derivedOne(plan, scope)
    return sql`coalesce(${found}, ${sql.literal(field.isNonNull ? this.#mark(isNull(plan)) : 'null')})`
  }

  /** Nothing keeps two entities from pointing back at one that expects a single one. */
  #derivedOne(plan: OnePlan, scope: Scope): Sql {
    const each = plan.target.selections.map(({ type, fields }) => {
      const child = this.#scope(type.name)
      const conditions = sql.join([linkOf(scope, plan.field, child), ...this.#visible(child)], and)
      return sql`(select ${this.#object(fields, child)} as json from ${child.from} where ${conditions} limit 2)`
    })
    const mark = sql.literal(this.#mark(isAmbiguous(plan)))
    const found = sql.ident(`d${this.#aliasCount++}`)
    const all = each.length === 0 ? sql`select null as json where false` : sql.join(each, unionAll)
    return sql`(select case when count(*) > 1 then ${mark} else min(json) end from (${all}) ${found})`
  }

  #mark({ step, problems }: Fault): string {
    return `${faultMark}${this.#faults.push({ step, problems }) - 1}${faultMark}`
  }

  #visible(scope: Scope): Sql[] {
    const condition = isVisible(scope, this.#at)
    return condition ? [condition] : []
  }

  #typesOf({ type }: Field): readonly string[] {
    if (type.kind !== 'reference') return []
    if (this.#layout.tables.has(type.name)) return [type.name]
    const all = [...this.#layout.tables.values()]
    return all.flatMap((table) => (implementsType(table, type.name) ? [table.type.name] : []))
  }

  #scope(type: string): Scope {
    const alias = `t${this.#aliasCount++}`
    const table = this.#layout.tables.get(type)
    if (table) return new Scope(table, alias)
    const buckets = this.#layout.tables.get(`${type}/${this.#buckets?.interval}`)
    if (!buckets) throw new Error(`the layout has no table for ${type}`)
    if (!this.#buckets?.isCurrentIncluded) return new Scope(buckets, alias)
    return new Scope(buckets, alias, withOpenBuckets(buckets, this.#layout, this.#at))
  }
}

type OnePlan = FieldPlan & { readonly kind: 'one' }

function isNull({ field, node }: OnePlan): Fault {
  const problem = problemAt(node, `Null value resolved for non-null field \`${field.name}\``)
  return { step: 'tell', problems: [problem] }
}

function isAmbiguous({ field, node }: OnePlan): Fault {
  const many = `Multiple \`${field.type.name}\` entities refer back via \`${field.derivedFrom}\``
  const problem = problemAt(node, `Ambiguous result for derived field \`${field.name}\`: ${many}`)
  return { step: 'tell', problems: [problem] }
}

function implementsType({ type }: Table, name: string): boolean {
  return type.kind === 'entity' && type.interfaces.includes(name)
}

function where(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql.empty : sql` where ${sql.join(conditions, and)}`
}

/** `first` stands in the text: Postgres chooses a better plan once it sees how few rows are wanted. */
function page({ first, skip }: ListPlan): Sql {
  return skip === 0 ? sql` limit ${sql.int(first)}` : sql` limit ${sql.int(first)} offset ${sql.value(skip)}::int8`
}

const and = sql` and `
const space = sql` `
const unionAll = sql` union all `
