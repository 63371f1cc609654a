/** The gateway as a function from requests to responses: yoga and its plugins, in the order a request meets them. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DocumentNode } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { PrismaClient } from '../../prisma/index.ts'
import { buildSchema } from './build-schema.ts'
import { createExecutor } from './chain/execute.ts'
import { watchSchema } from './chain/live-schema.ts'
import type { Upstream } from './chain/upstream.ts'
import { errorMask } from './client-error.ts'
import { createHealth } from './health.ts'
import { limits as defaultLimits, type Limits } from './limits/defaults.ts'
import { type Log, silentLog } from './log.ts'
import { useCors } from './plugins/use-cors.ts'
import { useExecutor } from './plugins/use-executor.ts'
import { useGraphiql } from './plugins/use-graphiql.ts'
import { useHealth } from './plugins/use-health.ts'
import { useJsonOnly } from './plugins/use-json-only.ts'
import { useLimits } from './plugins/use-limits.ts'
import type { Thread } from './thread.ts'

export interface GatewayDeps {
  readonly upstream: Upstream
  readonly prisma: PrismaClient
  /** The API schema of the subgraph. */
  readonly chainSdl: string
  /** The joins; those of `weave.ts` if nothing is said. */
  readonly weave?: readonly Thread[]
  /** Why the indexer is not ready, as it says itself. */
  readonly indexerReasons?: (signal: AbortSignal) => Promise<readonly string[]>
  readonly log?: Log
  readonly limits?: Partial<Limits>
  readonly graphiql?: boolean
  readonly corsOrigins?: readonly string[]
  readonly operationTimeoutMs?: number
}

export interface Gateway {
  fetch(request: Request): Promise<Response>
  /** The same for `node:http`. */
  handle(request: IncomingMessage, response: ServerResponse): void
  /** Sees whether the subgraph has what the gateway was made for, as soon as it answers; without that the gateway is not ready. */
  watchSubgraph(signal: AbortSignal): Promise<void>
  /** Not ready from now on; requests are still answered. */
  drain(): void
  dispose(): Promise<void>
}

/** @throws WeaveError if the subgraph lacks what the joins name */
export function createGateway(deps: GatewayDeps): Gateway {
  const { prisma, upstream, log = silentLog, corsOrigins = [], graphiql = true } = deps
  const limits = { ...defaultLimits, ...deps.limits }
  const { schema, chainSchema } = buildSchema(deps.chainSdl, deps.weave)
  const schemas = watchSchema({ upstream, chainSchema, log })
  const health = createHealth({
    prisma,
    upstream,
    log,
    missing: () => schemas.missing,
    ...(deps.indexerReasons && { indexerReasons: deps.indexerReasons }),
  })
  const execute = createExecutor({ upstream, chainSchema, timeoutMs: deps.operationTimeoutMs ?? 15_000 })
  const yoga = createYoga({
    schema,
    context: { prisma },
    graphqlEndpoint: '/graphql',
    logging: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: limits.maxBodyBytes,
    parserAndValidationCache: rememberTexts(limits.maxRememberedBytes),
    cors: false,
    maskedErrors: { errorMessage: '', maskError: errorMask(log) },
    plugins: [
      useHealth(health),
      useCors(corsOrigins),
      graphiql && useGraphiql(schema),
      useJsonOnly(limits),
      useLimits(limits),
      useExecutor(execute),
    ],
  })
  return {
    fetch: async (request) => yoga.fetch(request),
    handle: (request, response) => {
      // Of a host that is none no URL can be made; what the request is for does not matter then.
      if (!URL.canParse(`http://${request.headers.host}/`)) {
        response.writeHead(400, { connection: 'close' }).end()
        return
      }
      void yoga(request, response)
    },
    watchSubgraph: (signal) => schemas.watch(signal),
    drain: () => health.drain(),
    dispose: async () => {
      await yoga.dispose()
    },
  }
}

/** Parsed documents and syntax errors of recent texts, bounded by the bytes of their text. */
function rememberTexts(maxSize: number) {
  const sizeCalculation = (_value: object, text: string) => text.length + 1
  return {
    documentCache: new LRUCache<string, DocumentNode>({ maxSize, sizeCalculation }),
    errorCache: new LRUCache<string, Error>({ maxSize, sizeCalculation }),
    validationCache: true,
  }
}
