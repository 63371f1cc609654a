import { expect, it } from 'vitest'
import { render, sql } from './sql.ts'

it('keeps names and values apart', () => {
  const statement = sql`select ${sql.ident('a"b')} from ${sql.ident('sgd1', 'token')} where id = ${sql.value("'; drop")}`
  expect(render(statement)).toEqual({
    text: 'select "a""b" from "sgd1"."token" where id = $1',
    values: ["'; drop"],
  })
})

it('refuses bare strings', () => {
  // @ts-expect-error a string is neither a name nor a value until somebody says so
  sql`select ${'1'}`
})

it('numbers parameters in order of first use, and sends one that is used twice once', () => {
  const owner = sql.value('0x01')
  const block = sql.value(7)
  const statement = sql`${sql.join([sql`a = ${owner}`, sql`b <= ${block}`, sql`c = ${owner}`], sql` and `)} limit ${sql.int(5)}`
  expect(render(statement)).toEqual({ text: 'a = $1 and b <= $2 and c = $1 limit 5', values: ['0x01', 7] })
})

it('gives the same text for the same shape, whatever the values', () => {
  const shape = (value: string) => render(sql`select ${sql.value(value)}, ${sql.value(value)}`).text
  expect(shape('a')).toBe(shape('b'))
})

it('quotes literals', () => {
  expect(render(sql`${sql.literal("it's")} ${sql.literal('a\\b')}`).text).toBe("'it''s'  E'a\\\\b'")
})

it('refuses to write fractions as whole numbers', () => {
  expect(() => sql.int(1.5)).toThrow(RangeError)
})
