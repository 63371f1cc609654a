import { expect, it } from 'vitest'
import { aDeployment } from '../../test/deployment.ts'
import { createStatements, lateIndexes } from './ddl.ts'
import { layoutOf, type Table } from './layout.ts'
import { readStatement } from './read.ts'
import { revertStatements } from './revert.ts'
import { render, type Sql } from './sql.ts'
import { closeStatement, copyLines } from './version.ts'

const { schema } = aDeployment(`
  enum Color { red green blue }
  type Token @entity(immutable: false) {
    id: Bytes!  owner: Account!  symbol: String  supply: BigInt!  color: Color  tags: [String!]!  blockFrom: Int
  }
  type Account @entity(immutable: false) { id: ID!  tokens: [Token!]! @derivedFrom(field: "owner") }
  type Transfer @entity(immutable: true) { id: Int8!  token: Token!  amount: BigDecimal!  at: Timestamp! }
`)
const layout = layoutOf(schema, 'sgd1')
const text = (statement: Sql) => render(statement).text

function table(name: string): Table {
  const found = layout.tables.get(name)
  if (found === undefined) throw new Error(`no table ${name}`)
  return found
}

it('lays out one table for each type, with the indexes that writing needs', () => {
  expect(createStatements(layout).map(text).join(';\n')).toMatchInlineSnapshot(`
    "create schema "sgd1";
    create type "sgd1"."color" as enum ('blue', 'green', 'red');
    create table "sgd1"."token" (vid int8 not null, block_from int4 not null, block_to int4 not null default 2147483647, "id" bytea not null, "owner" text collate "C" not null, "symbol" text collate "C", "supply" numeric not null, "color" "sgd1"."color", "tags" text[] collate "C" not null, "block_from_" int4);
    create unique index if not exists "token$key" on "sgd1"."token" (id, block_to);
    create index if not exists "token$ref_owner" on "sgd1"."token" ("owner", block_to);
    create table "sgd1"."account" (vid int8 not null, block_from int4 not null, block_to int4 not null default 2147483647, "id" text collate "C" not null);
    create unique index if not exists "account$key" on "sgd1"."account" (id, block_to);
    create table "sgd1"."transfer" (vid int8 not null, block$ int4 not null, "id" int8 not null, "token" bytea not null, "amount" numeric not null, "at" timestamptz not null);
    create unique index if not exists "transfer$key" on "sgd1"."transfer" (id);
    create index if not exists "transfer$ref_token" on "sgd1"."transfer" ("token", block$)"
  `)
})

it('leaves for later what a backfill does not need', () => {
  expect(lateIndexes(layout).map(text).join(';\n')).toMatchInlineSnapshot(`
    "create index if not exists "token$from" on "sgd1"."token" (block_from);
    create index if not exists "token$closed" on "sgd1"."token" (block_to) where block_to <> 2147483647;
    create index if not exists "token$attr_symbol" on "sgd1"."token" (left("symbol", 256));
    create index if not exists "token$attr_supply" on "sgd1"."token" ("supply");
    create index if not exists "token$attr_block_from_" on "sgd1"."token" ("block_from_");
    create index if not exists "account$from" on "sgd1"."account" (block_from);
    create index if not exists "account$closed" on "sgd1"."account" (block_to) where block_to <> 2147483647;
    create index if not exists "transfer$block" on "sgd1"."transfer" (block$);
    create index if not exists "transfer$attr_amount" on "sgd1"."transfer" ("amount");
    create index if not exists "transfer$attr_at" on "sgd1"."transfer" ("at")"
  `)
})

it('closes many versions by a join', () => {
  const closed = [
    { id: '0x01', at: 7 },
    { id: '0x02', at: 9 },
  ]
  expect(render(closeStatement(table('Token'), closed))).toMatchInlineSnapshot(`
    {
      "text": "update "sgd1"."token" as stored set block_to = old.at
        from unnest($1::bytea[], $2::int4[]) as old (id, at)
        where stored.id = old.id and stored.block_to = 2147483647",
      "values": [
        [
          "\\x01",
          "\\x02",
        ],
        [
          7,
          9,
        ],
      ],
    }
  `)
})

it('copies rows as text', () => {
  const version = {
    vid: 1n,
    from: 7,
    region: 0,
    to: 9,
    entity: new Map([
      ['id', { kind: 'Bytes', value: '0x01' }],
      ['owner', { kind: 'String', value: 'a\tb\\' }],
      ['tags', { kind: 'List', value: [{ kind: 'String', value: 'x"y' }] }],
    ] as const),
  }
  expect([...copyLines(table('Token'), [version])]).toMatchInlineSnapshot(`
    [
      "1	7	9	\\\\x01	a\\tb\\\\	\\N	\\N	\\N	{"x\\\\"y"}	\\N
    ",
    ]
  `)
})

it('reads many ids by a join', () => {
  expect(render(readStatement(table('Account'), ['a', 'b']))).toMatchInlineSnapshot(`
    {
      "text": "select stored."id" from unnest($1::text[]) as wanted (id) join "sgd1"."account" as stored
        on stored.id = wanted.id and stored.block_to = 2147483647",
      "values": [
        [
          "a",
          "b",
        ],
      ],
    }
  `)
})

it('reverts versions, and what never changes', () => {
  expect(['Token', 'Transfer'].flatMap((name) => revertStatements(table(name), 7)).map(text)).toMatchInlineSnapshot(`
    [
      "delete from "sgd1"."token" where block_from > $1",
      "update "sgd1"."token" set block_to = 2147483647 where block_to > $1 and block_to <> 2147483647",
      "delete from "sgd1"."transfer" where block$ > $1",
    ]
  `)
})
