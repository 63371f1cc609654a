import { expect, it } from 'vitest'
import { aDeployment } from '../../test/deployment.ts'
import { layoutOf } from '../store/layout.ts'
import { render } from '../store/sql.ts'
import { Preparer } from './prepare.ts'
import { apiSchema } from './schema.ts'

const { schema } = aDeployment(`
  interface Owned { id: Bytes!  owner: Owner! }
  type Owner @entity(immutable: false) { id: Bytes!  name: String!  tokens: [Token!]! @derivedFrom(field: "owner") }
  type Token implements Owned @entity(immutable: false) { id: Bytes!  owner: Owner!  price: BigInt  seen: [Owner!]! }
  type Sale implements Owned @entity(immutable: true) { id: Bytes!  owner: Owner!  price: BigDecimal! }
`)
const preparer = new Preparer('Qm', apiSchema(schema), layoutOf(schema, 's'))

/** One line for each clause, without what reads the state. */
function sqlOf(query: string): string {
  const { text } = render(preparer.prepare({ query }).statement)
  const roots = text.slice(text.indexOf('as error_block') + 16, text.lastIndexOf(' from heddle.deployments'))
  return roots.replace(/ (from|where|order by|left join|union all|limit) /g, '\n$1 ')
}

it('finds one by id through the unique index on (id, block_to)', () => {
  expect(sqlOf('{ owner(id: "0x01") { id name } }')).toMatchInlineSnapshot(`
    "coalesce((select concat('{"id":', ('"0x' || encode("t0"."id", 'hex') || '"'), ',"name":', to_json("t0"."name")::text, '}')
    from "s"."owner" "t0"
    where "t0"."id" = $1::bytea and "t0".block_to = 2147483647), 'null') as "r0""
  `)
})

it('cuts rows to size before it makes them into JSON, and children for each parent', () => {
  expect(
    sqlOf(
      '{ owners(first: 5, skip: 2, where: { name_gt: "a" }) { name tokens(first: 3, orderBy: price) { id price } } }',
    ),
  ).toMatchInlineSnapshot(`
    "(select concat('[', string_agg(concat('{"name":', to_json("t0"."name")::text, ',"tokens":', (select concat('[', string_agg(concat('{"id":', ('"0x' || encode("t1"."id", 'hex') || '"'), ',"price":', coalesce(('"' || "t1"."price" || '"'), 'null'), '}'), ','), ']')
    from (select "t1"."id", "t1"."price", "t1"."owner"
    from "s"."token" "t1"
    where "t1"."owner" = "t0"."id" and "t1".block_to = 2147483647
    order by "t1"."price" asc, "t1"."id" asc
    limit 3) "t1"), '}'), ','), ']')
    from (select "t0"."name", "t0"."id"
    from "s"."owner" "t0"
    where "t0".block_to = 2147483647 and (left("t0"."name", 256) >= left($1::text, 256) and "t0"."name" > $1::text)
    order by "t0"."id" asc
    limit 5 offset $2::int8) "t0") as "r0""
  `)
})

it('reads an old state by the range of a version, or by the block of what never changes', () => {
  expect(sqlOf('{ sales(block: { number: 7 }) { owner { id } } }')).toMatchInlineSnapshot(`
    "(select concat('[', string_agg(concat('{"owner":', coalesce((select concat('{"id":', ('"0x' || encode("t1"."id", 'hex') || '"'), '}')
    from "s"."owner" "t1"
    where "t1"."id" = "t0"."owner" and "t1".block_from <= $1::int4 and "t1".block_to > $1::int4), '0'), '}'), ','), ']')
    from (select "t0"."owner", "t0"."id"
    from "s"."sale" "t0"
    where "t0"."block$" <= $1::int4
    order by "t0"."id" asc
    limit 100) "t0") as "r0""
  `)
})

it('sorts keys and addresses of several types, and fetches rows afterwards', () => {
  expect(sqlOf('{ owneds(first: 2) { id ... on Sale { price } } }')).toMatchInlineSnapshot(`
    "(select concat('[', string_agg(case "m0".kind when 0 then (select concat('{"id":', ('"0x' || encode("t1"."id", 'hex') || '"'), '}')
    from "s"."token" "t1"
    where "t1".ctid = "m0".row) when 1 then (select concat('{"id":', ('"0x' || encode("t3"."id", 'hex') || '"'), ',"price":', ('"' || trim_scale("t3"."price") || '"'), '}')
    from "s"."sale" "t3"
    where "t3".ctid = "m0".row) end, ','), ']')
    from ((select 0 as kind, "t2".ctid as row, "t2"."id" as id
    from "s"."token" "t2"
    where "t2".block_to = 2147483647
    order by id asc
    limit 2)
    union all (select 1 as kind, "t4".ctid as row, "t4"."id" as id
    from "s"."sale" "t4"
    order by id asc
    limit 2)
    order by id asc
    limit 2) "m0") as "r0""
  `)
})

it('orders and filters by what a reference leads to', () => {
  expect(sqlOf('{ tokens(orderBy: owner__name, where: { seen_: { name: "a" } }) { id } }')).toMatchInlineSnapshot(`
    "(select concat('[', string_agg(concat('{"id":', ('"0x' || encode("t0"."id", 'hex') || '"'), '}'), ','), ']')
    from (select "t0"."id", "t0"."seen", "t0"."owner"
    from "s"."token" "t0"
    left join "s"."owner" "t2" on "t2"."id" = "t0"."owner" and "t2".block_to = 2147483647
    where "t0".block_to = 2147483647 and (exists (select
    from "s"."owner" "t1"
    where "t1"."id" = any("t0"."seen") and "t1".block_to = 2147483647 and (left("t1"."name", 256) = left($1::text, 256) and "t1"."name" = $1::text)))
    order by "t2"."name" asc, "t0"."id" asc
    limit 100) "t0") as "r0""
  `)
})

it('names a statement once its shape has come twice, whatever its values', () => {
  const ask = (name: string) =>
    preparer.prepare({ query: 'query ($n: String) { owners(where: { name: $n }) { id } }', variables: { n: name } })
  expect(ask('a').name).toBeUndefined()
  expect(ask('b').name).toMatch(/^q[0-9a-f]{32}$/)
  expect(ask('c').name).toBe(ask('b').name)
})
