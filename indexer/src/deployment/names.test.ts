import { expect, it } from 'vitest'
import { camel, plural, pluralField, singularField, snake } from './names.ts'

it.each([
  ['amount0In', 'amount_0_in'],
  ['totalValueLockedUSD', 'total_value_locked_usd'],
  ['ERC20Token', 'erc20_token'],
  ['sqrtPriceX96', 'sqrt_price_x96'],
  ['a1b2', 'a_1b_2'],
  ['feeGrowthGlobal0X128', 'fee_growth_global_0x128'],
  ['_id', 'id'],
  ['snake_case', 'snake_case'],
  ['contentURI', 'content_uri'],
  ['ref_', 'ref'],
])('names the column of %s %s', (field, column) => {
  expect(snake(field)).toBe(column)
})

it.each([
  ['User', 'user', 'users'],
  ['Stats', 'stats', 'stats_collection'],
  ['ERC20Token', 'erc20Token', 'erc20Tokens'],
  ['NFT', 'nft', 'nfts'],
  ['MyNFT', 'myNFT', 'myNFTs'],
  ['UniswapDayData', 'uniswapDayData', 'uniswapDayDatas'],
  ['Metadata', 'metadata', 'metadata_collection'],
  ['Person', 'person', 'persons'],
  ['Salesperson', 'salesperson', 'salespersonople'],
  ['Sheep', 'sheep', 'sheeps'],
  ['Series', 'series', 'series_collection'],
  ['Category', 'category', 'categories'],
  ['Address', 'address', 'addresses'],
  ['Status', 'status', 'statuses'],
  ['Index', 'index', 'indexes'],
  ['Leaf', 'leaf', 'leaves'],
  ['Money', 'money', 'monies'],
  ['Blouse', 'blouse', 'blouseice'],
  ['Alias', 'alias', 'alias_collection'],
  ['Foo_bar', 'fooBar', 'fooBars'],
  ['Token_v2', 'tokenV2', 'tokenV2S'],
  ['Child', 'child', 'childs'],
  ['Mouse', 'mouse', 'mouses'],
  ['Police', 'police', 'policeice'],
  ['Query1', 'query1', 'query1S'],
  ['X1', 'x1', 'x1S'],
  ['Quiz', 'quiz', 'quizs'],
  ['Knife', 'knife', 'knifes'],
  ['Hero', 'hero', 'heros'],
  ['Potato', 'potato', 'potatoes'],
  ['Chassis', 'chassis', 'chasses'],
  ['Axis', 'axis', 'axis_collection'],
  ['News', 'news', 'news_collection'],
  ['Market', 'market', 'markets'],
  ['_Hidden', 'hidden', 'hiddens'],
])('names the query fields of %s %s and %s', (type, one, many) => {
  expect([singularField(type), pluralField(type)]).toEqual([one, many])
})

it('knows the irregular and the uncountable only in lower case', () => {
  expect(['ox', 'goose', 'sheep', 'yoga', 'Goose'].map(plural)).toEqual(['oxen', 'geese', 'sheep', 'yoga', 'Gooses'])
})

it('keeps capitals that follow a capital which began a word', () => {
  expect(['MyNFTs', 'URLPath', 'a_B_c', '__x'].map(camel)).toEqual(['myNFTs', 'urlpath', 'aBC', 'x'])
})
