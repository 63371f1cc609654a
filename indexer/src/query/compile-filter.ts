import { type Sql, sql } from '../store/sql.ts'
import { type At, isChangedSince, isVisible, type Scope, type ScopedColumn } from './compile-scope.ts'
import type { Comparison, Condition } from './filter.ts'
import { linkOf } from './link.ts'

export interface FilterContext {
  readonly scope: Scope
  readonly at: At
  /** Another table of the statement, under an alias of its own. */
  readonly newScope: (type: string) => Scope
}

/** @returns undefined for what is always true */
export function compileCondition(condition: Condition, context: FilterContext): Sql | undefined {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return compileAll(condition.kind, condition.of, context)
    case 'changed':
      return isChangedSince(context.scope, sql`${sql.value(condition.since)}::int4`)
    case 'child':
      return compileChild(condition, context)
    default:
      return guarded(condition, compileTest(condition, context.scope.column(condition.field.name)), context)
  }
}

/**
 * A pattern that ends within an escape fails on what it is tried on: so it is tried neither on versions that nobody asks for nor on
 * statistics.
 */
function guarded(test: Test, compiled: Sql, { scope, at }: FilterContext): Sql {
  const visible = isVisible(scope, at)
  const mayFail = test.kind === 'like' && /(?<!\\)(\\\\)*\\$/.test(test.pattern)
  return mayFail && visible ? sql`case when ${visible} then ${compiled} end` : compiled
}

function compileAll(word: 'and' | 'or', conditions: readonly Condition[], context: FilterContext): Sql | undefined {
  const pieces: Sql[] = []
  for (const condition of conditions) {
    const piece = compileCondition(condition, context)
    if (piece) pieces.push(piece)
    else if (word === 'or') return undefined
  }
  if (pieces.length === 0) return word === 'and' ? undefined : sql`false`
  const [only] = pieces
  return pieces.length === 1 && only ? only : sql`(${sql.join(pieces, word === 'and' ? sql` and ` : sql` or `)})`
}

function compileChild({ field, target, of }: Condition & { readonly kind: 'child' }, context: FilterContext): Sql {
  const each = target.concrete.map((type) => {
    const child = context.newScope(type)
    const inner = compileCondition(of, { ...context, scope: child })
    const visible = isVisible(child, context.at)
    const conditions = [linkOf(context.scope, field, child), ...(visible ? [visible] : []), ...(inner ? [inner] : [])]
    return sql`exists (select from ${child.from} where ${sql.join(conditions, sql` and `)})`
  })
  return each.length === 0 ? sql`false` : sql`(${sql.join(each, sql` or `)})`
}

/** What holds of the beginnings of two values if the operator holds of the values. */
const prefixOperators: Readonly<Partial<Record<Comparison, string>>> = {
  '=': '=',
  '>': '>=',
  '>=': '>=',
  '<': '<=',
  '<=': '<=',
}

type Test = Exclude<Condition, { readonly kind: 'and' | 'or' | 'changed' | 'child' }>

function compileTest(test: Test, column: ScopedColumn): Sql {
  const { ident, cast } = column
  switch (test.kind) {
    case 'compare': {
      const { operator, operand } = test
      if (operand === null) return operator === '=' ? sql`${ident} is null` : sql`${ident} is not null`
      const value = sql`${sql.value(operand)}::${cast}`
      const whole = sql`${ident} ${sql.trusted(operator)} ${value}`
      const onPrefix = prefixOperators[operator]
      if (!column.prefixOf || onPrefix === undefined) return whole
      return sql`(${column.prefixOf(ident)} ${sql.trusted(onPrefix)} ${column.prefixOf(value)} and ${whole})`
    }
    case 'in': {
      // Nothing is in an empty list, and in graph-node nothing is outside of one either.
      if (test.operands.length === 0) return sql`false`
      const list = sql`${sql.value(test.operands)}::${cast}[]`
      if (test.isNegated) return sql`${ident} <> all(${list})`
      const some = sql`${ident} = any(${list})`
      if (!column.prefixOf) return some
      const prefixes = sql`array(select ${column.prefixOf(sql`v.value`)} from unnest(${list}) v (value))`
      return sql`(${column.prefixOf(ident)} = any(${prefixes}) and ${some})`
    }
    case 'like': {
      const word = `${test.isNegated ? 'not ' : ''}${test.ignoresCase ? 'ilike' : 'like'}`
      return sql`${ident} ${sql.trusted(word)} ${sql.value(test.pattern)}`
    }
    case 'position': {
      const sign = sql.trusted(test.isNegated ? '= 0' : '> 0')
      return sql`position(${sql.value(test.operand)}::bytea in ${ident}) ${sign}`
    }
    case 'contains': {
      const list = sql`${sql.value(test.operands)}::${cast}`
      return test.isNegated ? sql`not ${ident} && ${list}` : sql`${ident} @> ${list}`
    }
    case 'matches': {
      const some = sql`exists (select from unnest(${ident}) e (value) where e.value ilike any(${sql.value(test.patterns)}::text[]))`
      return test.isNegated ? sql`not ${some}` : some
    }
  }
}
