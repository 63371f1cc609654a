import { expect, it } from 'vitest'
import { invalid, unreadable } from './refusal.ts'

const manifest = `specVersion: 1.3.0
schema: { file: schema.graphql }
dataSources:
  - kind: ethereum/contract
    name: Token
    network: mainnet
    source: { address: 0xABCDEF0123456789ABCDEF0123456789ABCDEF01, abi: Token, startBlock: 7 }
    mapping:
      kind: ethereum/events
      apiVersion: 0.0.9
      language: wasm/assemblyscript
      entities: [Token]
      abis: [{ name: Token, file: Token.json }]
      eventHandlers:
        - { event: Transfer(address), handler: handleTransfer }
      file: Token.wasm
`
const swap = (from: string, to: string) => {
  expect(manifest).toContain(from)
  return unreadable('QmId', manifest.replace(from, to))
}

it('has nothing against a good manifest', () => {
  expect(unreadable('QmId', manifest)).toBeNull()
  expect(invalid(manifest)).toEqual([])
})

it('says in graph-node’s words what is no manifest', () => {
  expect(unreadable('QmId', '')).toBe('resolve error: invalid manifest')
  expect(unreadable('QmId', 'hello')).toBe('parse error: invalid type: string "hello", expected a YAML mapping')
  expect(unreadable('QmId', '- a')).toBe('parse error: invalid type: sequence, expected a YAML mapping')
  expect(unreadable('QmId', 'a: 1\na: 2\n')).toBe('parse error: duplicate entry with key "a"')
  expect(swap('kind: ethereum/contract', 'kind: moon')).toBe('resolve error: unknown blockchain kind moon')
})

it('names the field that is missing, and the type that was expected', () => {
  expect(swap('apiVersion: 0.0.9', 'apiversion: 0.0.9')).toBe('parse error: missing field `apiVersion`')
  expect(swap(', abi: Token', '')).toBe('parse error: missing field `abi`')
  expect(swap('startBlock: 7', 'startBlock: soon')).toBe('parse error: invalid type: string "soon", expected i32')
  expect(swap('0xABCDEF0123456789ABCDEF0123456789ABCDEF01', '"0x12"')).toBe('parse error: invalid string length')
  expect(swap('schema:', 'features: [magic]\nschema:')).toMatch(
    /^parse error: unknown variant `magic`, expected one of /,
  )
})

it('tells which versions there are, and what a version does not know yet', () => {
  expect(swap('1.3.0', '1.3')).toBe('parse error: unexpected end of input while parsing minor version number')
  expect(swap('1.3.0', '9.0.0')).toBe(
    'resolve error: This Graph Node only supports manifest spec versions between 0.0.2 and 1.5.0, but subgraph `QmId` uses `9.0.0`',
  )
  expect(swap('apiVersion: 0.0.9', 'apiVersion: 1.0.0')).toBe(
    'resolve error: The maximum supported mapping API version of this indexer is 0.0.10, but `1.0.0` was found',
  )
  const filtered = manifest.replace('handler: handleTransfer', 'handler: handleTransfer, topic1: [0x01]')
  expect(unreadable('QmId', filtered.replace('1.3.0', '1.1.0'))).toBe(
    'resolve error: Subgraph `QmId` uses spec version 1.1.0, but data source `Token` requires at least version 1.2.0',
  )
})

it('tells a declared call that is none by its data source', () => {
  expect(swap('handler: handleTransfer', "handler: handleTransfer, calls: { it: 'Token[event.nope].name()' }")).toBe(
    'resolve error: failed to resolve data source at index 0: failed to resolve data source Token with source_address ' +
      'Some(0xabcdef0123456789abcdef0123456789abcdef01) and source_start_block 7: ' +
      "Error in declared call 'it':: Failed to parse address 'event.nope' in call expression 'Token[event.nope].name()': " +
      'invalid call argument `event.nope`',
  )
})

it('lists what is invalid about data sources that can be read', () => {
  const unplaced = manifest.replace('address: 0xABCDEF0123456789ABCDEF0123456789ABCDEF01, ', '')
  expect(invalid(unplaced.replace('eventHandlers:', 'blockHandlers: [{ handler: h }]\n      eventHandlers:'))).toEqual([
    'data source Token is invalid: subgraph source address is required',
  ])
  expect(invalid(manifest.replace('    network: mainnet\n', ''))).toEqual([
    'subgraph must have at least one Ethereum network data source',
  ])
})
