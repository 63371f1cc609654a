import type { GraphQLSchema } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { type Assets, contentSecurityPolicy, loadAssets } from '../graphiql/assets.ts'
import { readExamples } from '../graphiql/examples.ts'

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': contentSecurityPolicy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
}

/** Shows GraphiQL to browsers that open `/graphql`, sends those there that open `/`, and serves its files. */
export function useGraphiql(schema: GraphQLSchema): Plugin {
  let assets: Promise<Assets> | undefined
  const load = () => {
    assets ??= readExamples(schema).then(loadAssets)
    return assets
  }
  return {
    async onRequest({ url, request, endResponse, fetchAPI }) {
      if (request.method !== 'GET') {
        return
      }
      if (url.pathname === '/') {
        endResponse(new fetchAPI.Response(null, { status: 302, headers: { location: '/graphql' } }))
      } else if (url.pathname === '/graphql' && (request.headers.get('accept') ?? '').includes('text/html')) {
        endResponse(new fetchAPI.Response((await load()).page, { headers: pageHeaders }))
      } else if (url.pathname.startsWith('/graphiql/')) {
        const asset = (await load()).files.get(url.pathname)
        if (asset === undefined) {
          endResponse(new fetchAPI.Response(null, { status: 404 }))
          return
        }
        const isGzip = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
        const headers = {
          'content-type': `${asset.type}; charset=utf-8`,
          'cache-control': 'public, max-age=31536000, immutable',
          'x-content-type-options': 'nosniff',
          vary: 'Accept-Encoding',
          ...(isGzip && { 'content-encoding': 'gzip' }),
        }
        endResponse(new fetchAPI.Response(isGzip ? await asset.gzipped() : asset.body, { headers }))
      }
    },
  }
}
