import type { Plugin } from 'graphql-yoga'

/**
 * Lets pages of the listed origins call, and nobody else's. Yoga's own answers `null` to strangers when several origins are
 * listed, which is exactly what a sandboxed frame calls itself.
 */
export function useCors(origins: readonly string[]): Plugin {
  const allowed = new Set(origins)
  const headersFor = (request: Request): Record<string, string> => {
    const origin = request.headers.get('origin')
    return origin !== null && allowed.has(origin) ? { 'access-control-allow-origin': origin } : {}
  }
  return {
    onRequest({ request, endResponse, fetchAPI }) {
      if (request.method === 'OPTIONS') {
        const headers = headersFor(request)
        const preflight = headers['access-control-allow-origin'] && {
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-headers': 'content-type, authorization',
          'access-control-max-age': '600',
        }
        endResponse(new fetchAPI.Response(null, { status: 204, headers: { ...headers, ...preflight, vary: 'Origin' } }))
      }
    },
    onResponse({ request, response }) {
      for (const [name, value] of Object.entries(headersFor(request))) {
        response.headers.set(name, value)
        response.headers.append('vary', 'Origin')
      }
    },
  }
}
