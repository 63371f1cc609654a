import { expect, it } from 'vitest'
import { ConfigError, defaultSchemaFile, readConfig } from './config.ts'

const minimal = { DATABASE_URL: 'postgresql://user:word@127.0.0.1:5432/heddle' }

it('needs to be told of a database and knows the rest', () => {
  expect(readConfig(minimal)).toMatchObject({
    databaseUrl: minimal.DATABASE_URL,
    host: '127.0.0.1',
    port: 4000,
    subgraphUrl: 'http://127.0.0.1:8000/subgraphs/name/heddle',
    subgraphSchema: defaultSchemaFile(),
    graphiql: true,
    corsOrigins: [],
  })
})

it('takes an empty setting for none', () => {
  expect(readConfig({ ...minimal, HEDDLE_PORT: '', HEDDLE_SUBGRAPH_SCHEMA: '' }).port).toBe(4000)
})

it('reads several origins', () => {
  const { corsOrigins } = readConfig({ ...minimal, HEDDLE_CORS_ORIGINS: 'https://a.example,http://localhost:5173' })

  expect(corsOrigins).toEqual(['https://a.example', 'http://localhost:5173'])
})

it('names every problem at once, and shows no value', () => {
  const broken = {
    DATABASE_URL: 'mysql://user:hidden-word@host/db',
    HEDDLE_PORT: '70000',
    HEDDLE_SUBGRAPH_URL: 'ftp://hidden-word@host',
    HEDDLE_SUBGRAPH_SCHEMA: '/nowhere/schema.graphql',
    HEDDLE_CORS_ORIGINS: 'https://a.example/path',
  }

  expect(() => readConfig(broken)).toThrow(ConfigError)
  expect(() => readConfig(broken)).toThrow(
    /DATABASE_URL.*HEDDLE_PORT.*HEDDLE_SUBGRAPH_URL.*HEDDLE_SUBGRAPH_SCHEMA.*HEDDLE_CORS_ORIGINS/s,
  )
  expect(() => readConfig(broken)).not.toThrow(/hidden-word/)
})
