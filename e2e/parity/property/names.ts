import type { Random } from '../random.ts'

/** Names of types whose plurals, camel case or tables are not what one would think. */
export const typeNames = [
  ...['Fish', 'News', 'person', 'Data', 'URI', 'Status2', 'Bus', 'Index', 'Child', 'Mouse', 'Quiz', 'Leaf', 'Hero'],
  ...['Axis', 'Ox', 'Sheep', 'Box', 'Baby', 'Day', 'userOp', 'ERC20Token', 'A', 'B1', 'aB', 'X_y', 'Police', 'Series'],
  ...['Knife', 'Life', 'Matrix', 'Vertex', 'Analysis', 'Criterion', 'Foot', 'Tooth', 'Goose', 'Man', 'Human', 'Media'],
  ...['Photo', 'Echo', 'Virus', 'Octopus', 'Alias', 'Gas', 'Hash', 'Dress', 'Buzz', 'Pool_1', 'T9s', 'ID2', 'Order'],
  ...['Group', 'User', 'Select', 'Table', 'Meta', 'Statuses', 'Fishs', 'Equipment', 'Information', 'Rice', 'Money'],
  ...['Move', 'Shoe', 'Testis', 'Crisis', 'Portfolio', 'NFT', 'NFTs', 'DAOVote', 'LPToken', 'x', 'Z_', 'Half', 'Wolf'],
  ...['Deer', 'Chassis', 'Cactus', 'Datum', 'Bacterium', 'Potato', 'Boss', 'Church', 'Dish', 'Size', 'Prize', 'Ice'],
  ...['Account_Role', 'TokenURI', 'uint256Value', 'Query1', 'Bytes_', 'UserID', 'OHLC', 'X1', 'Y2k', 'Woman', 'Lotus'],
] as const

/** Names of fields that are words of SQL or of queries, or that look like filters. */
export const fieldNames = [
  ...['a', 'b', 'name', 'text', 'value', 'type', 'order', 'group', 'user', 'not', 'in', 'to', 'from', 'amount_gt'],
  ...['name_not', 'URI', 'iD2', 'isNew', 'aB', 'fooBar2', 'owner', 'count', 'block', 'hash', 'symbol', 'desc', 'limit'],
  ...[
    'offset',
    'first',
    'skip',
    'where',
    'number',
    'number_gte',
    'interval',
    'contains',
    'a_in',
    'b_contains',
    'NAME2',
  ],
  ...['orderBy', 'select', 'table', 'default', 'all', 'key', 'ref_', 'ID2', 'token0', 'amount0In', 'totalUSD', 'x_y'],
  ...['createdAt', 'nocase', 'x_starts_with', 'parent', 'child', 'lang', 'column', 'c', 'd', 'subgraphError', 'tx'],
] as const

/**
 * Takes names that nothing has yet, by what they become in SQL; and none that is another one's filter, since what such filters
 * mean is nobody's intention.
 */
export function namesFrom(pool: readonly string[], random: Random): () => string {
  const left = [...pool]
  const taken = new Set<string>()
  const given: string[] = []
  return () => {
    for (;;) {
      const [name] = left.splice(random.below(left.length), 1)
      if (name === undefined) throw new Error('there are no more names')
      const plain = name.toLowerCase().replaceAll('_', '')
      if (taken.has(plain) || given.some((one) => name.startsWith(`${one}_`) || one.startsWith(`${name}_`))) continue
      given.push(name)
      taken.add(plain)
      return name
    }
  }
}
