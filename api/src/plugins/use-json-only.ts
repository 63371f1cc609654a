import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/**
 * A POST is JSON, and one operation, or is refused. Forms and plain text are what another site's page can send in a visitor's name without
 * asking first.
 */
export function useJsonOnly(): Plugin {
  return {
    onRequestParse({ request, endResponse, fetchAPI }) {
      const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(';')
      if (request.method === 'POST' && type.trim() !== 'application/json') {
        const message = 'Send the operation as JSON, with the content type application/json.'
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
        },
      }
    },
  }
}
