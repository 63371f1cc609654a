import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'

/** The packages that a thread loads before it is at work. */
function packagesOf(entry: URL): Promise<string[]> {
  const code = `
    const { registerHooks } = require('node:module')
    const { parentPort } = require('node:worker_threads')
    const names = new Set()
    registerHooks({
      load: (url, context, next) => {
        const name = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url)?.[1]
        if (name !== undefined) names.add(name)
        return next(url, context)
      },
    })
    import(${JSON.stringify(entry.href)}).then(() => parentPort.postMessage([...names]))`
  const worker = new Worker(code, { eval: true, execArgv: ['--disable-warning=ExperimentalWarning'] })
  return new Promise<string[]>((resolve, reject) => worker.once('message', resolve).once('error', reject)).finally(() =>
    worker.terminate(),
  )
}

it('is spared all that parses manifests, schemas and ABIs: each deployment would pay for it', async () => {
  const loaded = await packagesOf(new URL('./index-deployment.ts', import.meta.url))
  expect(loaded).toContain('pg')
  for (const name of ['graphql', 'zod', 'yaml', 'js-yaml', 'ws']) expect(loaded).not.toContain(name)
}, 60_000)
