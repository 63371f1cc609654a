import pino from 'pino'

/** Events with facts: `log.info('store.committed', { block, changes, durationMs })`. */
export interface Log {
  debug(event: string, facts?: object): void
  info(event: string, facts?: object): void
  warn(event: string, facts?: object): void
  error(event: string, facts?: object): void
}

/** One JSON line per event on standard output. URLs are printed without their user, password, path and query: keys live there. */
export function createLog(level: string): Log {
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

/** `http://host:port`, whatever else the URL carried. */
export function withoutSecrets(url: string): string {
  return URL.canParse(url)
    ? new URL(url).origin.replace('null', `${new URL(url).protocol}//${new URL(url).host}`)
    : '(not a URL)'
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error)
  const { code, facts } = error as { code?: string; facts?: object }
  return {
    code,
    message: error.message,
    facts,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}
