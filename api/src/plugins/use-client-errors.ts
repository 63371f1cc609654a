import type { Plugin } from 'graphql-yoga'
import { clientError, isOurFault, originOf } from '../client-error.ts'
import { describeError, type Log } from '../log.ts'

/** How many errors of one answer are logged; the rest of a thousand alike tells no more. */
const MAX_LOGGED = 3

/** Masks what clients must not read, gives every error a code, and logs what operators should know. */
export function useClientErrors(log: Log): Plugin {
  return {
    onExecutionResult({ result, setResult }) {
      if (
        !result ||
        Symbol.asyncIterator in result ||
        Array.isArray(result) ||
        !('errors' in result) ||
        !result.errors
      ) {
        return
      }
      const errors = result.errors.map((error) => ({ error, told: clientError(error) }))
      for (const { error, told } of errors.filter(({ told }) => isOurFault(told)).slice(0, MAX_LOGGED)) {
        log.error('operation.failed', {
          path: told.path,
          code: told.extensions.code,
          error: describeError(originOf(error)),
        })
      }
      setResult({ ...result, errors: errors.map(({ told }) => told) })
    },
  }
}
