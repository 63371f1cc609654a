import type { Random } from '../random.ts'
import type { SchemaSketch } from './draw-schema.ts'
import type { FieldSketch, TypeSketch, Value, Write } from './sketch.ts'
import { drawValue, idTexts, kindOf } from './values.ts'

/** Which ids are taken, by type. */
type Present = ReadonlyMap<string, ReadonlySet<string>>

/** Makes up what is written: rows set, set again and removed over some blocks, and two ways how it may end. */
export function drawRows(schema: SchemaSketch, random: Random) {
  const one = (present: Map<string, Set<string>>) => drawBlock(schema, present, random)
  const present = new Map<string, Set<string>>()
  const blocks = Array.from({ length: 6 }, () => one(present))
  const branch = () => {
    const from = copy(present)
    return Array.from({ length: 2 }, () => one(from))
  }
  const drawn = { blocks, orphaned: branch(), kept: branch() }
  let key = 0
  const keyed = (all: readonly (readonly Draft[])[]) =>
    all.map((drafts) => drafts.map((one) => ({ key: key++, ...one })))
  return { blocks: keyed(drawn.blocks), orphaned: keyed(drawn.orphaned), kept: keyed(drawn.kept) }
}

type Draft = Omit<Write, 'key'>

function copy(present: Present): Map<string, Set<string>> {
  return new Map([...present].map(([type, ids]) => [type, new Set(ids)]))
}

function drawBlock(schema: SchemaSketch, present: Map<string, Set<string>>, random: Random): Draft[] {
  return schema.types.flatMap((type): Draft[] => {
    const ids = present.get(type.name) ?? new Set<string>()
    present.set(type.name, ids)
    if (random.next() < 0.3) return []
    if (type.kind === 'timeseries') return Array.from({ length: random.below(3) }, () => point(type, schema, random))
    const pool = idsOf(type, schema)
    const chosen = random.some(pool, 1 + random.below(5))
    const again = type.kind === 'mutable' && random.next() < 0.3 ? random.some(chosen, 2) : []
    return [...chosen, ...again].flatMap((id) => {
      if (type.kind === 'immutable') return ids.has(id) ? [] : [write(type, id, ids, schema, random)]
      if (ids.has(id) && random.next() < 0.25) {
        ids.delete(id)
        return [{ type: type.name, id, row: null }]
      }
      return [write(type, id, ids, schema, random)]
    })
  })
}

/** No id twice among those that share an interface, or are said to by a type that has both: graph-node stops at that. */
function idsOf(type: TypeSketch, { types }: SchemaSketch): string[] {
  const isBridged = types.some(({ interfaces }) => interfaces.length > 1)
  const kin = types.filter(({ interfaces }) =>
    isBridged && type.interfaces.length > 0
      ? interfaces.length > 0
      : interfaces.some((one) => type.interfaces.includes(one)),
  )
  const place = kin.indexOf(type)
  return (idTexts[idTypeOf(type)] ?? []).filter((_, index) => place < 0 || index % kin.length === place)
}

function write(type: TypeSketch, id: string, ids: Set<string>, schema: SchemaSketch, random: Random): Draft {
  ids.add(id)
  const idKind = kindOf(idTypeOf(type)) ?? 'String'
  const values = type.fields
    .filter((field) => field.name !== 'id' && field.derivedFrom === undefined)
    .filter((field) => field.isRequired || random.next() < 0.75)
    .map((field) => [field.name, fieldValue(field, schema, random)] as const)
  return { type: type.name, id, row: { id: { kind: idKind, text: id }, ...Object.fromEntries(values) } }
}

/** Of a timeseries: its id and its time are not the mapping's to choose. */
function point(type: TypeSketch, schema: SchemaSketch, random: Random): Draft {
  const row = write(type, '0', new Set(), schema, random).row ?? {}
  const small = Object.entries(row).map(([name, value]) => [name, addable(value, random)])
  return {
    type: type.name,
    id: '0',
    row: { ...Object.fromEntries(small), timestamp: { kind: 'Timestamp', text: '0' } },
  }
}

/** A sum that is no Int or Int8 any more is tried again for ever by graph-node. */
function addable(value: Value, random: Random): Value {
  if (value === null || 'items' in value || !['Int', 'Int8'].includes(value.kind)) return value
  return { kind: value.kind, text: String(random.below(2_000_000) - 1_000_000) }
}

function fieldValue(field: FieldSketch, schema: SchemaSketch, random: Random): Value {
  if (!field.isRequired && random.next() < 0.2) return null
  const one = () => single(field.type, schema, random)
  return field.isList ? { items: Array.from({ length: random.below(4) }, one) } : one()
}

function single(type: string, schema: SchemaSketch, random: Random): Value {
  const kind = kindOf(type)
  if (kind !== undefined) return drawValue(kind, random)
  const values = schema.enums.find(({ name }) => name === type)?.values
  if (values !== undefined) return { kind: 'String', text: random.pick(values) ?? '' }
  const target = [...schema.types, ...schema.interfaces].find(({ name }) => name === type)
  const idType = target === undefined ? 'ID' : idTypeOf(target)
  return { kind: kindOf(idType) ?? 'String', text: random.pick(idTexts[idType] ?? []) ?? '' }
}

export function idTypeOf({ fields }: { readonly fields: readonly FieldSketch[] }): string {
  return fields.find(({ name }) => name === 'id')?.type ?? 'ID'
}
