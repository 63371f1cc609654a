import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { InvalidDeploymentError } from '../errors.ts'
import { instantiate, isLive, staticSources } from './data-source.ts'
import { assembleDeployment, type Deployment, loadDeployment } from './deployment.ts'

const tokenAbi = JSON.stringify([
  {
    type: 'event',
    name: 'Transfer',
    anonymous: false,
    inputs: [
      { name: 'from', type: 'address', indexed: true },
      { name: 'to', type: 'address', indexed: true },
      { name: 'value', type: 'uint256' },
    ],
  },
])

const files: Record<string, string> = {
  'schema.graphql': 'type Token @entity(immutable: false) { id: Bytes! }',
  'Token/Token.json': tokenAbi,
  'Token/Token.wasm': '\0asm\x01\0\0\0',
}

const tokenSource = `
  - kind: ethereum
    name: Token
    network: mainnet
    source: { address: 0xABCDEF0123456789ABCDEF0123456789ABCDEF01, abi: Token, startBlock: 7, endBlock: 900 }
    context:
      name: { type: String, data: "0x10" }
      supply: { type: BigInt, data: 123456789012345678901234567890 }
      tags: { type: List, data: [{ type: Int, data: 4 }, { type: Bool, data: true }] }
      rate: { type: BigDecimal, data: 1.50 }
      key: { type: Bytes, data: "0xAB" }
    mapping:
      kind: ethereum/events
      apiVersion: 0.0.9
      language: wasm/assemblyscript
      entities: [Token]
      abis: [{ name: Token, file: Token/Token.json }]
      eventHandlers:
        - event: Transfer(indexed address,indexed address,uint256)
          handler: handleTransfer
          topic1: "0xABCDEF0123456789ABCDEF0123456789ABCDEF01"
          receipt: true
      blockHandlers:
        - { handler: handleOnce, filter: { kind: once } }
        - { handler: handlePolling, filter: { kind: polling, every: 10 } }
      file: Token/Token.wasm`

const tokenManifest = `specVersion: 1.3.0
schema: { file: schema.graphql }
dataSources:${tokenSource}
templates:
  - kind: ethereum/contract
    name: Child
    network: mainnet
    source: { abi: Token }
    mapping:
      kind: ethereum/events
      apiVersion: 0.0.9
      language: wasm/assemblyscript
      abis: [{ name: Token, file: Token/Token.json }]
      eventHandlers: [{ event: "Transfer(indexed address,indexed address,uint256)", handler: handleTransfer }]
      file: Token/Token.wasm
`

function assemble(manifest: string, more: Record<string, string> = {}): Promise<Deployment> {
  const all = { ...files, ...more }
  return assembleDeployment('subgraph.yaml', manifest, async (link) => {
    const content = all[link]
    if (content === undefined) throw new Error('no such file')
    return new TextEncoder().encode(content)
  })
}

async function problemsOf(manifest: string, more?: Record<string, string>): Promise<readonly string[]> {
  try {
    await assemble(manifest, more)
    return []
  } catch (error) {
    if (error instanceof InvalidDeploymentError) return error.facts.problems
    throw error
  }
}

it('reads a data source with its handlers, ABIs and context', async () => {
  const { dataSources, startBlock, network, modules } = await assemble(tokenManifest)
  expect({ startBlock, network, modules: [...modules.keys()] }).toEqual({
    startBlock: 7,
    network: 'mainnet',
    modules: ['Token/Token.wasm'],
  })
  const [token] = dataSources
  expect(token).toMatchObject({
    name: 'Token',
    isTemplate: false,
    address: '0xabcdef0123456789abcdef0123456789abcdef01',
    startBlock: 7,
    endBlock: 900,
    module: 'Token/Token.wasm',
    eventHandlers: [
      {
        handler: 'handleTransfer',
        topic0: '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
        topics: [['0x000000000000000000000000abcdef0123456789abcdef0123456789abcdef01'], [], []],
        receipt: true,
      },
    ],
    blockHandlers: [
      { handler: 'handleOnce', filter: { kind: 'once' } },
      { handler: 'handlePolling', filter: { kind: 'polling', every: 10 } },
    ],
  })
  expect(token?.context).toEqual({
    name: { type: 'String', data: '0x10' },
    supply: { type: 'BigInt', data: '123456789012345678901234567890' },
    tags: {
      type: 'List',
      data: [
        { type: 'Int', data: 4 },
        { type: 'Bool', data: true },
      ],
    },
    rate: { type: 'BigDecimal', data: '1.50' },
    key: { type: 'Bytes', data: '0xab' },
  })
})

it('names a build by the content of all its files', async () => {
  const { id } = await assemble(tokenManifest)
  expect(id).toMatch(/^Qm[1-9A-HJ-NP-Za-km-z]{44}$/)
  expect((await assemble(tokenManifest)).id).toBe(id)
  expect((await assemble(tokenManifest, { 'Token/Token.wasm': '\0asm\x01\0\0\0more' })).id).not.toBe(id)
  expect((await assemble(`${tokenManifest}description: another\n`)).id).not.toBe(id)
  expect((await assemble(`${tokenManifest}# a comment, which is not uploaded\n`)).id).toBe(id)
})

it('freezes all of it', async () => {
  const { dataSources, schema } = await assemble(tokenManifest)
  expect(Object.isFrozen(dataSources[0]?.eventHandlers[0]?.abi.inputs)).toBe(true)
  expect(Object.isFrozen(schema.entities.get('Token'))).toBe(true)
})

it('grows data sources from templates at the block of their creation', async () => {
  const deployment = await assemble(tokenManifest)
  const address = `0x${'11'.repeat(20)}` as const
  const context = { n: { type: 'Int', data: 1 } } as const
  const child = instantiate(deployment, { template: 'Child', address, context }, 20)
  expect(child).toEqual({ definition: deployment.templates[0], address, startBlock: 20, context })
  expect([19, 20, 5000].map((at) => isLive(child, at))).toEqual([false, true, true])
  expect(staticSources(deployment).map((source) => [6, 7, 900, 901].map((at) => isLive(source, at)))).toEqual([
    [false, true, true, false],
  ])
  expect(() => instantiate(deployment, { template: 'Nope', address, context }, 20)).toThrow('It has: Child')
})

it('reads a build from a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-build-'))
  for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path.replace('/', '-')), content)
  const flat = tokenManifest.replaceAll('Token/Token', 'Token-Token')
  await writeFile(join(folder, 'subgraph.yaml'), flat)
  expect((await loadDeployment(join(folder, 'subgraph.yaml'))).manifestText).toBe(flat)
  await expect(loadDeployment(join(folder, 'missing.yaml'))).rejects.toThrow('Is the subgraph built?')
})

it('refuses by name what it cannot run yet', async () => {
  const manifest = `${tokenManifest}
  - { kind: file/arweave, name: Page, mapping: { apiVersion: 0.0.9, file: Token/Token.wasm, handler: handlePage } }
`.replace('kind: polling, every: 10', 'kind: moon')
  expect(await problemsOf(manifest)).toEqual([
    'data source `Token`: the block filter `moon` of `handlePolling` is not supported yet',
    'template `Page`: the kind `file/arweave` is not supported yet, only `ethereum` and `file/ipfs`',
  ])
})

it('reads templates of files, which have a handler and types of their own', async () => {
  const file = (mapping: string) =>
    `${tokenManifest}  - { kind: file/ipfs, name: Page, mapping: { apiVersion: 0.0.9, file: Token/Token.wasm, ${mapping} } }\n`
  const { templates } = await assemble(file('handler: handlePage, entities: [Token]'))
  expect(templates[1]).toMatchObject({
    name: 'Page',
    network: 'mainnet',
    eventHandlers: [],
    fileHandler: { handler: 'handlePage', entities: ['Token'] },
  })
  expect(await problemsOf(file('entities: [Token]'))).toEqual(['template `Page`: `mapping.handler` is missing'])
  expect(await problemsOf(file('handler: handlePage, entities: [Nope]'))).toEqual([
    'template `Page`: the schema has no entity type `Nope`',
  ])
  expect(await problemsOf(tokenManifest.replace('kind: ethereum\n', 'kind: file/ipfs\n'))).toEqual([
    'data source `Token`: the kind `file/ipfs` is only for templates',
  ])
})

it('finds the functions of call handlers among those that may change something', async () => {
  const abi = JSON.stringify([
    ...JSON.parse(tokenAbi),
    {
      type: 'function',
      name: 'move',
      stateMutability: 'nonpayable',
      inputs: [{ name: 'to', type: 'address' }],
      outputs: [],
    },
    { type: 'function', name: 'look', stateMutability: 'view', inputs: [], outputs: [] },
  ])
  const calling = (signature: string) =>
    tokenManifest
      .replace(
        'blockHandlers:',
        `callHandlers: [{ function: "${signature}", handler: handleMove }]\n      blockHandlers:`,
      )
      .replace('kind: polling, every: 10', 'kind: call')
  const { dataSources } = await assemble(calling('move(address)'), { 'Token/Token.json': abi })
  expect(dataSources[0]).toMatchObject({
    callHandlers: [{ handler: 'handleMove', function: 'move(address)', abi: { name: 'move' }, selector: '0x23cadd34' }],
    blockHandlers: [{ filter: { kind: 'once' } }, { handler: 'handlePolling', filter: { kind: 'call' } }],
  })
  expect(await problemsOf(calling('look()'), { 'Token/Token.json': abi })).toEqual([
    'data source `Token`: Function with the signature "look()" not found in contract "Token"',
  ])
  const wildcard = calling('move(address)').replace('address: 0xABCDEF0123456789ABCDEF0123456789ABCDEF01, ', '')
  expect(await problemsOf(wildcard, { 'Token/Token.json': abi })).toEqual(['subgraph source address is required'])
})

it('has to be told that a mapping reads from IPFS', async () => {
  // A type section with () -> (), an import section with env.ipfs.cat of that type.
  const reading = { 'Token/Token.wasm': '\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x10\x01\x03env\x08ipfs.cat\0\0' }
  expect(await problemsOf(tokenManifest, reading)).toEqual([
    'The feature `ipfsOnEthereumContracts` is used by the subgraph but it is not declared in the manifest.',
  ])
  for (const feature of ['ipfsOnEthereumContracts', 'nonDeterministicIpfs']) {
    const told = tokenManifest.replace('specVersion: 1.3.0', `specVersion: 1.3.0\nfeatures: [${feature}]`)
    expect((await assemble(told, reading)).features).toEqual([feature])
  }
})

it('reads declared calls, and refuses those that cannot be', async () => {
  const abi = JSON.stringify([
    ...JSON.parse(tokenAbi),
    { type: 'function', name: 'owner', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'address' }] },
  ])
  const declaring = (call: string) =>
    tokenManifest.replace('handler: handleTransfer\n', `handler: handleTransfer\n          calls: { One: "${call}" }\n`)
  const { dataSources } = await assemble(declaring('Token[event.params.from].owner()'), { 'Token/Token.json': abi })
  expect(dataSources[0]?.eventHandlers[0]?.calls).toMatchObject([{ abi: { name: 'owner' }, address: { path: [0] } }])
  expect(await problemsOf(declaring('Token[event.address].boss()'), { 'Token/Token.json': abi })).toEqual([
    'data source `Token`: the declared call `Token[event.address].boss()`: `Token` has no function `boss` with 0 arguments',
  ])
})

it('knows what it is grafted onto, where the manifest says that it grafts', async () => {
  const grafted = `${tokenManifest}graft: { base: QmBase, block: 5 }\n`
  expect(await problemsOf(grafted)).toEqual([
    'The feature `grafting` is used by the subgraph but it is not declared in the manifest.',
  ])
  const { graft } = await assemble(grafted.replace('specVersion: 1.3.0', 'specVersion: 1.3.0\nfeatures: [grafting]'))
  expect(graft).toEqual({ base: 'QmBase', block: 5 })
})

it('takes mappings of AssemblyScript 0.6, whose apiVersions may even differ', async () => {
  const plain = tokenManifest.replace(/ +(receipt|topic1):.*\n/g, '')
  const old = plain
    .replace('apiVersion: 0.0.9', 'apiVersion: 0.0.3')
    .replaceAll('apiVersion: 0.0.9', 'apiVersion: 0.0.4')
  expect((await assemble(old)).dataSources.map(({ apiVersion }) => apiVersion)).toEqual(['0.0.3'])
  expect(await problemsOf(old.replace('apiVersion: 0.0.4', 'apiVersion: 0.0.5'))).toEqual([
    'subgraph must use a single apiVersion across its data sources. Found: 0.0.3, 0.0.5',
  ])
})

const composed = (...ids: readonly string[]) => `specVersion: 1.3.0
schema: { file: schema.graphql }
dataSources:
${ids
  .map(
    (id, at) => `  - kind: subgraph
    name: Source${at}
    network: mainnet
    source: { address: ${id}, startBlock: ${at} }
    mapping:
      apiVersion: 0.0.9
      language: wasm/assemblyscript
      entities: [Token]
      handlers: [{ handler: handlePair, entity: Pair }]
      file: Token/Token.wasm
`,
  )
  .join('')}`

it('reads data sources that follow other deployments', async () => {
  const { dataSources, network } = await assemble(composed('QmOne', 'QmTwo'))
  expect(network).toBe('mainnet')
  expect(dataSources).toMatchObject([
    { name: 'Source0', startBlock: 0, address: `0x${Buffer.from('QmOne').toString('hex')}`, eventHandlers: [] },
    { entitySource: { deployment: 'QmTwo', handlers: [{ handler: 'handlePair', entity: 'Pair' }] } },
  ])
  expect(await problemsOf(composed('Qm/One'))).toEqual([
    'data source `Source0`: `source.address` must be the id of a deployment',
  ])
})

it('refuses compositions that graph-node refuses', async () => {
  const refused = 'data source subgraph is invalid: '
  expect(await problemsOf(composed('QmOne').replace('1.3.0', '1.2.0'))).toEqual([
    `${refused}Subgraph datasources are not supported prior to spec version 1.3.0`,
  ])
  expect(await problemsOf(composed('QmOne', 'QmOne'))).toEqual([
    `${refused}Multiple subgraph datasources cannot use the same source subgraph QmOne`,
  ])
  expect(await problemsOf(composed('QmA', 'QmB', 'QmC', 'QmD', 'QmE', 'QmF'))).toEqual([
    `${refused}Cannot have more than 5 subgraph datasources`,
  ])
  expect(await problemsOf(composed('QmOne') + tokenSource.slice(1))).toEqual([
    `${refused}Subgraph datasources cannot be used alongside onchain datasources`,
  ])
})

it('does not look at the network of a template, as graph-node does not', async () => {
  const other = tokenManifest.replace('network: mainnet\n    source: { abi', 'network: sepolia\n    source: { abi')
  expect(other).not.toBe(tokenManifest)
  expect((await assemble(other)).network).toBe('mainnet')
})

it('lists every problem of the manifest and its files at once', async () => {
  const manifest = tokenManifest
    .replace('specVersion: 1.3.0', 'specVersion: 0.0.6\nfeatures: [timeTravel]')
    .replace('event: "Transfer(indexed address,indexed address,uint256)"', 'event: "Approval(address)"')
    .replace('every: 10', 'every: 0')
    .replace('apiVersion: 0.0.9', 'apiVersion: 0.0.4')
    .replace('data: 4', 'data: 4.5')
  expect(
    await problemsOf(manifest, { 'schema.graphql': 'type Token { id: ID! }', 'Token/Token.wasm': 'export' }),
  ).toEqual([
    'data source `Token`: the polling filter of `handlePolling` needs `every`, a number of at least 1',
    'data source `Token`: `context.tags` is not a Int: 4.5',
    'unknown feature `timeTravel`',
    'subgraph must use a single apiVersion across its data sources. Found: 0.0.4, 0.0.9',
    'data source `Token`: `endBlock` is not supported prior to specVersion 0.0.9',
    'data source `Token`: `receipt: true` needs apiVersion 0.0.7',
    'data source `Token`: a topic filter is not supported prior to specVersion 1.2.0',
    'data source `Token`: the block filter `once` is not supported prior to specVersion 0.0.8',
    'schema.graphql: @entity directive missing on the following types: `Token`',
    'data source `Token`: Token/Token.wasm is not a compiled mapping. Run graph build first.',
    'template `Child`: Token/Token.wasm is not a compiled mapping. Run graph build first.',
    'template `Child`: Event with the signature "Approval(address)" not found in contract "Token"',
  ])
})

it('says which line of a data source is missing or wrong', async () => {
  const manifest = tokenManifest
    .replace('startBlock: 7', 'startBlock: soon')
    .replace('0xABCDEF0123456789ABCDEF0123456789ABCDEF01, abi: Token', '0xABC')
    .replace('file: Token/Token.wasm', 'files: Token/Token.wasm')
  expect(await problemsOf(manifest)).toEqual([
    'data source `Token`: `source.address` must be an address of 20 bytes',
    expect.stringMatching(/^data source `Token`: `source.abi` /),
    'data source `Token`: `source.startBlock` must be a block number',
    expect.stringMatching(/^data source `Token`: `mapping.file` /),
  ])
})

it('tells broken YAML from a broken manifest', async () => {
  expect(await problemsOf('a: [')).toEqual([expect.stringContaining('subgraph is not valid YAML')])
  expect(await problemsOf('nothing')).toEqual([expect.stringContaining('must be a map')])
  expect(await problemsOf('a: b')).toEqual([
    expect.stringContaining('`specVersion`'),
    expect.stringContaining('`schema`'),
  ])
})

it('reports files that are not there', async () => {
  expect(await problemsOf(tokenManifest.replaceAll('Token/Token.json', 'gone.json'))).toEqual([
    'gone.json: it cannot be read: no such file',
  ])
})
