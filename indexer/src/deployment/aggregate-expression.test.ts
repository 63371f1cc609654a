import { expect, it } from 'vitest'
import { parseExpression } from './aggregate-expression.ts'

const fields = ['price', 'amount', 'v']
const check = (name: string) => {
  if (!fields.includes(name)) throw new Error(`no ${name}`)
}

/** What is read, or why it is not. */
function read(text: string): string {
  try {
    const tokens = parseExpression(text, check)
    return tokens.map((token) => (token.kind === 'text' ? `'${token.text}'` : token.text)).join(' ')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

it.each([
  ['price * amount', 'price * amount'],
  ['(price + 1.5) ^ -2e3', '( price + 1.5 ) ^ - 2e3'],
  ['"price"/.5', 'price / .5'],
  [
    "case when v > 1 and not v <> 2 then 'it''s' else null end",
    "case when v > 1 and not v <> 2 then 'it's' else null end",
  ],
  ['case v when 1 then 2 end', 'case v when 1 then 2 end'],
  ['GREATEST(v, coalesce(price, 0))', 'greatest( v , coalesce( price , 0 ) )'],
  ['cast(v as numeric(10, 2)) + v::double precision', 'cast ( v as numeric(10, 2) ) + v :: double precision'],
  ['v is not null', 'v is not null'],
  ['v is distinct from amount', 'v is distinct from amount'],
])('reads %s', (text, expected) => {
  expect(read(text)).toBe(expected)
})

it.each(['v amount', 'v; drop table x', 'v -- amount', 'v /* amount */', 'v )'])(
  'looks no further than the expression: %s',
  (text) => {
    expect(read(text)).toBe('v')
  },
)

it.each([
  ['', 'Failed to parse expression: sql parser error: Expected: an expression, found: EOF'],
  ['v + )', 'Failed to parse expression: sql parser error: Expected: an expression, found: ) at Line: 1, Column: 5'],
  ['nope + v', 'no nope'],
  ['nope || v', 'binary operator || is not supported'],
  ['@v', 'unary operator @ is not supported'],
  ['Round(v)', 'Function Round is not supported'],
  ['constructor(v)', 'Function constructor is not supported'],
  ['abs(*)', 'Illegal function: call to abs uses a wildcard argument'],
  ['ceil(v)', 'Expressions using Ceil are not supported'],
  ['v in (1, 2)', 'Expressions using InList are not supported'],
  ['v not between 1 and 2', 'Expressions using Between are not supported'],
  ['(select 1)', 'Expressions using Subquery are not supported'],
  ['p.v', 'Expressions using CompoundIdentifier are not supported'],
  ['v < all(v)', 'Expressions using AllOp are not supported'],
  ["interval '1 day'", 'Expressions using Interval are not supported'],
])('refuses %s', (text, why) => {
  expect(read(text)).toBe(why)
})
