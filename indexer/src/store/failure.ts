import {
  IndexerError,
  StoreConstraintError,
  StoreDiskFullError,
  StoreQueryError,
  StoreUnavailableError,
} from '../errors.ts'

/** Socket errors of Node that mean "not now". */
const socketCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])

/**
 * Turns what the driver throws into an error that says what to do.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function storeError(error: unknown): Error {
  if (error instanceof IndexerError) return error
  if (!(error instanceof Error)) return new StoreQueryError(String(error), null, error)
  const code = textOf(error, 'code')
  // A refused connection can come as several errors in one, one for each address.
  const reason =
    error.message || (error instanceof AggregateError ? error.errors.map(String).join('; ') : 'no reason given')
  if (code === null) {
    // The driver gives its own connection errors no code.
    return /connection|timeout|socket/i.test(reason)
      ? new StoreUnavailableError(reason, null, error)
      : new StoreQueryError(reason, null, error)
  }
  if (isPassing(code)) return new StoreUnavailableError(reason, code, error)
  if (code === '53100') return new StoreDiskFullError(reason, error)
  if (isConstraint(code)) return new StoreConstraintError(reason, textOf(error, 'table'), error)
  return new StoreQueryError(reason, code, error)
}

/** Lost connections, restarts, too many clients, timeouts, deadlocks, a server that only reads since a failover. */
function isPassing(code: string): boolean {
  return (
    socketCodes.has(code) ||
    code.startsWith('08') ||
    code.startsWith('57') ||
    code === '53300' ||
    code === '53200' ||
    code.startsWith('40') ||
    code === '55P03' ||
    code === '25P03' ||
    code === readOnly
  )
}

/** The server takes no writes; another one does now. */
export const readOnly = '25006'

/** Class 23: constraints. Class 22: values that do not fit their column, among them unknown labels of an enum. 54000: too large to index. */
function isConstraint(code: string): boolean {
  return code.startsWith('23') || code.startsWith('22') || code === '54000'
}

function textOf(error: Error, field: string): string | null {
  const value: unknown = Reflect.get(error, field)
  return typeof value === 'string' ? value : null
}
