import pino from 'pino'

/** Events with facts: `log.info('gateway.listening', { url })`. */
export interface Log {
  debug(event: string, facts?: object): void
  info(event: string, facts?: object): void
  warn(event: string, facts?: object): void
  error(event: string, facts?: object): void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** One JSON line per event on standard output. Passwords in URLs are struck out wherever they stand in an error's words. */
export function createLog(level: LogLevel): Log {
  const logger = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: describeError },
  })
  const at = (line: 'debug' | 'info' | 'warn' | 'error') => (event: string, facts?: object) =>
    logger[line](facts ?? {}, event)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** For where nothing is to be said, as in tests. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** An error, and what caused it, without secrets and without stacks of causes. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) {
    return withoutSecrets(String(error))
  }
  const { code, facts } = error as { code?: unknown; facts?: unknown }
  const message = messageOf(error)
  return {
    name: error.name,
    code,
    message: withoutSecrets(message),
    facts,
    stack: withoutSecrets((error.stack ?? '').replace(error.message, message)),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}

/** Prisma quotes the whole query, values and all, before it says what is wrong with it. */
function messageOf({ name, message }: Error): string {
  return name.startsWith('PrismaClient') ? (message.trim().split('\n\n').at(-1) ?? '') : message
}

function withoutSecrets(text: string): string {
  return text.replaceAll(/(\w+:\/\/)[^\s/@]+@/g, '$1…@')
}
