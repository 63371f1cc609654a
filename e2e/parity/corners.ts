import { taped } from './property/entry.ts'
import type { Value, ValueKind } from './property/sketch.ts'
import type { Taped } from './property/tape.ts'

/** What the other schemas do not have: lists of every kind, fields that an interface only names, and what refers to nothing there is. */
const schema = `
type _Schema_
  @fulltext(name: "near", language: simple, algorithm: proximityRank, include: [{ entity: "Note", fields: [{ name: "text" }] }])
  @fulltext(name: "often", language: simple, algorithm: rank, include: [{ entity: "Note", fields: [{ name: "text" }] }])
enum Word { A true_ b }
interface Thing { id: ID! name: String keeper: Room }
type Cat implements Thing @entity(immutable: false) { id: ID! name: String keeper: Room }
type Dog implements Thing @entity(immutable: true) { id: ID! name: String keeper: Room @derivedFrom(field: "guard") }
type Room @entity(immutable: false) { id: String! name: String guard: Dog }
"Nothing is one: to graph-node its ids are texts, whatever they say here."
interface Lone { id: Bytes! name: String bin: Bin }
type Lost @entity(immutable: false) { id: ID! lone: Lone lones: [Lone!] }
type Bin @entity(immutable: false) { id: Bytes! n: Int }
type Num @entity(immutable: false) { id: Int8! n: Int }
type Row @entity(immutable: false) {
  id: ID! name: String word: Word bin: Bin num: Num room: Room thing: Thing
  int8s: [Int8!] times: [Timestamp!] words: [Word!] bins: [Bin!] nums: [Num!] rooms: [Room!] things: [Thing!]
}
"Two keys of one door: graph-node cannot tell which is meant."
type Door @entity(immutable: false) { id: ID! n: Int key: Key @derivedFrom(field: "door") }
type Key @entity(immutable: false) { id: ID! door: Door }
type Note @entity(immutable: false) { id: ID! text: String }
type Tick @entity(timeseries: true) { id: Int8! timestamp: Timestamp! price: BigDecimal! }
type Ticks @aggregation(intervals: ["hour", "day"], source: "Tick") {
  id: Int8! timestamp: Timestamp!
  sum: BigDecimal! @aggregate(fn: "sum", arg: "price")
  ever: BigDecimal! @aggregate(fn: "sum", arg: "price", cumulative: true)
}
`

const of = (kind: ValueKind) => (text: string | number) => ({ kind, text: String(text) })
const [text, int, int8, bytes, time, decimal] = (
  ['String', 'Int', 'Int8', 'Bytes', 'Timestamp', 'BigDecimal'] as const
).map(of) as [Of, Of, Of, Of, Of, Of]
type Of = ReturnType<typeof of>
const all = (how: Of, ...items: readonly (string | number)[]): Value => ({ items: items.map(how) })

const set = (type: string, id: string, row: Readonly<Record<string, Value>>): Taped => {
  const idKind = { Bin: bytes, Num: int8, Tick: int8 }[type] ?? text
  return { type, id, row: { id: idKind(id), ...row } }
}
const tick = (price: string) => set('Tick', '0', { timestamp: time(0), price: decimal(price) })
const notes = (...list: readonly string[]) => list.map((words, n) => set('Note', `n${n}`, { text: text(words) }))

const digits = '0.1234567890123456789012345678901234'
const ids = ['0x01', '0x0102', '0x', '0xff00']
const words = ['A', 'true_', 'b']
const rooms = ['k0', 'K0', 'k1', 'Ka']

/** Each kind of list: one of its own, some that share a part, an empty one and none at all. */
const row = (n: number): Taped => {
  const [one = '', other = ''] = [ids[n % 4], ids[(n + 1) % 4]]
  if (n % 5 === 4) return set('Row', `r${n}`, {})
  const some = (how: Of, ...items: readonly (string | number)[]) => all(how, ...(n % 5 === 3 ? [] : items))
  return set('Row', `r${n}`, {
    name: text(['a', 'b', 'Ab', ''][n % 4] ?? ''),
    word: text(words[n % 3] ?? ''),
    bin: bytes(one),
    num: int8(n % 4),
    room: text(rooms[n % 4] ?? ''),
    thing: text(n % 2 === 0 ? 'c0' : 'd1'),
    int8s: some(int8, n, 3_000_000_000, -n),
    times: some(time, 1_700_000_000_000_000, n * 1_000_001),
    words: some(text, words[n % 3] ?? '', words[(n + 1) % 3] ?? ''),
    bins: some(bytes, one, other),
    nums: some(int8, n % 4, (n + 1) % 4),
    things: some(text, 'c0', 'd1', `c${n % 3}`, 'd2'),
    rooms: some(text, rooms[n % 4] ?? '', rooms[(n + 1) % 4] ?? '', 'none'),
  })
}

export const corners = taped('corners', schema, {
  blocks: [
    [
      ...ids.map((id, n) => set('Bin', id, { n: int(n) })),
      ...[0, 1, 2, 3].map((n) => set('Num', `${n}`, { n: int(n) })),
      ...[0, 1, 2].map((n) => set('Dog', `d${n}`, { name: text(['a', 'b', 'c'][n] ?? '') })),
      ...rooms.map((id, n) => set('Room', id, { name: text(['b', 'a', 'c', 'B'][n] ?? ''), guard: text(`d${n}`) })),
      ...[0, 1, 2].map((n) => set('Cat', `c${n}`, { name: text('a'), keeper: text(rooms[n] ?? '') })),
      ...ids.map((id, n) => set('Lost', `l${n}`, { lone: text(id), lones: all(text, id, 'none') })),
      ...[0, 1, 2, 3].map((n) => set('Door', `d${n}`, { n: int(n) })),
      set('Key', 'one', { door: text('d1') }),
      tick(digits),
      tick('99999999999999999999.000000001'),
    ],
    [
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(row),
      ...notes(
        'owl',
        'fox',
        'fox fox',
        'fox dog',
        'dog x x x x fox',
        'cat',
        '',
        'dog dog dog fox',
        'fox a b dog fox',
        'fox fox fox',
      ),
      tick('-0.00000000000000000000000000000000001'),
    ],
    [tick(digits), tick('1e30')],
    [set('Room', 'k1', { name: text('z') }), { type: 'Row', id: 'r2', row: null }, tick('5')],
    [tick('12345678901234567890.12345678901234567890')],
    [set('Key', 'other', { door: text('d1') })],
  ],
  orphaned: [[row(12), tick('1')], [set('Room', 'k0', { name: text('orphan') })]],
  kept: [[row(11)], [tick('2')]],
})
