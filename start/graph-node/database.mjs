/** graph-node's database: one of its own beside people's, thrown away when the chain or the build is another. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { createDatabaseSql } from '../../indexer/src/store/embedded.ts'
import { Fault } from '../fault.mjs'

/** Written as the database's comment. Only a database that carries it is ever dropped. */
const MARK = 'Heddle made this for graph-node.'

/**
 * @typedef {{ genesis: string, build: string }} Basis - what an index is made from: the hash of the chain's first block, that of the build's files
 */

/**
 * Makes the database when it is missing, and makes it anew when it was filled from another chain or another build: graph-node
 * would take the old blocks for those of the new chain.
 * @param {string} serverUrl - people's database; graph-node's gets its name and `-graph-node`
 * @param {Basis} basis
 * @param {{ isProduction?: boolean }} [options]
 * @returns {Promise<string>} the URL that graph-node is given
 * @throws {Fault} `POSTGRES_UNFIT` with what it needs; `CHAIN_OTHER_GENESIS` in production, where nothing is thrown away
 */
export async function prepareDatabase(serverUrl, basis, { isProduction = false } = {}) {
  const url = new URL(serverUrl)
  requirePassword(url)
  const database = `${decodeURIComponent(url.pathname.slice(1)) || 'heddle'}-graph-node`
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await requireSuperuser(client)
    const known = await readBasis(client, database, urlOf(url, database))
    if (known !== null && isSame(known, basis)) return urlOf(url, database)
    if (known !== null && known.genesis !== basis.genesis && isProduction) throw otherGenesis(known, basis)
    if (known !== null) await client.query(`DROP DATABASE ${pg.escapeIdentifier(database)} WITH (FORCE)`)
    await client.query(createDatabaseSql(database))
    const comment = `${MARK} ${JSON.stringify(basis)}`
    await client.query(`COMMENT ON DATABASE ${pg.escapeIdentifier(database)} IS ${pg.escapeLiteral(comment)}`)
    return urlOf(url, database)
  } finally {
    await client.end()
  }
}

/**
 * A hash over all files of a build, names and contents.
 * @param {string} folder
 * @returns {Promise<string>} hex
 */
export async function hashOfBuild(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    const bytes = await readFile(file)
    hash.update(`${file.slice(folder.length)}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

/** @param {URL} url */
function requirePassword(url) {
  if (url.password !== '') return
  throw unfit(url.host, 'its URL names no password, and graph-node connects to itself with it')
}

/** @param {pg.Client} client */
async function requireSuperuser(client) {
  const { rows } = await client.query(
    "SELECT rolsuper AS is_super, current_setting('server_version_num')::int AS version FROM pg_roles WHERE rolname = current_user",
  )
  if (rows[0]?.version < 140_000) throw unfit(client.host, 'it is older than Postgres 14')
  if (rows[0]?.is_super !== true)
    throw unfit(client.host, 'its user is no superuser, and graph-node makes extensions and foreign servers')
}

/**
 * @param {string} host
 * @param {string} why
 */
function unfit(host, why) {
  return new Fault(
    'POSTGRES_UNFIT',
    `The Postgres at ${host} cannot hold graph-node's database: ${why}. --runtime graph-node needs a --postgres-url with a superuser and a password, on Postgres 14 or later; a database in UTF8 and locale C is made there.`,
  )
}

/**
 * @param {pg.Client} client
 * @param {string} database
 * @param {string} url - of that database
 * @returns {Promise<Basis | null>} null if there is no such database
 * @throws {Fault} `POSTGRES_UNFIT` if there is one that is not ours
 */
async function readBasis(client, database, url) {
  const { rows } = await client.query(
    "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
    [database],
  )
  if (rows.length === 0) return null
  const comment = rows[0].comment ?? ''
  if (comment.startsWith(MARK)) return JSON.parse(comment.slice(MARK.length))
  if (await isEmpty(url)) return { genesis: '', build: '' }
  throw unfit(client.host, `there is a database "${database}" already that is not of Heddle's making`)
}

/**
 * A start that was killed between making a database and marking it has left one in which nothing was ever made.
 * @param {string} url
 */
async function isEmpty(url) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query(
      `SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' LIMIT 1`,
    )
    return rowCount === 0
  } finally {
    await client.end()
  }
}

/**
 * @param {Basis} one
 * @param {Basis} other
 */
function isSame(one, other) {
  return one.genesis === other.genesis && one.build === other.build
}

/**
 * @param {Basis} known
 * @param {Basis} found
 */
function otherGenesis(known, found) {
  return new Fault(
    'CHAIN_OTHER_GENESIS',
    `The node has genesis ${found.genesis}, but graph-node's index was built on ${known.genesis}. In production nothing is thrown away: point --rpc-url at the right chain, or use another database.`,
  )
}

/**
 * @param {URL} server
 * @param {string} database
 */
function urlOf(server, database) {
  const url = new URL(server)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.href
}
