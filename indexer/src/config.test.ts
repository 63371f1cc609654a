import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { finalityFor, finalityText } from './chain/finality.ts'
import { parseConfig, UsageError } from './config.ts'

const rpc = ['--rpc', 'anvil:http://127.0.0.1:8545']
const token = 'sixteen-letters!'

const urlsOf = (nodes: ReturnType<typeof parseConfig>['rpc']) =>
  [...nodes].map(([network, own]) => [network, own.map(({ url }) => url)])

describe('nodes', () => {
  it('come by the command line, one for each network', () => {
    const { rpc: nodes } = parseConfig([...rpc, '--rpc', 'mainnet:https://node.example/v3/key?a=b:c'], {})

    expect(urlsOf(nodes)).toEqual([
      ['anvil', ['http://127.0.0.1:8545']],
      ['mainnet', ['https://node.example/v3/key?a=b:c']],
    ])
  })

  it('come by the environment, which nobody else can read, as graph-node writes them', () => {
    const ETHEREUM_RPC = 'mainnet:archive,traces:https://node.example/key  base::http://base.example\n'

    expect(urlsOf(parseConfig([], { ETHEREUM_RPC }).rpc)).toEqual([
      ['mainnet', ['https://node.example/key']],
      ['base', ['http://base.example']],
    ])
    expect([...parseConfig(rpc, { ETHEREUM_RPC }).rpc.keys()]).toEqual(['anvil'])
  })

  it('are a pool where one network has several, each used as stands behind its #', () => {
    const ETHEREUM_RPC =
      'mainnet:https://a.example/key#weight=2&rps=50&ws mainnet:http://a.example:80 mainnet:https://a.example/other#agree'

    expect(parseConfig([], { ETHEREUM_RPC }).rpc.get('mainnet')).toEqual([
      {
        url: 'https://a.example/key',
        name: 'https://a.example',
        weight: 2,
        callsPerSecond: 50,
        wsUrl: 'wss://a.example/key',
        mustAgree: false,
      },
      {
        url: 'http://a.example:80',
        name: 'http://a.example',
        weight: 1,
        callsPerSecond: null,
        wsUrl: null,
        mustAgree: false,
      },
      {
        url: 'https://a.example/other',
        name: 'https://a.example (2)',
        weight: 1,
        callsPerSecond: null,
        wsUrl: null,
        mustAgree: true,
      },
    ])
  })

  it.each(['weight=0', 'rps=many', 'rps=', 'ws=http://a.example', 'wieght=1', 'agree'])(
    'are refused with #%s',
    (how) => {
      const read = () => parseConfig([], { ETHEREUM_RPC: `mainnet:https://node.example/hidden-key#${how}` })
      expect(read).toThrow(UsageError)
      expect(read).not.toThrow(/hidden-key/)
    },
  )

  it.each([[{}], [{ ETHEREUM_RPC: ' ' }], [{ ETHEREUM_RPC: 'mainnet:wss://node.example/hidden-key' }]])(
    'have to be there, and are not repeated where they are wrong: %j',
    (env) => {
      expect(() => parseConfig([], env)).toThrow(/--rpc/)
      expect(() => parseConfig([], env)).not.toThrow(/hidden-key/)
    },
  )
})

describe('deploying from elsewhere', () => {
  it.each(['0.0.0.0', '::', '192.0.2.7', 'indexer.example', '127.0.0.1.example'])('needs a token at %s', (host) => {
    for (const argv of [
      ['--host', host],
      ['--admin-host', host],
      ['--host', '127.0.0.1', '--admin-host', host],
    ]) {
      expect(() => parseConfig([...rpc, ...argv], {})).toThrow(UsageError)
      expect(() => parseConfig([...rpc, ...argv], {})).toThrow(/set HEDDLE_ADMIN_TOKEN/)
      expect(() => parseConfig([...rpc, ...argv], { HEDDLE_ADMIN_TOKEN: '' })).toThrow(/set HEDDLE_ADMIN_TOKEN/)
      expect(parseConfig([...rpc, ...argv], { HEDDLE_ADMIN_TOKEN: token })).toMatchObject({
        adminHost: host,
        adminToken: token,
      })
    }
  })

  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])(
    'needs none at %s, where only this machine can knock',
    (host) => {
      expect(parseConfig([...rpc, '--host', '0.0.0.0', '--admin-host', host], {})).toMatchObject({
        host: '0.0.0.0',
        adminHost: host,
      })
    },
  )

  it('needs one of some length', () => {
    expect(() => parseConfig(rpc, { HEDDLE_ADMIN_TOKEN: token.slice(1) })).toThrow(/at least 16 characters/)
    expect(() => parseConfig(rpc, { HEDDLE_ADMIN_TOKEN: token.slice(1) })).not.toThrow(token.slice(1))
  })
})

it('names every problem at once', () => {
  expect(() => parseConfig(['--node-id', 'a b', '--http-port', '70000'], {})).toThrow(/--rpc.*--node-id.*--http-port/s)
})

const read = (env: NodeJS.ProcessEnv) => parseConfig(rpc, env)

describe("graph-node's variables", () => {
  it('say how long a doubtful block waits', () => {
    expect(read({})).toMatchObject({ retryCeilingMs: 3_600_000, retryJitter: 0.2 })
    const env = { GRAPH_SUBGRAPH_ERROR_RETRY_CEIL_SECS: '60', GRAPH_SUBGRAPH_ERROR_RETRY_JITTER: '7' }
    expect(read(env)).toMatchObject({ retryCeilingMs: 60_000, retryJitter: 1 })
  })

  it('say what `prune: auto` keeps', () => {
    expect(read({}).minHistoryBlocks).toBe(500)
    expect(read({ ETHEREUM_REORG_THRESHOLD: '10' }).minHistoryBlocks).toBe(20)
    expect(read({ ETHEREUM_REORG_THRESHOLD: '10', GRAPH_MIN_HISTORY_BLOCKS: '33' }).minHistoryBlocks).toBe(33)
  })

  it('say how much a block may write, with or without gaps in the number', () => {
    expect(read({}).maxBlockBytes).toBe(4_000_000_000)
    expect(read({ GRAPH_NODE_BLOCK_WRITE_CAPACITY: '1_000_000' }).maxBlockBytes).toBe(1_000_000)
  })

  it('are refused where they are no numbers', () => {
    expect(() => read({ GRAPH_MIN_HISTORY_BLOCKS: 'many' })).toThrow(UsageError)
  })
})

describe('finality', () => {
  const args = ['--rpc', 'mainnet:http://localhost', '--rpc', 'base:http://localhost']
  const rules = (argv: readonly string[], env = {}) => {
    const config = parseConfig([...args, ...argv], env)
    return ['mainnet', 'base'].map((network) => finalityText(finalityFor(config, network)))
  }

  it('is so many blocks if nothing else is said', () => {
    expect(rules([])).toEqual(['250', '250'])
    expect(rules([], { ETHEREUM_REORG_THRESHOLD: '12' })).toEqual(['12', '12'])
  })

  it('is said for one network or for all, on the command line or in the environment', () => {
    expect(rules(['--finality', 'mainnet:finalized'])).toEqual(['finalized', '250'])
    expect(rules(['--finality', 'safe', '--finality', 'base:latest'])).toEqual(['safe', '0'])
    expect(rules([], { HEDDLE_FINALITY: 'mainnet:safe base:64' })).toEqual(['safe', '64'])
    expect(rules(['--finality', '7'], { HEDDLE_FINALITY: 'mainnet:safe' })).toEqual(['7', '7'])
  })

  it('is refused if it is none', () => {
    expect(() => rules(['--finality', 'mainnet:soon'])).toThrow('--finality (HEDDLE_FINALITY) must look like')
  })
})

it('takes files of invariants for the build of the start and for names', () => {
  const read = (argv: readonly string[], env = {}) =>
    [...parseConfig(['--rpc', 'mainnet:http://localhost', ...argv], env).invariants].map(
      ([name, file]) => `${name} ${file}`,
    )
  expect(read([])).toEqual([])
  expect(read(['--invariants', '/a.yaml'])).toEqual(['* /a.yaml'])
  expect(read([], { HEDDLE_INVARIANTS: 'org/one=/b=c.yaml two=/d.yaml' })).toEqual(['org/one /b=c.yaml', 'two /d.yaml'])
  expect(read(['--invariants', './x=y.yaml'])).toEqual([`* ${resolve('x=y.yaml')}`])
})
