import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const here = path.dirname(fileURLToPath(import.meta.url))
const sources = path.join(here, 'subgraphs')
const built = path.join(sources, 'build')

/**
 * Builds one of the tiny subgraphs beside this file with graph-cli, unless these very sources have been built before.
 * @param name - a folder of `subgraphs/`
 * @returns the path of the built `subgraph.yaml`
 */
export async function buildSubgraph(name: string): Promise<string> {
  const from = path.join(sources, name)
  const folder = path.join(built, `${name}-${hashOf(from)}`)
  if (!existsSync(folder)) await build(from, folder)
  return path.join(folder, 'build', 'subgraph.yaml')
}

/** Two test files may build the same at the same time: each does it in a folder of its own, and one of them wins. */
async function build(from: string, to: string): Promise<void> {
  mkdirSync(built, { recursive: true })
  const work = mkdtempSync(path.join(built, '.work-'))
  cpSync(from, work, { recursive: true })
  writeFileSync(path.join(work, 'package.json'), '{ "name": "tiny", "private": true, "license": "MIT" }\n')
  const graphTs = createRequire(import.meta.url).resolve('@graphprotocol/graph-ts/package.json')
  symlinkSync(path.resolve(graphTs, '../../..'), path.join(work, 'node_modules'))
  const graph = path.resolve(graphTs, '../../graph-cli/bin/run.js')
  try {
    for (const command of commandsFor(path.join(work, 'subgraph.yaml'))) {
      await run(process.execPath, [graph, command, '--skip-migrations'], { cwd: work, env: environment })
    }
  } catch (error) {
    rmSync(work, { recursive: true, force: true })
    throw error
  }
  try {
    renameSync(work, to)
  } catch (error) {
    rmSync(work, { recursive: true, force: true })
    if (!existsSync(to)) throw error
  }
}

/** Of a subgraph that follows others, codegen would ask IPFS for their schemas. */
function commandsFor(manifest: string): string[] {
  return readFileSync(manifest, 'utf8').includes('kind: subgraph') ? ['build'] : ['codegen', 'build']
}

const run = promisify(execFile)
const environment = { ...process.env, NO_COLOR: '1', GRAPH_TELEMETRY: '0' }

function hashOf(folder: string): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true }).sort(byPath)) {
    if (!file.isFile()) continue
    const full = path.join(file.parentPath, file.name)
    hash.update(path.relative(folder, full)).update(readFileSync(full))
  }
  return hash.digest('hex').slice(0, 16)
}

function byPath(a: { parentPath: string; name: string }, b: { parentPath: string; name: string }): number {
  return `${a.parentPath}/${a.name}` < `${b.parentPath}/${b.name}` ? -1 : 1
}
