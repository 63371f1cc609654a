import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { options, portsOf, readSettings } from './options.mjs'

it('has a default for everything', () => {
  const root = aRoot()
  expect(readSettings([], {}, root)).toEqual({
    home: join(root, '.heddle'),
    fresh: false,
    runtime: 'embedded',
    host: '127.0.0.1',
    port: 4000,
    rpcPort: 8545,
    indexer: { http: 8000, admin: 8020, status: 8030, metrics: 8040, ipfs: 5001 },
  })
})

it('takes a flag over the environment, and the environment over .env', () => {
  const root = aRoot('HEDDLE_PORT=1001\nHEDDLE_RPC_PORT=1002\nHEDDLE_HTTP_PORT=1003\n')
  const env = { HEDDLE_PORT: '2001', HEDDLE_RPC_PORT: '2002' }
  const { port, rpcPort, indexer } = readSettings(['--port', '3001'], env, root)
  expect([port, rpcPort, indexer.http]).toEqual([3001, 2002, 1003])
})

it('reads --name=value as it reads --name value', () => {
  expect(readSettings(['--port=4100', '--fresh'], {}, aRoot())).toMatchObject({ port: 4100, fresh: true })
})

it('names every problem at once, and lists what there is', () => {
  const argv = ['--port', 'abc', '--rpc-url', 'localhost:8545', '--postgres-url', 'mysql://user:secret@host/db']
  const error = problemOf(argv)
  expect(error.code).toBe('USAGE')
  expect(error.message).toContain('--port must be a number from 1 to 65535, not "abc"')
  expect(error.message).toContain('--rpc-url must be a URL that begins with http://')
  expect(error.message).toContain('--postgres-url must be a URL that begins with postgresql://')
  expect(error.message).not.toContain('secret')
  for (const { flag, variable } of options) expect(error.message).toMatch(new RegExp(`--${flag}.*${variable}`))
})

it('refuses an option it does not know', () => {
  expect(problemOf(['--prot', '4000']).message).toContain('--prot is not an option')
})

it('refuses one port for two doors', () => {
  expect(problemOf(['--port', '8000']).message).toContain('--port and --http-port are the same port')
})

it('says how to pass an option that npm kept for itself', () => {
  expect(problemOf(['4100'], { npm_config_port: 'true' }).message).toContain('npm start -- --port <port>')
  expect(readSettings([], { npm_config_fresh: 'true' }, aRoot()).fresh).toBe(true)
})

it('listens on no port for a chain or a Postgres of one’s own', () => {
  const own = ['--rpc-url', 'http://node:8545', '--postgres-url', 'postgresql://db/heddle', '--postgres-port', '5432']
  const flags = portsOf(readSettings(own, {}, aRoot())).map(({ flag }) => flag)
  expect(flags).toEqual(['port', 'http-port', 'admin-port', 'status-port', 'metrics-port', 'ipfs-port'])
})

it('documents every variable in .env.example, which runs as it is and says what is so anyway', () => {
  const text = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
  for (const { variable, flag } of options) {
    expect(text).toContain(`${variable}=`)
    expect(text).toContain(`--${flag}`)
  }
  const root = aRoot()
  expect(readSettings([], parseEnv(text), root)).toEqual(readSettings([], {}, root))
})

function aRoot(env?: string): string {
  const root = mkdtempSync(join(tmpdir(), 'heddle-options-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  if (env !== undefined) writeFileSync(join(root, '.env'), env)
  return root
}

function problemOf(argv: string[], env: NodeJS.ProcessEnv = {}): Error & { code: string } {
  try {
    readSettings(argv, env, aRoot())
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
      return Object.assign(error, { code: error.code })
    }
  }
  throw new Error('nothing was wrong')
}
