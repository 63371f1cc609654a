import type { Field } from '../deployment/schema.ts'
import { type Sql, sql } from '../store/sql.ts'
import type { Scope } from './compile-scope.ts'

/** What ties a child to its parent: the parent's reference, or the child's where the field is derived. */
export function linkOf(parent: Scope, named: Field, child: Scope): Sql {
  // A field that an interface only names may be derived in one of its types and stored in another.
  const field = parent.table.type.fields.find(({ name }) => name === named.name) ?? named
  if (field.derivedFrom === undefined) {
    const reference = parent.column(field.name).ident
    return field.isList
      ? sql`${child.column('id').ident} = any(${reference})`
      : sql`${child.column('id').ident} = ${reference}`
  }
  const back = child.column(field.derivedFrom)
  const id = parent.column('id').ident
  // Containment, not `any`: only that can use the index on a list of references.
  return back.field.isList ? sql`${back.ident} @> array[${id}]` : sql`${back.ident} = ${id}`
}
