import type { Random } from '../random.ts'
import { fieldNames, namesFrom, typeNames } from './names.ts'
import type {
  AggregationSketch,
  EnumSketch,
  FieldSketch,
  InterfaceSketch,
  SearchSketch,
  Sketch,
  TypeSketch,
} from './sketch.ts'

export type SchemaSketch = Omit<Sketch, 'blocks' | 'orphaned' | 'kept'>

const scalars = ['ID', 'String', 'String', 'Bytes', 'Boolean', 'Int', 'Int8', 'BigInt', 'BigDecimal', 'Timestamp']
const idTypes = ['ID', 'ID', 'String', 'Bytes', 'Bytes', 'Int8']
const words = ['RED', 'green', 'Blue', 'X1', 'SOME_THING', '_low', 'null_', 'A', 'a']

/** Makes up a schema. Everything in it is allowed; what it is called and how it is put together is not what one would write. */
export function drawSchema(random: Random): SchemaSketch {
  const typeName = namesFrom(typeNames, random)
  const chance = (of: number) => random.next() < of
  const enums: EnumSketch[] = chance(0.6) ? [{ name: typeName(), values: random.some(words, 1 + random.below(4)) }] : []
  const names = Array.from({ length: 2 + random.below(4) }, typeName)
  const interfaceNames = chance(0.6) ? Array.from({ length: 1 + random.below(2) }, typeName) : []
  const draw: Draw = { random, enums, targets: [...names, ...interfaceNames] }

  const drawn = interfaceNames.map((name): InterfaceSketch => {
    const fields = fieldsOf(draw, namesFrom(fieldNames, random), 1 + random.below(3))
    return { name, fields: [idField(random), ...fields] }
  })
  const plain = names.map((name, index): TypeSketch => {
    const of = drawn.filter((_, at) => index === at || chance(0.4)).slice(0, 1)
    return typeOf(name, of, draw)
  })
  const timed = chance(0.35) ? timeseries(typeName, draw) : undefined
  const bare = timed === undefined ? plain : [...plain, timed.source]
  const interfaces = drawn.map((one) => ({
    ...one,
    fields: [...one.fields, ...derivedFor(one.name, one.fields, bare, random)],
  }))
  const types = bare.map((type): TypeSketch => {
    if (type.kind === 'timeseries') return type
    const inherited = interfaces.filter(({ name }) => type.interfaces.includes(name)).flatMap(({ fields }) => fields)
    const fields = [...type.fields, ...inherited.filter(({ derivedFrom }) => derivedFrom !== undefined)]
    return { ...type, fields: [...fields, ...derivedFor(type.name, fields, bare, random)] }
  })
  const aggregations = timed === undefined ? [] : timed.aggregations
  return { enums, interfaces, types, aggregations, searches: searchesOf(types, random) }
}

interface Draw {
  readonly random: Random
  readonly enums: readonly EnumSketch[]
  /** What a field may refer to. */
  readonly targets: readonly string[]
}

const idField = (random: Random): FieldSketch => field('id', random.pick(idTypes) ?? 'ID')

function field(name: string, type: string, isRequired = true, isList = false): FieldSketch {
  return { name, type, isList, isRequired }
}

function typeOf(name: string, interfaces: readonly InterfaceSketch[], draw: Draw): TypeSketch {
  const { random } = draw
  const inherited = interfaces.flatMap(({ fields }) => fields)
  const id = inherited.find((one) => one.name === 'id') ?? idField(random)
  const free = fieldNames.filter((one) => inherited.every(({ name }) => !isLike(one, name)))
  const own = fieldsOf(draw, namesFrom(free, random), 2 + random.below(6))
  const fields = [...own, ...inherited.filter((one) => one.name !== 'id')]
  return {
    name,
    kind: random.next() < 0.25 ? 'immutable' : 'mutable',
    interfaces: interfaces.map((one) => one.name),
    fields: [id, ...random.some(fields, fields.length)],
  }
}

function isLike(one: string, other: string): boolean {
  const plain = (name: string) => name.toLowerCase().replaceAll('_', '')
  return plain(one) === plain(other) || one.startsWith(`${other}_`) || other.startsWith(`${one}_`)
}

function fieldsOf({ random, enums, targets }: Draw, name: () => string, count: number): FieldSketch[] {
  return Array.from({ length: count }, () => {
    const kind = random.next()
    const referred = random.pick(targets) ?? 'String'
    const type = kind < 0.3 ? referred : kind < 0.4 ? (random.pick(enums)?.name ?? 'Int') : (random.pick(scalars) ?? '')
    return field(name(), type, random.next() < 0.35, random.next() < 0.28)
  })
}

/** The fields that lead back from what refers to a type or an interface. */
function derivedFor(name: string, fields: readonly FieldSketch[], all: readonly TypeSketch[], random: Random) {
  const taken = new Set(fields.map((one) => one.name))
  return all.flatMap((from) =>
    from.fields
      .filter((one) => one.type === name && random.next() < 0.6)
      .map((one): FieldSketch => {
        const isList = random.next() < 0.8
        const own = `${from.name.replaceAll('_', '').toLowerCase()}By${one.name}`
        return { name: own, type: from.name, isList, isRequired: isList, derivedFrom: one.name }
      })
      .filter((one) => !taken.has(one.name)),
  )
}

function timeseries(typeName: () => string, draw: Draw): { source: TypeSketch; aggregations: AggregationSketch[] } {
  const { random } = draw
  const name = namesFrom(['symbol', 'token', 'price', 'amount', 'size', 'b8', 'group', 'totalUSD', 'ok'], random)
  const dimensionTypes = ['String', 'Bytes', 'Int', 'BigInt', 'Boolean', ...draw.enums.map((one) => one.name)]
  const dimensions = random.some(dimensionTypes, random.below(3)).map((type) => field(name(), type))
  const numbers = random
    .some(['Int', 'Int8', 'BigInt', 'BigDecimal'], 1 + random.below(3))
    .map((type) => field(name(), type))
  const source: TypeSketch = {
    name: typeName(),
    kind: 'timeseries',
    interfaces: [],
    fields: [field('id', 'Int8'), field('timestamp', 'Timestamp'), ...dimensions, ...numbers],
  }
  const aggregations = Array.from({ length: 1 + random.below(2) }, (): AggregationSketch => {
    const aggregates = numbers.flatMap(({ name: arg, type }) =>
      random.some(['sum', 'min', 'max', 'first', 'last', 'count'], 2).map((fn) => ({
        name: `${fn}Of${arg}`,
        type: fn === 'count' ? 'Int8' : type === 'Int' && fn === 'sum' ? 'BigInt' : type,
        fn,
        ...(fn === 'count' ? {} : { arg }),
        isCumulative: random.next() < 0.2,
      })),
    )
    const used = random.some(dimensions, random.below(dimensions.length + 1))
    return { name: typeName(), source: source.name, dimensions: used, aggregates }
  })
  return { source, aggregations }
}

function searchesOf(types: readonly TypeSketch[], random: Random): SearchSketch[] {
  if (random.next() > 0.3) return []
  return types.flatMap((type) => {
    const texts = type.fields.filter((one) => one.type === 'String' && !one.isList && one.name !== 'id')
    if (texts.length === 0 || type.kind !== 'mutable') return []
    const language = random.pick(['simple', 'en', 'de']) ?? 'en'
    const algorithm = random.pick(['rank', 'proximityRank']) ?? 'rank'
    const fields = random.some(texts, 2).map(({ name }) => name)
    return [
      { name: `${type.name.toLowerCase().replaceAll('_', '')}Search`, type: type.name, fields, language, algorithm },
    ]
  })
}
