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
  const enums = Array.from(
    { length: random.below(3) },
    (): EnumSketch => ({ name: typeName(), values: random.some(words, 1 + random.below(4)) }),
  )
  const names = Array.from({ length: 2 + random.below(4) }, typeName)
  const interfaceNames = chance(0.6) ? Array.from({ length: 1 + random.below(2) }, typeName) : []
  const draw: Draw = { random, enums, targets: [...names, ...interfaceNames] }

  const sharedId = idField(random)
  const inherited = namesFrom(fieldNames, random)
  const drawn = interfaceNames.map((name): InterfaceSketch => {
    const fields = fieldsOf(draw, inherited, 1 + random.below(3))
    return { name, fields: [chance(0.7) ? sharedId : idField(random), ...fields] }
  })
  const plain = names.map((name, index): TypeSketch => {
    const [first, ...others] = drawn.filter((_, at) => index === at || chance(0.5))
    const isLikeFirst = ({ fields }: InterfaceSketch) => fields[0]?.type === first?.fields[0]?.type
    return typeOf(name, first === undefined ? [] : [first, ...others.filter(isLikeFirst)], draw)
  })
  const timed = chance(0.4) ? timeseries(typeName, draw, names) : undefined
  const bare = timed === undefined ? plain : [...plain, timed.source]
  const referring = [...bare, ...drawn]
  const interfaces = drawn.map((one) => ({
    ...one,
    fields: [...one.fields, ...derivedFor(one.name, one.fields, referring, random)],
  }))
  const types = bare.map((type): TypeSketch => {
    if (type.kind === 'timeseries') return type
    const inherited = interfaces.filter(({ name }) => type.interfaces.includes(name)).flatMap(({ fields }) => fields)
    const fields = [...type.fields, ...inherited.filter(({ derivedFrom }) => derivedFrom !== undefined)]
    return { ...type, fields: [...fields, ...derivedFor(type.name, fields, referring, random)] }
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
function derivedFor(name: string, fields: readonly FieldSketch[], all: readonly InterfaceSketch[], random: Random) {
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

interface Timed {
  readonly source: TypeSketch
  readonly aggregations: AggregationSketch[]
}

/** @param targets - what a dimension may refer to */
function timeseries(typeName: () => string, { random, enums }: Draw, targets: readonly string[]): Timed {
  const name = namesFrom(['symbol', 'token', 'price', 'amount', 'size', 'b8', 'totalUSD', 'ok', 'fee'], random)
  const dimensionTypes = ['String', 'Bytes', 'Int', 'BigInt', 'Boolean', ...targets.slice(0, 2), ...enums.map(nameOf)]
  const dimensions = random.some(dimensionTypes, random.below(3)).map((type) => field(name(), type))
  const numbers = random
    .some(['Int', 'Int8', 'BigInt', 'BigDecimal'], 1 + random.below(3))
    .map((type) => field(name(), type))
  const texts = random.some(['String', 'Bytes'], random.below(2)).map((type) => field(name(), type))
  const source: TypeSketch = {
    name: typeName(),
    kind: 'timeseries',
    interfaces: [],
    fields: [field('id', 'Int8'), field('timestamp', 'Timestamp'), ...dimensions, ...numbers, ...texts],
  }
  const aggregations = Array.from({ length: 1 + random.below(2) }, (): AggregationSketch => {
    const aggregates = [
      ...numbers.flatMap((one) => ofNumber(one, random)),
      ...texts.flatMap((one) => random.some(['first', 'last'], 1).map((fn) => aggregate(fn, one.type, one.name))),
      ...expressionsOf(numbers, random),
    ]
    const intervals = random.some(['hour', 'day'], 1 + random.below(3))
    const used = random.some(dimensions, random.below(dimensions.length + 1))
    const isCumulative = () => random.next() < 0.2
    return {
      name: typeName(),
      source: source.name,
      intervals,
      dimensions: used,
      aggregates: aggregates.map((one) => ({ ...one, isCumulative: isCumulative() })),
    }
  })
  return { source, aggregations }
}

const nameOf = ({ name }: { readonly name: string }) => name

function ofNumber({ name, type }: FieldSketch, random: Random) {
  return random.some(['sum', 'min', 'max', 'first', 'last', 'count'], 2).map((fn) => {
    if (fn === 'count') return { name: `countOf${name}`, type: 'Int8', fn, reads: [] }
    return aggregate(fn, type === 'Int' && fn === 'sum' ? 'BigInt' : type, name)
  })
}

function aggregate(fn: string, type: string, arg: string) {
  return { name: `${fn}Of${arg}`, type, fn, arg, reads: [arg] }
}

/** One that is worked out of several fields, or of one and a constant. */
function expressionsOf(numbers: readonly FieldSketch[], random: Random) {
  const [a, b] = [random.pick(numbers)?.name ?? '', random.pick(numbers)?.name ?? '']
  const arg = random.pick([
    `${a} * ${b}`,
    `${a} + ${b} - 1`,
    `abs(${a})`,
    `greatest(${a}, ${b}, 0)`,
    `case when ${a} > 1 then ${b} else 0 end`,
    `coalesce(nullif(${a}, 1), -7)`,
  ])
  if (arg === undefined || random.next() < 0.6) return []
  const fn = random.pick(['sum', 'min', 'max', 'first', 'last']) ?? 'sum'
  return [
    {
      name: `${fn}Computed`,
      type: 'BigDecimal',
      fn,
      arg,
      reads: numbers.map(nameOf).filter((one) => arg.includes(one)),
    },
  ]
}

const languages = ['simple', 'en', 'de', 'fr', 'es', 'nl', 'ru', 'tr']

function searchesOf(types: readonly TypeSketch[], random: Random): SearchSketch[] {
  if (random.next() > 0.35) return []
  return types.flatMap((type) => {
    const texts = type.fields.filter((one) => one.type === 'String' && !one.isList && one.name !== 'id')
    if (texts.length === 0 || type.kind === 'timeseries') return []
    const language = random.pick(languages) ?? 'en'
    const algorithm = random.pick(['rank', 'proximityRank']) ?? 'rank'
    const fields = random.some(texts, 2).map(nameOf)
    return [
      { name: `${type.name.toLowerCase().replaceAll('_', '')}Search`, type: type.name, fields, language, algorithm },
    ]
  })
}
