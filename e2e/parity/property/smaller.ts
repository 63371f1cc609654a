import type { FieldSketch, InterfaceSketch, Sketch, Value, Write } from './sketch.ts'
import { scalarTexts } from './values.ts'

/** Takes something away. What it leaves is a whole: nothing in it refers to what is gone. */
export type Cut = (sketch: Sketch) => Sketch

/**
 * All that could be taken from a sketch, what takes most first.
 * @param words - of the question: what has none of these names is most likely to be of no matter
 */
export function cuts(sketch: Sketch, words: ReadonlySet<string>): Cut[] {
  const { types, interfaces, aggregations, searches, enums } = sketch
  const writes = allWrites(sketch)
  return [
    ...(types.length > 1 ? types.map(({ name }) => only('types', name)) : []),
    (one: Sketch) => ({ ...one, aggregations: [] }),
    (one: Sketch) => ({ ...one, searches: [] }),
    withFields((name) => words.has(name)),
    ...chunks(writes, 4).map(withoutWrites),
    ...(types.length > 1 ? types.map(({ name }) => without('types', name)) : []),
    ...interfaces.map(({ name }) => without('interfaces', name)),
    ...enums.map(({ name }) => without('enums', name)),
    ...aggregations.map(({ name }) => without('aggregations', name)),
    ...searches.map(({ name }) => without('searches', name)),
    ...aggregations.flatMap(({ name, aggregates }) => aggregates.map((one) => withoutAggregate(name, one.name))),
    ...fieldNames(sketch).map((gone) => withFields((name) => name !== gone)),
    ...[...types, ...interfaces].flatMap((shape) =>
      fieldNames(sketch)
        .filter((gone) => shape.fields.some(({ name }) => name === gone))
        .map((gone) => withFields((name, of) => name !== gone || of !== shape.name)),
    ),
    ...(writes.length > 24 ? chunks(writes, 12) : writes.map((write) => [write])).map(withoutWrites),
    ...(writes.length > 6 ? [] : writes.flatMap((write) => plainer(write, requiredOf(write, types)))),
    ...types.filter(({ kind }) => kind === 'immutable').map(({ name }) => mutable(name)),
  ].map((cut) => (one) => whole(cut(one)))
}

export const allWrites = ({ blocks, orphaned, kept }: Sketch) => [...blocks, ...orphaned, ...kept].flat()

/** Blocks stay, empty: a question may be about one of them. */
export function eachWrite(sketch: Sketch, change: (write: Write) => readonly Write[]): Sketch {
  const ofBlocks = (blocks: Sketch['blocks']) => blocks.map((writes) => writes.flatMap(change))
  return {
    ...sketch,
    blocks: ofBlocks(sketch.blocks),
    orphaned: ofBlocks(sketch.orphaned),
    kept: ofBlocks(sketch.kept),
  }
}

/** Names of all fields, without those that cannot go. */
export function fieldNames({ types, interfaces, aggregations }: Sketch): string[] {
  const isNeeded = (name: string) => name === 'id' || (aggregations.length > 0 && name === 'timestamp')
  const names = [...types, ...interfaces].flatMap(({ fields }) => fields.map(({ name }) => name))
  return [...new Set(names)].filter((name) => !isNeeded(name))
}

type Named = 'types' | 'interfaces' | 'enums' | 'aggregations' | 'searches'

function only(kind: Named, name: string): Cut {
  return (sketch) => ({ ...sketch, [kind]: sketch[kind].filter((one) => one.name === name) })
}

function without(kind: Named, name: string): Cut {
  return (sketch) => ({ ...sketch, [kind]: sketch[kind].filter((one) => one.name !== name) })
}

/** Of one that has others left. */
function withoutAggregate(of: string, name: string): Cut {
  return (sketch) => ({
    ...sketch,
    aggregations: sketch.aggregations.map((one) => {
      const left = one.aggregates.filter((aggregate) => aggregate.name !== name)
      return one.name === of && left.length > 0 ? { ...one, aggregates: left } : one
    }),
  })
}

function mutable(name: string): Cut {
  return (sketch) => ({
    ...sketch,
    types: sketch.types.map((type) => (type.name === name ? { ...type, kind: 'mutable' } : type)),
  })
}

function withFields(stays: (name: string, of: string) => boolean): Cut {
  return (sketch) => {
    const removable = new Set(fieldNames(sketch))
    const kept = <T extends InterfaceSketch>(one: T): T => ({
      ...one,
      fields: one.fields.filter(({ name }) => !removable.has(name) || stays(name, one.name)),
    })
    return { ...sketch, types: sketch.types.map(kept), interfaces: sketch.interfaces.map(kept) }
  }
}

/** In so many parts, or in single ones where there are fewer. */
function chunks<T>(all: readonly T[], count: number): T[][] {
  const size = Math.max(1, Math.ceil(all.length / count))
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size))
}

function withoutWrites(gone: readonly Write[]): Cut {
  const keys = new Set(gone.map(({ key }) => key))
  return (sketch) => eachWrite(sketch, (write) => (keys.has(write.key) ? [] : [write]))
}

function requiredOf({ type }: Write, types: Sketch['types']): ReadonlySet<string> {
  const fields = types.find(({ name }) => name === type)?.fields ?? []
  return new Set(fields.filter(({ isRequired }) => isRequired).map(({ name }) => name))
}

/** A row with one value less, or with a plainer one. */
function plainer({ key, row }: Write, required: ReadonlySet<string>): Cut[] {
  const put = (values: NonNullable<Write['row']>): Cut => {
    return (sketch) => eachWrite(sketch, (write) => [write.key === key ? { ...write, row: values } : write])
  }
  return Object.entries(row ?? {})
    .filter(([name]) => name !== 'id')
    .flatMap(([name, value]) => {
      const { [name]: _, ...others } = row ?? {}
      const less = required.has(name) ? [] : [put(others)]
      return [...less, ...plainerValues(value).map((one) => put({ ...others, [name]: one }))]
    })
}

function plainerValues(value: Value): Value[] {
  if (value === null) return []
  if ('items' in value)
    return value.items.length === 0
      ? []
      : [{ items: [] }, { items: value.items.slice(1) }, { items: value.items.slice(0, -1) }]
  const plainest = scalarTexts[value.kind].slice(0, 2).find((text) => text.length < value.text.length)
  return plainest === undefined ? [] : [{ kind: value.kind, text: plainest }]
}

/** Takes away, as often as it takes, what refers to something that is not there. */
function whole(sketch: Sketch): Sketch {
  const { types, interfaces, enums } = sketch
  const shapes = [...types, ...interfaces]
  const names = new Set([...Object.keys(scalarTexts), 'ID', ...[...shapes, ...enums].map(({ name }) => name)])
  const isSound = ({ type, derivedFrom }: FieldSketch) =>
    names.has(type) &&
    (derivedFrom === undefined ||
      shapes.some((one) => one.name === type && one.fields.some(({ name }) => name === derivedFrom)))
  const sound = <T extends InterfaceSketch>(one: T): T => ({
    ...one,
    fields: one.fields.filter(isSound),
  })
  const fieldsOf = new Map(types.map(({ name, fields }) => [name, new Set(fields.map((field) => field.name))]))
  const written = eachWrite(sketch, (write) => known(write, fieldsOf.get(write.type)))
  const next: Sketch = {
    ...written,
    types: types.map((type) => ({
      ...sound(type),
      interfaces: type.interfaces.filter((name) => interfaces.some((one) => one.name === name)),
    })),
    interfaces: interfaces.map(sound),
    aggregations: sketch.aggregations.filter(({ source, dimensions, aggregates }) => {
      const needed = [...dimensions.map(({ name }) => name), ...aggregates.flatMap(({ reads }) => reads)]
      return needed.every((name) => fieldsOf.get(source)?.has(name))
    }),
    searches: sketch.searches.filter(({ type, fields }) => fields.every((name) => fieldsOf.get(type)?.has(name))),
  }
  return JSON.stringify(next) === JSON.stringify(sketch) ? sketch : whole(next)
}

function known(write: Write, fields: ReadonlySet<string> | undefined): Write[] {
  if (fields === undefined) return []
  if (write.row === null) return [write]
  return [{ ...write, row: Object.fromEntries(Object.entries(write.row).filter(([name]) => fields.has(name))) }]
}
