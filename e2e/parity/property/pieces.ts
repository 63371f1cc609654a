import { type GraphQLInputType, getNamedType, isEnumType } from 'graphql'

/** A query as pieces of text, some of which can be put differently: a value as a variable, or anything as something wrong. */
export type Piece = string | { readonly name: string } | Literal | Fragment

export interface Literal {
  readonly value: unknown
  readonly type: GraphQLInputType
}

/** A selection that is written elsewhere, and spread here. */
export interface Fragment {
  readonly on: string
  readonly selection: readonly Piece[]
}

/** What is done to a query when it is put together: some values become variables, the n-th piece something else. */
export interface Twist {
  readonly variables: readonly { readonly at: number; readonly given: Given }[]
  readonly spoilt: { readonly at: number; readonly with: number } | null
  /** Whether the operation has a name. */
  readonly isNamed: boolean
}

/** Where a variable's value comes from: with the query, from its default, or from the query in spite of a default. */
export const givens = ['value', 'default', 'both'] as const
export type Given = (typeof givens)[number]

export interface Written {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
}

const wrongNames = ['nope', '__typename', 'id', 'id_', 'x_not', 'first', '_meta', 'and']
const wrongValues = [
  ...[
    'null',
    '"x"',
    '""',
    '7',
    '-1',
    '2147483648',
    '1.5',
    'true',
    'RED',
    '[]',
    '[7]',
    '["0x00", null]',
    '{}',
    '[null]',
  ],
  ...['{ id: "a" }', '$undeclared', '"0xabc"', '"1e5"', '" 1"', '[[]]', '"0xABCD"', '"12"', '"1.50"', '1e3', '["a"]'],
  ...['"\\b"', '"\\f\\/"', '"\\u0041"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\udc00a"', '"\\u0000"', '"nul\\u0000l"'],
  ...[
    '"\\x"',
    '"\\u12"',
    '"""a"""',
    '"""\n  a\n    b\n"""',
    '"\u0001"',
    '"\u007f"',
    '"\t"',
    '-0',
    '007',
    '1.',
    '"0X00"',
  ],
  ...['9223372036854775808', '-2147483649', '1e400', '"NaN"', '"Infinity"', '"-0"', '"+5"', '"1_000"', '".5"', '"5."'],
]

/** Puts a query together from the selection of its roots. */
export function writeQuery(pieces: readonly Piece[], { variables, spoilt, isNamed }: Twist): Written {
  const flat = [...spread(pieces)]
  const twistable = flat.filter((piece) => typeof piece !== 'string')
  const spoiltOne = spoilt === null ? undefined : twistable[spoilt.at % Math.max(1, twistable.length)]
  const literals = flat.filter((piece) => isLiteral(piece) && piece !== spoiltOne)
  const declared = new Map(variables.map(({ at, given }) => [literals[at % Math.max(1, literals.length)], given]))
  const chosen = [...declared].flatMap(([piece, given], index) =>
    piece !== undefined && isLiteral(piece) ? [{ ...piece, piece, given, name: `v${index}` }] : [],
  )
  const text = flat.map((piece) => {
    if (typeof piece === 'string') return piece
    if (piece === spoiltOne) return wrongFor(piece, spoilt?.with ?? 0)
    const variable = chosen.find((one) => one.piece === piece)
    if (variable !== undefined) return `$${variable.name}`
    return 'name' in piece ? piece.name : literalText(piece.value, piece.type)
  })
  const name = isNamed ? 'Made' : ''
  if (chosen.length === 0) return { query: `${isNamed ? `query ${name} ` : ''}{ ${text.join('')}` }
  const declarations = chosen.map(
    ({ name, type, value, given }) =>
      `$${name}: ${type}${given === 'value' ? '' : ` = ${literalText(defaultOf(value, given), type)}`}`,
  )
  const given = chosen.filter((one) => one.given !== 'default').map(({ name, value }) => [name, value])
  return {
    query: `query ${name}(${declarations.join(', ')}) { ${text.join('')}`,
    variables: Object.fromEntries(given),
  }
}

/** A default that is not taken is another value, where there is an obvious one. */
function defaultOf(value: unknown, given: Given): unknown {
  return given === 'both' && Array.isArray(value) ? [] : value
}

/** The text after the first brace: what is written elsewhere comes behind it. */
function* spread(pieces: readonly Piece[]): Generator<Exclude<Piece, Fragment>> {
  const waiting: Fragment[] = []
  function* here(some: readonly Piece[]): Generator<Exclude<Piece, Fragment>> {
    for (const piece of some) {
      if (typeof piece === 'string' || !('selection' in piece)) yield piece
      else yield `...F${waiting.push(piece)}`
    }
  }
  yield* here(pieces)
  yield ' }'
  for (let index = 0; index < waiting.length; index++) {
    const { on, selection } = waiting[index] ?? { on: '', selection: [] }
    yield ` fragment F${index + 1} on ${on}`
    yield* here(selection)
  }
}

function isLiteral(piece: Piece): piece is Literal {
  return typeof piece !== 'string' && 'value' in piece
}

function wrongFor(piece: Literal | { readonly name: string }, index: number): string {
  const wrong = isLiteral(piece) ? wrongValues : wrongNames
  return wrong[index % wrong.length] ?? ''
}

function literalText(value: unknown, type: GraphQLInputType): string {
  if (Array.isArray(value)) return `[${value.map((one) => literalText(one, type)).join(', ')}]`
  if (value === null || typeof value !== 'object') {
    return isEnumType(getNamedType(type)) && typeof value === 'string' ? value : JSON.stringify(value)
  }
  const entries = Object.entries(value).map(([key, one]) => `${key}: ${JSON.stringify(one)}`)
  return `{ ${entries.join(', ')} }`
}
