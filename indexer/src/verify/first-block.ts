import { encodeId } from '../store/codec.ts'
import { sql } from '../store/sql.ts'
import type { CheckRooms } from './check.ts'
import type { Invariant } from './invariant.ts'

/** @returns the block that wrote the oldest version of any of these entities; null where that is not known, as of a sum */
export async function firstBlockOf(
  { postgres, layout }: CheckRooms,
  { subject }: Invariant,
  entities: readonly { readonly id: string }[],
): Promise<number | null> {
  const table = layout.tables.get(subject.type.name)
  if (subject.kind !== 'each' || table === undefined) return null
  const { idType } = table.type
  const cast = sql.trusted(idType === 'Bytes' ? 'bytea' : idType === 'Int8' ? 'int8' : 'text')
  const from = table.isVersioned ? sql`block_from` : sql`block$`
  const ids = sql.value(entities.map(({ id }) => encodeId(idType, id)))
  const [row] = await postgres.run(
    sql`select min(${from}) as first from ${table.ident} where id = any(${ids}::${cast}[])`,
  )
  return typeof row?.first === 'number' ? row.first : null
}
