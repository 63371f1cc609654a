import type { Plugin } from 'graphql-yoga'
import type { Health } from '../health.ts'

/** `/health/live`: the process answers. `/health/ready`: it can do its work, or the reasons why not. */
export function useHealth(health: Health): Plugin {
  return {
    async onRequest({ url, request, endResponse, fetchAPI }) {
      if (!url.pathname.startsWith('/health/') || (request.method !== 'GET' && request.method !== 'HEAD')) {
        return
      }
      const headers = { 'cache-control': 'no-store' }
      if (url.pathname === '/health/live') {
        endResponse(fetchAPI.Response.json({ live: true }, { headers }))
      } else if (url.pathname === '/health/ready') {
        const report = await health.check()
        endResponse(fetchAPI.Response.json(report, { status: report.ready ? 200 : 503, headers }))
      }
    },
  }
}
