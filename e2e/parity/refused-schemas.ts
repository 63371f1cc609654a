const row = 'type Row @entity(immutable: false)'
const point = `type P @entity(timeseries: true) { id: Int8! timestamp: Timestamp! v: Int! d: BigDecimal! s: String! o: Boolean! }`
const sum = (body: string, how = 'intervals: ["hour"], source: "P"', head = 'id: Int8! timestamp: Timestamp!') =>
  `${point} type S @aggregation(${how}) { ${head} ${body} }`
const of = (fn: string, arg: string) => `x: BigDecimal! @aggregate(fn: "${fn}", arg: "${arg}")`
const search = (args: string, include = 'include: [{ entity: "Row", fields: [{ name: "title" }] }]') =>
  `type _Schema_ @fulltext(${args}, ${include}) ${row} { id: ID! title: String! n: Int }`

/** What an aggregate may be of, and a little that it may not. */
const expressions = [
  ...[
    'v ^ 2',
    'v::text',
    'cast(v as int)',
    '.5',
    'v v',
    'v; drop table x',
    'v -- x',
    '1e3',
    'case v when 1 then 2 end',
  ],
  ...[
    '',
    'o',
    'nope + v',
    'v || s',
    'round(d)',
    'ceil(d)',
    'v in (1, 2)',
    'v between 1 and 2',
    "s like 'x'",
    'p.v',
    'not o',
  ],
  ...['@v', '(select 1)', 'v << 1', 'max(v)', 'v < all(v)', "interval '1 day'", 'case when o then v end'],
]

/** Schemas by what is odd about them. Some are taken. */
export const oddSchemas: Readonly<Record<string, string>> = {
  'union and input': `${row} { id: ID! } union U = Row input I { x: Int }`,
  'enum value twice': `${row} { id: ID! a: A } enum A { B C B }`,
  'list of lists': `${row} { id: ID! n: [[Int!]!]! }`,
  'id optional': `${row} { id: ID }`,
  'flag is text': 'type Row @entity(immutable: "true") { id: ID! }',
  'skipDuplicates of what changes': 'type Row @entity(immutable: false, skipDuplicates: true) { id: ID! }',
  'timeseries that changes': 'type P @entity(timeseries: true, immutable: false) { id: Int8! timestamp: Timestamp! }',
  'names of one table': `${row} { id: ID! } type ROW @entity(immutable: false) { id: ID! }`,
  'names of one column': `${row} { id: ID! fooBar: Int foo_bar: Int }`,
  'column of the system': `${row} { id: ID! xmin: Int }`,
  'column of graph-node': `${row} { id: ID! vid: Int }`,
  'name of nothing': `${row} { id: ID! _: Int }`,
  'name of a number': 'type _1 @entity(immutable: false) { id: ID! }',
  'name of 62 letters': `type ${'A'.repeat(62)} @entity(immutable: false) { id: ID! }`,
  'enum like a table': `${row} { id: ID! a: ROW } enum ROW { A }`,
  'enum value of 64 letters': `${row} { id: ID! a: A } enum A { ${'A'.repeat(64)} }`,
  'derived from an id': `${row} { id: ID! same: [Two!]! @derivedFrom(field: "id") } type Two @entity(immutable: false) { id: ID! }`,
  'derived from a number': `${row} { id: ID! d: [Two!]! @derivedFrom(field: 1) } type Two @entity(immutable: false) { id: ID! row: Row! }`,
  'interface unknown': 'type Row implements Nope @entity(immutable: false) { id: ID! }',
  'search without name': search('language: en, algorithm: rank'),
  'search in an unknown language': search('name: "find", language: xx, algorithm: best'),
  'search named like a field': search('name: "title", language: en, algorithm: rank'),
  'search of a number': search(
    'name: "find", language: en, algorithm: rank',
    'include: [{ entity: "Row", fields: [{ name: "n" }] }]',
  ),
  'search of nothing': search('name: "find", language: en, algorithm: rank', 'include: []'),
  'searches of one name': `type _Schema_ ${'@fulltext(name: "f", language: en, algorithm: rank, include: [{ entity: "Row", fields: [{ name: "t" }] }]) '.repeat(2)} ${row} { id: ID! t: String }`,
  'sum of text': sum('x: String! @aggregate(fn: "sum", arg: "v")'),
  'sum too wide': sum('x: Int! @aggregate(fn: "sum", arg: "d")'),
  'sum without function': sum('x: Int! @aggregate(arg: "v")'),
  'sum of no source': sum(of('sum', 'v'), 'intervals: ["hour"], source: "Nope"'),
  'sum without timestamp': sum(of('sum', 'v'), undefined, 'id: Int8!'),
  'sums by the minute': sum(of('sum', 'v'), 'intervals: ["minute", "day"], source: "P"'),
  'sums without any': sum('s: String!'),
  ...Object.fromEntries(expressions.map((text) => [`sum of ${text}`, sum(of('sum', text))])),
}
