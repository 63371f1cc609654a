import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Limits } from '../limits/defaults.ts'

/**
 * A POST is JSON, and one operation, or is refused. Forms and plain text are what another site's page can send in a visitor's name without
 * asking first; what is packed may be a thousand times as much when it is unpacked, and what is nested deep takes a stack.
 */
export function useJsonOnly({ maxVariableDepth }: Pick<Limits, 'maxVariableDepth'>): Plugin {
  return {
    onRequestParse({ request, endResponse, fetchAPI }) {
      const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(';')
      const packed = !['', 'identity'].includes(request.headers.get('content-encoding') ?? '')
      if (request.method === 'POST' && (packed || type.trim() !== 'application/json')) {
        const message = 'Send the operation as JSON that is not packed, with the content type application/json.'
        const body = { errors: [{ message, extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' } }] }
        endResponse(fetchAPI.Response.json(body, { status: 415 }))
      }
      return {
        onRequestParseDone: ({ requestParserResult }) => {
          if (Array.isArray(requestParserResult)) {
            throw new GraphQLError('Send one operation per request.', {
              extensions: { code: 'BATCHING_NOT_SUPPORTED', http: { status: 400 } },
            })
          }
          if (isDeeper(requestParserResult?.variables, maxVariableDepth)) {
            throw new GraphQLError(`The variables are nested too deeply: at most ${maxVariableDepth} levels.`, {
              extensions: { code: 'QUERY_TOO_DEEP', limit: maxVariableDepth, http: { status: 400 } },
            })
          }
        },
      }
    },
  }
}

/** Looks level by level: a stack is what this is about. */
function isDeeper(value: unknown, levels: number): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) {
      return true
    }
    level = level
      .flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []))
      .filter((each) => typeof each === 'object' && each !== null)
  }
  return false
}
