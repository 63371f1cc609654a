/**
 * GraphiQL from our own files, so that it works without the internet and under a policy that allows no inline script: the
 * package renders one page of nine megabytes; here its parts are files of their own, named by their hash.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

export interface Asset {
  readonly type: string
  readonly body: string
  gzipped(): Promise<Uint8Array<ArrayBuffer>>
}

export interface Assets {
  readonly page: string
  /** By path. */
  readonly files: ReadonlyMap<string, Asset>
}

export interface Tab {
  readonly query: string
  readonly variables?: string
}

const BASE = '/graphiql/'
const types = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' } as const
/** Warp, weft and the heddle between them. */
const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" stroke="#7048c8" stroke-width="2"><path d="M3 1v14M8 1v14M13 1v14M0 5h16M0 11h16"/></svg>'
const compress = promisify(gzip)

/** Reads the package (some 100 ms), so wait with it until somebody opens the page. */
export async function loadAssets(tabs: readonly Tab[]): Promise<Assets> {
  const parts = await import('@graphql-yoga/render-graphiql/graphiql')
  const files = new Map<string, Asset>()
  const add = (name: string, extension: keyof typeof types, body: string) => {
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
    const path = `${BASE}${name}.${hash}.${extension}`
    const compressed = lazily(() => compress(body))
    files.set(path, { type: types[extension], body, gzipped: compressed })
    return path
  }
  const workers = {
    editorWorkerService: add('editor-worker', 'js', parts.editorWorkerService),
    json: add('json-worker', 'js', parts.jsonWorker),
    graphql: add('graphql-worker', 'js', parts.graphqlWorker),
  }
  const style = add('graphiql', 'css', parts.css)
  const app = add('graphiql', 'js', parts.js)
  const boot = add('boot', 'js', bootScript(workers, tabs))
  return { page: page({ style, app, boot, icon: add('icon', 'svg', icon) }), files }
}

function bootScript(workers: Readonly<Record<string, string>>, tabs: readonly Tab[]): string {
  const options = {
    title: 'Heddle',
    endpoint: '/graphql',
    method: 'POST',
    defaultTabs: tabs,
    shouldPersistHeaders: false,
  }
  return `const workers = ${JSON.stringify(workers)}
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => workers[label] ?? workers.editorWorkerService }
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), ${JSON.stringify(options)})
`
}

function page({ style, app, boot, icon }: Readonly<Record<'style' | 'app' | 'boot' | 'icon', string>>): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Heddle</title>
    <link rel="icon" href="${icon}">
    <link rel="stylesheet" href="${style}">
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script src="${app}"></script>
    <script src="${boot}"></script>
  </body>
</html>
`
}

/** What the page may do: run our files, talk to us, and nothing else. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // The editor writes its theme into style elements.
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make()
    return made
  }
}
