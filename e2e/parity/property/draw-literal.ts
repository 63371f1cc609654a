import fc from 'fast-check'
import {
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
} from 'graphql'
import type { Row } from '../questions/entities.ts'
import { kindOf, scalarTexts } from './values.ts'

/** Values that the rows of a type have, by field; references by their id. */
export type Pool = ReadonlyMap<string, readonly unknown[]>

export function poolOf(rows: readonly Row[]): Pool {
  const pool = new Map<string, unknown[]>()
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const plain = idOf(value)
      if (plain !== null) pool.set(name, [...(pool.get(name) ?? []), plain])
    }
  }
  return pool
}

/** A reference is filtered by the id of what it refers to. */
function idOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(idOf)
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : (value ?? null)
}

/** A value for one operator of a filter: of a row, nearly of a row, or at the edge of its type. */
export function literalFor({ name, type }: GraphQLInputField, pool: Pool): fc.Arbitrary<unknown> {
  const field = [...pool.keys()]
    .filter((one) => name === one || name.startsWith(`${one}_`))
    .sort((a, b) => b.length - a.length)[0]
  const values = field === undefined ? [] : (pool.get(field) ?? [])
  const operator = name.slice((field ?? name).length)
  const singles = values.flat()
  const element = single(type, singles, operator)
  if (!isListType(getNullableType(type))) return element
  const whole = values.filter(Array.isArray)
  const drawn = fc.array(element, { maxLength: 3 })
  if (whole.length === 0 || operator.endsWith('in')) return drawn
  const firsts = whole.map((list) => list.slice(0, 1))
  const some = operator.endsWith('nocase') ? firsts.map((list) => list.map(swapCase)) : firsts
  return fc.oneof(fc.constantFrom(...whole), drawn, fc.constantFrom(...some))
}

function single(type: GraphQLInputType, values: readonly unknown[], operator: string): fc.Arbitrary<unknown> {
  const named = getNamedType(type)
  if (isEnumType(named)) return fc.constantFrom(...named.getValues().map((one) => one.name))
  const edges = edgesOf(named.name)
  const existing = [...new Set(values)].filter((value) => typeof value !== 'object')
  const edge = fc.constantFrom(...edges)
  const value = existing.length === 0 ? edge : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...existing) }, edge)
  if (!/contains|with/.test(operator)) {
    const text = /nocase/.test(operator) ? value.map(swapCase) : value
    return fc.tuple(text, fc.nat(11)).map(([one, form]) => (form === 0 ? asNumber(one, named.name) : one))
  }
  return fc
    .tuple(value, fc.nat(3), fc.nat(4), fc.nat(5))
    .map(([one, from, length, twist]) => part(one, from, length, twist))
}

/** What is a text, since it may not fit a number, is taken as a number too. */
function asNumber(value: unknown, type: string): unknown {
  const isLarge = ['BigInt', 'BigDecimal', 'Int8', 'Timestamp'].includes(type)
  return isLarge && typeof value === 'string' && /^-?\d{1,9}(\.\d{1,5})?$/.test(value) ? Number(value) : value
}

function edgesOf(name: string): readonly unknown[] {
  const kind = kindOf(name)
  if (kind === undefined) return ['a']
  const texts = scalarTexts[kind].filter((text) => text.length < 100)
  if (kind === 'Boolean') return [true, false]
  return kind === 'Int' ? texts.map(Number) : texts
}

/** A piece of a text as a pattern; of bytes whole bytes. */
function part(value: unknown, from: number, length: number, twist: number): unknown {
  if (typeof value !== 'string') return value
  if (value.startsWith('0x')) return `0x${value.slice(2 + 2 * from, 2 + 2 * (from + length))}`
  const letters = [...value]
  if (twist === 0) return value
  if (twist === 1) return letters.slice(0, length).join('')
  if (twist === 2) return letters.slice(-length).join('')
  if (twist === 3) return swapCase(letters.slice(from, from + length).join(''))
  if (twist === 4) return letters.map((letter, index) => (index === from ? '_' : letter)).join('')
  return `${letters.slice(0, from).join('')}%`
}

function swapCase(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value.toUpperCase() === value ? value.toLowerCase() : value.toUpperCase()
}
