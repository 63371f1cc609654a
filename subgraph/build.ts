/**
 * Compiles the subgraph, unless nothing changed since it last was.
 *
 *     node build.ts [--deployment <file>]   whose addresses to build for; without one, those of networks.json
 *                   [--out <folder>]        by default build/
 *                   [--abis <folder>]       by default those of the contracts beside this package
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildSubgraph } from './compile.ts'
import { SubgraphBuildError } from './manifest.ts'

const { values } = parseArgs({
  options: {
    deployment: { type: 'string' },
    out: { type: 'string', default: join(import.meta.dirname, 'build') },
    abis: { type: 'string', default: join(import.meta.dirname, '../contracts/build/abis') },
  },
})

const startedAt = performance.now()
try {
  const paths = { out: resolve(values.out), abis: resolve(values.abis) }
  const isNew = await buildSubgraph(values.deployment ? { ...paths, deployment: resolve(values.deployment) } : paths)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(isNew ? `subgraph: built in ${seconds} s` : 'subgraph: nothing changed')
} catch (error) {
  if (!(error instanceof SubgraphBuildError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
