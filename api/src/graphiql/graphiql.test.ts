import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { expect, it } from 'vitest'
import { chainSdl, marketplace } from '../../test/marketplace.ts'
import { buildSchema } from '../build-schema.ts'
import { readExamples } from './examples.ts'

const executablePath = process.env.HEDDLE_TEST_CHROMIUM ?? '/usr/bin/chromium'
const hasBrowser = existsSync(executablePath)
if (!hasBrowser) {
  process.stderr.write(`No browser at ${executablePath}: GraphiQL is not tried in one. Set HEDDLE_TEST_CHROMIUM.\n`)
}

it('opens with examples that are valid, in the order of their names', async () => {
  const tabs = await readExamples(buildSchema(chainSdl).schema)

  expect(tabs.map(({ query }) => /^query (\w+)/m.exec(query)?.[1])).toEqual(['Gallery', 'People', 'Sales'])
})

it('leaves out examples of another subgraph', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-examples-'))
  await writeFile(join(folder, '1-other.graphql'), '{ pools { id } }')
  await writeFile(join(folder, '2-broken.graphql'), '{ accounts {')
  await writeFile(join(folder, '3-ours.graphql'), '{ accounts { id } }')
  await writeFile(join(folder, 'notes.txt'), 'not a document')

  const tabs = await readExamples(buildSchema(chainSdl).schema, folder)
  await rm(folder, { recursive: true })

  expect(tabs).toEqual([{ query: '{ accounts { id } }' }])
})

it('serves one page to browsers and its files for ever', async () => {
  await using market = await marketplace()

  const page = await market.fetch('/graphql', { headers: { accept: 'text/html,*/*;q=0.8' } })
  const html = await page.text()

  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'; style-src")
  expect(html.length).toBeLessThan(2_000)
  expect(html).not.toMatch(/<script>|<style>|https?:\/\//)
  const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '')
  expect(files).toHaveLength(4)
  for (const path of files) {
    const file = await market.fetch(path, { headers: { 'accept-encoding': 'gzip, br' } })
    expect([file.status, file.headers.get('content-encoding')]).toEqual([200, 'gzip'])
    expect(file.headers.get('cache-control')).toContain('immutable')
  }
  expect((await market.fetch('/graphiql/other.js')).status).toBe(404)
})

it('can be turned off', async () => {
  await using market = await marketplace({ graphiql: false })

  const page = await market.fetch('/graphql', { headers: { accept: 'text/html' } })

  expect(page.headers.get('content-type') ?? '').not.toContain('html')
})

it.runIf(hasBrowser)(
  'runs an example and completes a field in a browser that can reach nothing else, breaking no rule',
  // Nine megabytes of script take their time on a busy machine.
  { timeout: 120_000 },
  async () => {
    await using market = await marketplace()
    await using site = await listen(market.fetch)
    await using browser = await launch()
    const page = await browser.newPage()
    page.setDefaultTimeout(60_000)
    const broken: string[] = []
    const outside: string[] = []
    page.on('console', (message) => message.type() === 'error' && broken.push(message.text()))
    page.on('pageerror', (error) => broken.push(error.message))
    await page.route('**', (route) => {
      const url = route.request().url()
      if (/^(data|blob):/.test(url) || url.startsWith(site.origin)) {
        return route.continue()
      }
      outside.push(url)
      return route.abort()
    })

    await page.goto(`${site.origin}/graphql`)
    await page.getByRole('button', { name: /execute/i }).click()
    const answer = page.locator('.graphiql-response, .result-window').first()
    await answer
      .getByText(/Mara.Lind/)
      .first()
      .waitFor()

    const editor = page.locator('.graphiql-query-editor, .graphiql-editor').first()
    await editor.click()
    await page.keyboard.press('Control+A')
    await page.keyboard.type('{ profiles { han')
    await page.keyboard.press('Control+Space')
    await page.locator('.suggest-widget').getByText('handle').first().waitFor()

    expect(outside).toEqual([])
    expect(broken).toEqual([])
  },
)

async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
      ' ',
    ),
  })
}

async function listen(fetch: (path: string, init?: RequestInit) => Promise<Response>) {
  const server = createServer(async (request, response) => {
    const body: Buffer[] = await Array.fromAsync(request)
    const answer = await fetch(request.url ?? '/', {
      method: request.method ?? 'GET',
      headers: Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]),
      ...(body.length > 0 && { body: Buffer.concat(body) }),
    })
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
