import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { LogLevel } from './log.ts'

/** What the process was told, read once. */
export interface Config {
  /** With a password: never to be logged. */
  readonly databaseUrl: string
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly subgraphUrl: string
  /** The subgraph's own schema.graphql, from which its API schema is generated. A relative path is one from the root. */
  readonly subgraphSchema: string
  /** Whether GET /graphql shows GraphiQL to browsers. */
  readonly graphiql: boolean
  /** Other sites whose pages may call the gateway. Nobody else's may. */
  readonly corsOrigins: readonly string[]
  /** Milliseconds an operation may take, all its waves together. */
  readonly operationTimeoutMs: number
  /** Milliseconds that requests under way are given at shutdown. */
  readonly drainTimeoutMs: number
  readonly poolSize: number
  readonly logLevel: LogLevel
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG_INVALID'
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const schemaFiles = ['subgraph/build/schema.graphql', 'subgraph/schema.graphql']

const milliseconds = (fallback: number) => z.coerce.number().int().min(1).max(600_000).default(fallback)

const settings = z.object({
  DATABASE_URL: z
    .string({ error: 'is missing: postgresql://user:password@host:5432/database' })
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://'),
  HEDDLE_HOST: z.string().min(1).default('127.0.0.1'),
  HEDDLE_PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  HEDDLE_SUBGRAPH_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8000/subgraphs/name/heddle'),
  HEDDLE_SUBGRAPH_SCHEMA: z.string().refine((path) => existsSync(path), 'names a file that is not there'),
  HEDDLE_GRAPHIQL: z.enum(['on', 'off']).default('on'),
  HEDDLE_CORS_ORIGINS: z
    .string()
    .default('')
    .transform((list) => list.split(',').filter(Boolean))
    .pipe(
      z.array(
        z
          .string()
          .refine(
            (origin) => URL.canParse(origin) && new URL(origin).origin === origin,
            'must be origins such as https://app.example',
          ),
      ),
    ),
  HEDDLE_OPERATION_TIMEOUT_MS: milliseconds(15_000),
  HEDDLE_DRAIN_TIMEOUT_MS: milliseconds(5_000),
  HEDDLE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
  HEDDLE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

/** @throws ConfigError that names every problem at once, and no value */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const { success, data, error } = settings.safeParse({
    ...Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
    HEDDLE_SUBGRAPH_SCHEMA: resolve(root, env.HEDDLE_SUBGRAPH_SCHEMA || defaultSchemaFile()),
  })
  if (!success) {
    const problems = error.issues.map(({ path, message }) => `  ${path[0]?.toString()} ${message}`)
    throw new ConfigError(
      `The gateway cannot start. Correct these settings (.env.example explains each):\n${problems.join('\n')}`,
    )
  }
  return Object.freeze({
    databaseUrl: data.DATABASE_URL,
    host: data.HEDDLE_HOST,
    port: data.HEDDLE_PORT,
    subgraphUrl: data.HEDDLE_SUBGRAPH_URL,
    subgraphSchema: data.HEDDLE_SUBGRAPH_SCHEMA,
    graphiql: data.HEDDLE_GRAPHIQL === 'on',
    corsOrigins: data.HEDDLE_CORS_ORIGINS,
    operationTimeoutMs: data.HEDDLE_OPERATION_TIMEOUT_MS,
    drainTimeoutMs: data.HEDDLE_DRAIN_TIMEOUT_MS,
    poolSize: data.HEDDLE_POOL_SIZE,
    logLevel: data.HEDDLE_LOG_LEVEL,
  })
}

/** What `graph build` left, or else the source it is built from. */
export function defaultSchemaFile(): string {
  const [built = '', source = ''] = schemaFiles.map((file) => root + file)
  return existsSync(built) ? built : source
}
