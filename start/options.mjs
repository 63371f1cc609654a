/** What `npm start` can be told: by a flag, by a variable of the environment, by the same variable in `.env`; in this order. */
import { findTwice, optional, parsePort, parseUrl, readArguments, usageOf } from './arguments.mjs'
import { Fault } from './fault.mjs'
import { homeFolder } from './home.mjs'

/**
 * @typedef {{
 *   home: string,
 *   fresh: boolean,
 *   runtime: Runtime,
 *   host: string,
 *   port: number,
 *   rpcPort: number,
 *   rpcUrl?: string,
 *   postgresPort?: number,
 *   postgresUrl?: string,
 *   indexer: { http: number, admin: number, status: number, metrics: number, ipfs: number },
 *   ipfsUrl?: string,
 * }} Settings
 */

/** @typedef {'embedded' | 'graph-node'} Runtime - which program indexes the chain */

/** @type {readonly import('./arguments.mjs').Option[]} */
export const options = [
  { flag: 'port', variable: 'HEDDLE_PORT', value: '<port>', about: 'the gateway', otherwise: '4000' },
  {
    flag: 'host',
    variable: 'HEDDLE_HOST',
    value: '<address>',
    about: 'where the gateway listens',
    otherwise: '127.0.0.1',
  },
  { flag: 'rpc-port', variable: 'HEDDLE_RPC_PORT', value: '<port>', about: 'the local chain', otherwise: '8545' },
  {
    flag: 'rpc-url',
    variable: 'HEDDLE_RPC_URL',
    value: '<url>',
    about: 'a chain of your own instead of the local one',
  },
  {
    flag: 'postgres-port',
    variable: 'HEDDLE_POSTGRES_PORT',
    value: '<port>',
    about: 'the embedded Postgres; else a free one',
  },
  {
    flag: 'postgres-url',
    variable: 'DATABASE_URL',
    value: '<url>',
    about: 'a Postgres of your own instead of the embedded',
  },
  {
    flag: 'http-port',
    variable: 'HEDDLE_HTTP_PORT',
    value: '<port>',
    about: "the indexer's queries",
    otherwise: '8000',
  },
  {
    flag: 'admin-port',
    variable: 'HEDDLE_ADMIN_PORT',
    value: '<port>',
    about: "the indexer's admin",
    otherwise: '8020',
  },
  {
    flag: 'status-port',
    variable: 'HEDDLE_STATUS_PORT',
    value: '<port>',
    about: "the indexer's status",
    otherwise: '8030',
  },
  {
    flag: 'metrics-port',
    variable: 'HEDDLE_METRICS_PORT',
    value: '<port>',
    about: "the indexer's metrics",
    otherwise: '8040',
  },
  {
    flag: 'runtime',
    variable: 'HEDDLE_RUNTIME',
    value: '<name>',
    about: 'what indexes: embedded, or the real graph-node (Linux x64)',
    otherwise: 'embedded',
  },
  { flag: 'ipfs-port', variable: 'HEDDLE_IPFS_PORT', value: '<port>', about: "the indexer's IPFS", otherwise: '5001' },
  {
    flag: 'ipfs',
    variable: 'HEDDLE_IPFS_URL',
    value: '<url>',
    about: 'an IPFS node or gateway that has the files mappings ask for; else only what is put in here',
  },
  { flag: 'home', variable: 'HEDDLE_HOME', value: '<folder>', about: 'where all state is kept', otherwise: '.heddle' },
  {
    flag: 'fresh',
    variable: 'HEDDLE_FRESH',
    value: '',
    about: 'forget all state first: chain, index and what people wrote',
  },
]

export const usage = usageOf('npm start', options)

/**
 * @param {readonly string[]} argv - without node and script
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root - relative paths are from here, and so is `.env`
 * @returns {Settings}
 * @throws {Fault} `USAGE` naming every problem
 */
export function readSettings(argv, env, root) {
  /** @type {string[]} */
  const problems = []
  const text = readArguments({ command: 'npm start', options, argv, env, root, problems })
  const port = (/** @type {string} */ flag) => parsePort(flag, text(flag) ?? '', problems)

  const settings = {
    home: homeFolder({ HEDDLE_HOME: text('home') }, root),
    fresh: isTrue(text('fresh')),
    runtime: parseRuntime(text('runtime'), problems),
    host: text('host') ?? '127.0.0.1',
    port: port('port'),
    rpcPort: port('rpc-port'),
    ...optional('rpcUrl', parseUrl('rpc-url', /^https?:$/, 'http://', text('rpc-url'), problems)),
    ...optional('postgresPort', text('postgres-port') === undefined ? undefined : port('postgres-port')),
    ...optional(
      'postgresUrl',
      parseUrl('postgres-url', /^postgres(ql)?:$/, 'postgresql://', text('postgres-url'), problems),
    ),
    indexer: {
      http: port('http-port'),
      admin: port('admin-port'),
      status: port('status-port'),
      metrics: port('metrics-port'),
      ipfs: port('ipfs-port'),
    },
    ...optional('ipfsUrl', parseUrl('ipfs', /^https?:$/, 'http://', text('ipfs'), problems)),
  }
  const twice = findTwice(portsOf(settings))
  if (twice !== undefined) problems.push(`--${twice[0]} and --${twice[1]} are the same port`)
  if (problems.length > 0) throw new Fault('USAGE', `${problems.join('\n')}\n\n${usage}`)
  return settings
}

/**
 * Every port that something of ours will listen on.
 * @param {Settings} settings
 * @returns {{ flag: string, port: number, host: string }[]}
 */
export function portsOf({ host, port, rpcPort, rpcUrl, postgresPort, postgresUrl, runtime, indexer }) {
  const local = '127.0.0.1'
  // graph-node has no option for its address: all but its IPFS, which is ours, is open on every one.
  const doorHost = (/** @type {string} */ door) => (runtime === 'graph-node' && door !== 'ipfs' ? '0.0.0.0' : local)
  return [
    { flag: 'port', port, host },
    ...(rpcUrl === undefined ? [{ flag: 'rpc-port', port: rpcPort, host: local }] : []),
    ...(postgresPort !== undefined && postgresUrl === undefined
      ? [{ flag: 'postgres-port', port: postgresPort, host: local }]
      : []),
    ...Object.entries(indexer).map(([door, number]) => ({ flag: `${door}-port`, port: number, host: doorHost(door) })),
  ]
}

/**
 * @param {string | undefined} text
 * @param {string[]} problems
 * @returns {Runtime}
 */
function parseRuntime(text, problems) {
  if (text === 'graph-node' || text === 'embedded') return text
  problems.push(`--runtime must be embedded or graph-node, not ${JSON.stringify(text)}`)
  return 'embedded'
}

/** @param {string | undefined} text */
function isTrue(text) {
  return text !== undefined && !['', '0', 'false', 'no'].includes(text.toLowerCase())
}
