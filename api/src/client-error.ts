/** What a client is told of an error. */
import { GraphQLError } from 'graphql'
import { DatabaseUnavailableError, GatewayError } from './errors.ts'
import { describeError, type Log } from './log.ts'

/**
 * Makes of any error one that may leave the house, with a code, and tells the log what operators should know: once for each
 * cause, for a database that is down may be the cause of a thousand.
 */
export function errorMask(log: Log): (error: unknown) => GraphQLError {
  const logged = new WeakSet<object>()
  return (error) => {
    const told = clientError(error)
    const origin = originOf(error)
    const isNew = typeof origin !== 'object' || origin === null || !logged.has(origin)
    if (isOurFault(told) && isNew) {
      if (typeof origin === 'object' && origin !== null) {
        logged.add(origin)
      }
      log.error('operation.failed', { path: told.path, code: told.extensions.code, error: describeError(origin) })
    }
    return told
  }
}

/** Any error as one that may leave the house, with a code. */
function clientError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError && typeof error.extensions.code === 'string' && !error.originalError) {
    // What a parser of JSON has to say quotes what it was given.
    const { originalError: _, ...extensions } = error.extensions
    return 'originalError' in error.extensions ? located(error, error.message, extensions) : error
  }
  const origin = originOf(error)
  if (origin instanceof GatewayError) {
    return located(error, origin.message, { ...origin.facts, code: origin.code, ...httpStatus(origin.status) })
  }
  if (origin instanceof Error && origin.name === 'AbortError') {
    return located(error, 'The client went away.', { code: 'CLIENT_GONE' })
  }
  if (isPrismaOutage(origin)) {
    const outage = new DatabaseUnavailableError(origin)
    return located(error, outage.message, { code: outage.code })
  }
  if (origin instanceof GraphQLError) {
    return located(error, origin.message, describe(origin))
  }
  return located(error, 'Something went wrong here. It has been noted.', { code: 'INTERNAL' })
}

/** Whether an operator should hear of it: everything but what clients do wrong themselves. */
function isOurFault(error: GraphQLError): boolean {
  const { code } = error.extensions
  return (
    code === 'INTERNAL' || code === 'DATABASE_UNAVAILABLE' || (typeof code === 'string' && code.startsWith('UPSTREAM_'))
  )
}

/** The error at the bottom: graphql-js wraps what a resolver threw, and sometimes wraps that again. */
function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? originOf(error.originalError) : error
}

/** graphql-js gives no codes: its own errors without a path are about the request, those with one about a value. */
function describe({ message, path, extensions }: GraphQLError): Record<string, unknown> {
  if (typeof extensions.code === 'string') {
    return extensions
  }
  if (path) {
    return { ...extensions, code: 'UPSTREAM_INVALID' }
  }
  // `spec`: whoever accepts only the older application/json is answered with 200, as the specification says.
  return { http: { status: 400, spec: true }, ...extensions, code: requestCode(message) }
}

function requestCode(message: string): string {
  if (message.startsWith('Syntax Error')) {
    return 'GRAPHQL_PARSE_FAILED'
  }
  return message.startsWith('Schema is not configured') ? 'GRAPHQL_VALIDATION_FAILED' : 'BAD_USER_INPUT'
}

/** What Prisma throws when Postgres is away, too slow or too busy; the rest are mistakes of ours. */
function isPrismaOutage(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(PrismaClient(Known|Unknown)RequestError|PrismaClientInitializationError|PrismaClientRustPanicError|DriverAdapterError)$/.test(
      error.name,
    )
  )
}

function httpStatus(status: number): object {
  return status === 200 ? {} : { http: { status } }
}

function located(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  const { nodes, source, positions, path } = error instanceof GraphQLError ? error : {}
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}
