import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Anvil, startAnvil } from '../contracts/anvil.ts'
import { type ScratchDatabase, scratchDatabase } from '../indexer/test/postgres.ts'
import { node } from './command.ts'
import { ask } from './graphql.ts'
import { aPlace, npmServe, type Place, processesOf, untilReady } from './stack.ts'
import { until } from './until.ts'

/*
 * The production start, on a chain and a Postgres that are there already: the example's contracts on a chain of another id,
 * under another network's name.
 */

let chain: Anvil
let database: ScratchDatabase
let folder: string
let deployment: string

beforeAll(async () => {
  const thirtyDaysAgo = Math.floor(Date.now() / 1000) - 30 * 86_400
  chain = await startAnvil({ timestamp: thirtyDaysAgo, args: ['--chain-id', '7357'] })
  database = await scratchDatabase()
  folder = await mkdtemp(join(tmpdir(), 'heddle-serve-'))
  deployment = join(folder, 'deployment.json')
  const to = ['--rpc-url', chain.url]
  await node(['contracts/ignition/deploy.ts', ...to, '--network-name', 'basalt', '--out', deployment])
  await node([...['contracts/history/play.ts', ...to, '--deployment', deployment, '--out', join(folder, 'world.json')]])
}, 120_000)

afterAll(async () => {
  await chain.stop()
  await database[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

describe('npm run serve', () => {
  it('serves what is there: migrated, indexed, without a seed, GraphiQL or a development process', async () => {
    const place = await aProduction()
    const serve = npmServe(place, ['--deployment', deployment])
    try {
      await untilReady(serve, 180_000)
      const answer = await until(
        'the history is indexed',
        () =>
          ask(
            `${place.gateway}/graphql`,
            '{ tokens(first: 100) { id metadata { name } } profiles(first: 10) { handle } }',
          ),
        ({ data }) => (data?.tokens as unknown[] | undefined)?.length === 100,
        60_000,
      )
      expect(answer.data?.profiles).toEqual([])

      const page = await fetch(`${place.gateway}/graphql`, { headers: { accept: 'text/html' } })
      expect(await page.text()).not.toContain('<html')
      const commands = await commandsOf(place)
      for (const { line } of commands) expect(line).not.toContain(chainKey)
      expect(
        commands
          .map(({ line }) => /(indexer|api)\/src\/main\.ts/.exec(line)?.[1])
          .filter(Boolean)
          .sort(),
      ).toEqual(['api', 'indexer'])
      expect(commands.filter(({ line }) => /anvil|local-chain|postgres -D/.test(line))).toEqual([])
      for (const { line, env } of commands)
        if (line.includes('/src/main.ts')) expect(env).toContain('NODE_ENV=production')

      expect(await serve.end('SIGTERM')).toBe(0)
      expect(serve.output()).toContain('Stopping: gateway, indexer')
      expect(await processesOf(place)).toEqual([])
      expect(serve.output()).not.toContain(new URL(database.url).password)
      expect(serve.output()).not.toContain(chainKey)

      const token = 'nobody-else-knows-this'
      const again = npmServe({ ...place, env: { ...place.env, HEDDLE_ADMIN_TOKEN: token } }, [
        ...['--manifest', join(place.home, 'subgraph/subgraph.yaml'), '--admin-host', '0.0.0.0'],
      ])
      await untilReady(again, 60_000)
      expect(await createName(place)).toBe(401)
      expect(await createName(place, 'nobody-else-knows-that')).toBe(401)
      expect(await createName(place, token)).toBe(200)
      expect(again.output()).not.toContain(token)
      expect(await again.end('SIGINT')).toBe(0)
    } finally {
      await serve.end('SIGKILL')
      await place.remove()
    }
  }, 300_000)

  it('starts nothing on defaults and development values, and names them all at once', async () => {
    const place = await aPlace()
    const development = await startAnvil()
    try {
      await node([
        ...['contracts/ignition/deploy.ts', '--rpc-url', development.url],
        ...['--out', join(folder, 'development.json')],
      ])
      const refused = npmServe(place, [
        ...['--rpc-url', development.url, '--deployment', join(folder, 'development.json')],
        ...['--postgres-url', 'postgresql://heddle:heddle@127.0.0.1:1/heddle', '--admin-host', '0.0.0.0'],
      ])
      const code = await new Promise((resolve) => refused.process.once('close', resolve))
      expect(code).toBe(1)
      for (const problem of [
        /--rpc-url \(HEDDLE_RPC_URL\) is a development chain: its id is 31337/,
        /the subgraph is for the network "anvil", a development chain/,
        /--postgres-url \(DATABASE_URL\) has no password, or one that everybody knows/,
        /No database answers at 127\.0\.0\.1:1/,
        /HEDDLE_ADMIN_TOKEN is missing: 0\.0\.0\.0 is not only this machine/,
      ]) {
        expect(refused.output()).toMatch(problem)
      }
      expect(await processesOf(place)).toEqual([])
    } finally {
      await development.stop()
      await place.remove()
    }
  }, 60_000)

  it('asks for everything that it needs', async () => {
    const place = await aPlace()
    const refused = npmServe(place, [])
    const code = await new Promise((resolve) => refused.process.once('close', resolve))
    await place.remove()
    expect(code).toBe(1)
    for (const flag of ['--rpc-url', '--postgres-url', '--manifest'])
      expect(refused.output()).toMatch(new RegExp(`^  ${flag} .*is missing: `, 'm'))
  }, 60_000)
})

/** What a provider's URL would carry. */
const chainKey = 'a-key-that-costs-money'

/** Asks the admin door for a name. @returns the HTTP status */
async function createName({ env }: Place, token?: string): Promise<number> {
  const { status } = await fetch(`http://127.0.0.1:${env.HEDDLE_ADMIN_PORT}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subgraph_create', params: { name: 'another' } }),
  })
  return status
}

/** Ports and a state folder of its own, and what production is told by its environment. */
async function aProduction(): Promise<Place> {
  const place = await aPlace()
  return {
    ...place,
    env: { ...place.env, HEDDLE_RPC_URL: `${chain.url}/?key=${chainKey}`, DATABASE_URL: database.url },
  }
}

async function commandsOf(place: Place): Promise<{ line: string; env: string[] }[]> {
  const pids = await processesOf(place)
  return Promise.all(
    pids.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
      return { line: (await read('cmdline')).replaceAll('\0', ' '), env: (await read('environ')).split('\0') }
    }),
  )
}
