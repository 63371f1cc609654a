/** What `npm run serve` has to be told. Nothing that matters has a default, and what is only good for development is refused. */
import { resolve } from 'node:path'
import { findTwice, optional, parsePort, parseUrl, readArguments, usageOf } from '../arguments.mjs'
import { homeFolder } from '../home.mjs'
import { options as startOptions } from '../options.mjs'

/**
 * @typedef {{
 *   home: string,
 *   host: string,
 *   port: number,
 *   indexerHost: string,
 *   adminHost: string,
 *   indexer: import('../options.mjs').Settings['indexer'],
 *   ipfsUrl?: string,
 *   rpcUrl?: string,
 *   databaseUrl?: string,
 *   manifest?: string,
 *   deployment?: string,
 * }} Settings - what is undefined stands among the problems
 */

/** @typedef {import('../arguments.mjs').Option} Option */

const shared = ['port', 'host', 'http-port', 'admin-port', 'status-port', 'metrics-port', 'ipfs-port', 'ipfs', 'home']

/** @type {readonly Option[]} */
export const options = [
  { flag: 'rpc-url', variable: 'HEDDLE_RPC_URL', value: '<url>', about: "the chain's node; needed" },
  { flag: 'postgres-url', variable: 'DATABASE_URL', value: '<url>', about: 'Postgres 14+, UTF8, locale C; needed' },
  {
    flag: 'manifest',
    variable: 'HEDDLE_MANIFEST',
    value: '<file>',
    about: 'the subgraph.yaml of a build; this or --deployment is needed',
  },
  {
    flag: 'deployment',
    variable: 'HEDDLE_DEPLOYMENT',
    value: '<file>',
    about: 'where the contracts are, as deploy.ts writes it: the subgraph is built for it',
  },
  {
    flag: 'indexer-host',
    variable: 'HEDDLE_INDEXER_HOST',
    value: '<address>',
    about: "where the indexer's doors listen",
    otherwise: '127.0.0.1',
  },
  {
    flag: 'admin-host',
    variable: 'HEDDLE_ADMIN_HOST',
    value: '<address>',
    about: 'where deploying listens; else as --indexer-host. Not loopback: HEDDLE_ADMIN_TOKEN is needed',
  },
  ...startOptions.filter(({ flag }) => shared.includes(flag)),
]

export const usage = usageOf('npm run serve', options)

/** Passwords that stand in examples, images and manuals. */
const KNOWN_PASSWORDS = new Set([
  '',
  'password',
  'postgres',
  'heddle',
  'secret',
  'changeme',
  'let-me-in',
  'admin',
  'test',
])

/** As the indexer asks for. */
const TOKEN_LENGTH = 16

/**
 * @param {readonly string[]} argv - without node and script
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root - relative paths are from here, and so is `.env`
 * @returns {{ settings: Settings, problems: string[] }} all that can be seen without asking anyone
 */
export function readSettings(argv, env, root) {
  /** @type {string[]} */
  const problems = []
  const text = readArguments({ command: 'npm run serve', options, argv, env, root, problems })
  const port = (/** @type {string} */ flag) => parsePort(flag, text(flag) ?? '', problems)
  const file = (/** @type {string} */ flag) => (text(flag) === undefined ? undefined : resolve(root, text(flag) ?? ''))
  const indexerHost = text('indexer-host') ?? '127.0.0.1'
  const settings = {
    home: homeFolder({ HEDDLE_HOME: text('home') }, root),
    host: text('host') ?? '127.0.0.1',
    port: port('port'),
    indexerHost,
    adminHost: text('admin-host') ?? indexerHost,
    indexer: {
      http: port('http-port'),
      admin: port('admin-port'),
      status: port('status-port'),
      metrics: port('metrics-port'),
      ipfs: port('ipfs-port'),
    },
    ...optional('ipfsUrl', parseUrl('ipfs', /^https?:$/, 'http://', text('ipfs'), problems)),
    ...optional('rpcUrl', parseUrl('rpc-url', /^https?:$/, 'http://', text('rpc-url'), problems)),
    ...optional(
      'databaseUrl',
      parseUrl('postgres-url', /^postgres(ql)?:$/, 'postgresql://', text('postgres-url'), problems),
    ),
    ...optional('manifest', file('manifest')),
    ...optional('deployment', file('deployment')),
  }
  requireGiven(text, problems)
  requireSecrets(settings, env, problems)
  if (env.HEDDLE_RUNTIME === 'graph-node') {
    problems.push('HEDDLE_RUNTIME=graph-node is for development: docker-compose.yml runs graph-node in production')
  }
  const twice = findTwice(portsOf(settings))
  if (twice !== undefined) problems.push(`--${twice[0]} and --${twice[1]} are the same port`)
  return { settings, problems }
}

/**
 * Every port that something of ours will listen on.
 * @param {Settings} settings
 */
export function portsOf({ host, port, indexerHost, adminHost, indexer }) {
  const isDeploying = (/** @type {string} */ door) => door === 'admin' || door === 'ipfs'
  return [
    { flag: 'port', port, host },
    ...Object.entries(indexer).map(([door, number]) => ({
      flag: `${door}-port`,
      port: number,
      host: isDeploying(door) ? adminHost : indexerHost,
    })),
  ]
}

/**
 * @param {(flag: string) => string | undefined} text
 * @param {string[]} problems
 */
function requireGiven(text, problems) {
  if (text('rpc-url') === undefined) problems.push("--rpc-url (HEDDLE_RPC_URL) is missing: the URL of the chain's node")
  if (text('postgres-url') === undefined)
    problems.push('--postgres-url (DATABASE_URL) is missing: a Postgres of your own, which is backed up')
  const [manifest, deployment] = [text('manifest'), text('deployment')]
  if (manifest === undefined && deployment === undefined)
    problems.push('--manifest <a build’s subgraph.yaml> or --deployment <file> is missing: what to index')
  if (manifest !== undefined && deployment !== undefined)
    problems.push('--manifest and --deployment are both given: a build has its addresses already')
}

/**
 * @param {Settings} settings
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} problems - never with a value
 */
function requireSecrets({ adminHost, databaseUrl }, env, problems) {
  if (databaseUrl !== undefined) {
    const { password, username } = new URL(databaseUrl)
    const word = decodeURIComponent(password)
    if (KNOWN_PASSWORDS.has(word.toLowerCase()) || word === decodeURIComponent(username))
      problems.push('--postgres-url (DATABASE_URL) has no password, or one that everybody knows')
  }
  const token = env.HEDDLE_ADMIN_TOKEN ?? ''
  if (token === '' && !isLoopback(adminHost))
    problems.push(
      `HEDDLE_ADMIN_TOKEN is missing: ${adminHost} is not only this machine, and whoever reaches it may deploy`,
    )
  if (token !== '' && (token.length < TOKEN_LENGTH || new Set(token).size < 6))
    problems.push(`HEDDLE_ADMIN_TOKEN can be guessed: at least ${TOKEN_LENGTH} random characters`)
}

/** @param {string} host */
function isLoopback(host) {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
