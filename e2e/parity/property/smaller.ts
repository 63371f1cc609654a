import type { FieldSketch, Sketch, Write } from './sketch.ts'
import { scalarTexts } from './values.ts'

/** Sketches that lack something of this one, those that lack most first. Each is a whole: nothing in it refers to what is gone. */
export function smaller(sketch: Sketch): Sketch[] {
  const { types, interfaces, aggregations, searches } = sketch
  const all = sketch.blocks.flat()
  const half = Math.ceil(all.length / 2)
  const kept = (keep: (write: Write) => boolean) => ({
    ...sketch,
    blocks: sketch.blocks.map((one) => one.filter(keep)),
  })
  const [front, back] = [new Set(all.slice(0, half)), new Set(all.slice(half))]
  const isBranched = [...sketch.orphaned, ...sketch.kept].some((writes) => writes.length > 0)
  return [
    ...(isBranched ? [{ ...sketch, orphaned: [], kept: [] }] : []),
    ...(all.length > 1 ? [kept((write) => front.has(write)), kept((write) => back.has(write))] : []),
    ...types.map(({ name }) => ({ ...sketch, types: types.filter((one) => one.name !== name) })),
    ...(aggregations.length > 0 ? [{ ...sketch, aggregations: [] }] : []),
    ...(searches.length > 0 ? [{ ...sketch, searches: [] }] : []),
    ...interfaces.map(({ name }) => ({ ...sketch, interfaces: interfaces.filter((one) => one.name !== name) })),
    ...fieldNames(sketch).map((name) => withoutField(sketch, name)),
    ...(all.length <= 16 ? all.map((one) => kept((write) => write !== one)) : []),
  ]
    .map(whole)
    .filter((one) => one.types.length > 0)
}

function fieldNames({ types, aggregations }: Sketch): string[] {
  const isNeeded = (name: string) => name === 'id' || (aggregations.length > 0 && name === 'timestamp')
  const names = types.flatMap(({ fields }) => fields.map(({ name }) => name))
  return [...new Set(names)].filter((name) => !isNeeded(name))
}

function withoutField(sketch: Sketch, name: string): Sketch {
  const without = <T extends { readonly fields: readonly FieldSketch[] }>(one: T): T => ({
    ...one,
    fields: one.fields.filter((field) => field.name !== name),
  })
  return { ...sketch, types: sketch.types.map(without), interfaces: sketch.interfaces.map(without) }
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
  const sound = <T extends { readonly fields: readonly FieldSketch[] }>(one: T): T => ({
    ...one,
    fields: one.fields.filter(isSound),
  })
  const fieldsOf = new Map(types.map(({ name, fields }) => [name, new Set(fields.map((field) => field.name))]))
  const writes = (all: readonly Write[]) => all.flatMap((write) => known(write, fieldsOf.get(write.type)))
  const next: Sketch = {
    enums,
    types: types.map((type) => ({
      ...sound(type),
      interfaces: type.interfaces.filter((name) => interfaces.some((one) => one.name === name)),
    })),
    interfaces: interfaces.filter(({ name }) => types.some((type) => type.interfaces.includes(name))).map(sound),
    aggregations: sketch.aggregations.filter(({ source, dimensions, aggregates }) => {
      const needed = [...dimensions.map(({ name }) => name), ...aggregates.flatMap(({ arg }) => arg ?? [])]
      return needed.every((name) => fieldsOf.get(source)?.has(name))
    }),
    searches: sketch.searches.filter(({ type, fields }) => fields.every((name) => fieldsOf.get(type)?.has(name))),
    blocks: sketch.blocks.map(writes),
    orphaned: sketch.orphaned.map(writes),
    kept: sketch.kept.map(writes),
  }
  return JSON.stringify(next) === JSON.stringify(sketch) ? sketch : whole(next)
}

function known(write: Write, fields: ReadonlySet<string> | undefined): Write[] {
  if (fields === undefined) return []
  if (write.row === null) return [write]
  return [{ ...write, row: Object.fromEntries(Object.entries(write.row).filter(([name]) => fields.has(name))) }]
}
