import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { options, portsOf, readSettings } from './options.mjs'

const database = 'postgresql://heddle:k3J9-x0q2@db.example/heddle'
const enough = [
  '--rpc-url',
  'https://node.example/key',
  '--postgres-url',
  database,
  '--manifest',
  'build/subgraph.yaml',
]

it('needs a chain, a Postgres and something to index, and nothing else', () => {
  const { settings, problems } = read(enough)
  expect(problems).toEqual([])
  expect(settings).toMatchObject({ rpcUrl: 'https://node.example/key', databaseUrl: database, host: '127.0.0.1' })
  expect(settings.manifest).toMatch(/\/build\/subgraph\.yaml$/)
})

it('has no default for any of them', () => {
  expect(read([]).problems).toEqual([
    expect.stringMatching(/^--rpc-url \(HEDDLE_RPC_URL\) is missing/),
    expect.stringMatching(/^--postgres-url \(DATABASE_URL\) is missing/),
    expect.stringMatching(/^--manifest .* or --deployment <file> is missing/),
  ])
})

it.each(['', ':heddle', ':password', ':postgres', ':me'])('refuses a database whose password is “%s”', (password) => {
  const { problems } = read([...enough, '--postgres-url', `postgresql://me${password}@db.example/heddle`])
  expect(problems).toEqual([expect.stringContaining('no password, or one that everybody knows')])
})

it('asks for a token as soon as others than this machine could deploy', () => {
  const open = [...enough, '--indexer-host', '0.0.0.0']
  expect(read(open).problems).toEqual([expect.stringMatching(/^HEDDLE_ADMIN_TOKEN is missing: 0\.0\.0\.0/)])
  expect(read([...open, '--admin-host', '127.0.0.1']).problems).toEqual([])
  expect(read(open, { HEDDLE_ADMIN_TOKEN: 'q8Zt-0vY2-mW4c-77' }).problems).toEqual([])
})

it.each(['short', 'aaaaaaaaaaaaaaaaaaaaaaaa'])(
  'refuses a token that can be guessed, and does not repeat it',
  (token) => {
    const { problems } = read(enough, { HEDDLE_ADMIN_TOKEN: token })
    expect(problems).toEqual([expect.stringContaining('can be guessed')])
    expect(problems.join()).not.toContain(token)
  },
)

it('starts nothing that is for development', () => {
  for (const flag of ['--fresh', '--rpc-port', '--postgres-port', '--runtime'])
    expect(read([...enough, flag]).problems).toEqual([`${flag} is not an option`])
  expect(read(enough, { HEDDLE_RUNTIME: 'graph-node' }).problems).toEqual([
    expect.stringContaining('docker-compose.yml'),
  ])
})

it('looks at the ports where each of them listens', () => {
  const { settings } = read([...enough, '--host', '0.0.0.0', '--indexer-host', '10.0.0.7', '--admin-host', '127.0.0.1'])
  const hosts = Object.fromEntries(portsOf(settings).map(({ flag, host }) => [flag, host]))
  expect(hosts).toEqual({
    port: '0.0.0.0',
    'http-port': '10.0.0.7',
    'status-port': '10.0.0.7',
    'metrics-port': '10.0.0.7',
    'admin-port': '127.0.0.1',
    'ipfs-port': '127.0.0.1',
  })
})

it('has every variable explained in .env.example', () => {
  const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
  for (const { variable } of options) expect(text).toContain(`${variable}=`)
  expect(text).toContain('HEDDLE_ADMIN_TOKEN=')
})

function read(argv: string[], env: NodeJS.ProcessEnv = {}) {
  const root = mkdtempSync(join(tmpdir(), 'heddle-serve-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  return readSettings(argv, env, root)
}
