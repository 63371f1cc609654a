import { type GraphQLInputType, getNamedType, isEnumType } from 'graphql'

/** A query as pieces of text, some of which can be put differently: a value as a variable, or anything as something wrong. */
export type Piece = string | { readonly name: string } | Literal

export interface Literal {
  readonly value: unknown
  readonly type: GraphQLInputType
}

/** What is done to a query when it is put together: the n-th value becomes a variable, the n-th piece something else. */
export interface Twist {
  readonly asVariable: number | null
  readonly spoilt: { readonly at: number; readonly with: number } | null
}

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
]

/** Puts a query together from the selection of its roots. */
export function writeQuery(pieces: readonly Piece[], { asVariable, spoilt }: Twist): Written {
  const twistable = pieces.filter((piece) => typeof piece !== 'string')
  const spoiltOne = spoilt === null ? undefined : twistable[spoilt.at % Math.max(1, twistable.length)]
  const literals = pieces.filter((piece) => isLiteral(piece) && piece !== spoiltOne)
  const variable = asVariable === null ? undefined : literals[asVariable % Math.max(1, literals.length)]
  const text = pieces.map((piece) => {
    if (typeof piece === 'string') return piece
    if (piece === spoiltOne) return wrongFor(piece, spoilt?.with ?? 0)
    if (piece === variable) return '$v'
    return 'name' in piece ? piece.name : literalText(piece.value, piece.type)
  })
  if (variable === undefined || !isLiteral(variable)) return { query: `{ ${text.join('')} }` }
  return { query: `query ($v: ${variable.type}) { ${text.join('')} }`, variables: { v: variable.value } }
}

function isLiteral(piece: Piece): piece is Literal {
  return typeof piece !== 'string' && 'value' in piece
}

function wrongFor(piece: Exclude<Piece, string>, index: number): string {
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
