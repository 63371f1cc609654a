import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { withBuildLock } from './build-lock.ts'
import { type Deployment, parseDeployment, parseNetworks, renderManifest, SubgraphBuildError } from './manifest.ts'

const here = import.meta.dirname
const graphCli = dirname(createRequire(import.meta.url).resolve('@graphprotocol/graph-cli/package.json'))
const stamp = 'inputs.sha256'

/** Absolute paths: a deployment file (without one, `networks.json` gives the addresses), the folder to write, the ABIs'. */
export type BuildOptions = { readonly deployment?: string; readonly out: string; readonly abis: string }

/**
 * Compiles the subgraph for one deployment with graph-cli: `<out>/subgraph.yaml`, beside it the schema, ABIs and `.wasm`.
 * It takes some seconds, and nothing at all when what it would read is what the last build read. Builds wait for each
 * other; one that fails leaves the last good one in place.
 * @returns whether anything had to be built
 * @throws {@link SubgraphBuildError}
 */
export async function buildSubgraph({ deployment, out, abis }: BuildOptions): Promise<boolean> {
  const template = await readFile(join(here, 'subgraph.template.yaml'), 'utf8')
  const manifest = renderManifest(template, await readPlaces(deployment), relative(here, abis))
  await mkdir(join(here, 'generated'), { recursive: true })
  return withBuildLock(join(here, 'generated', '.lock'), async () => {
    const inputs = await hashInputs(manifest, abis)
    if (inputs === (await readFile(join(out, stamp), 'utf8').catch(() => ''))) return false
    await removeHalfBuilt(out)
    const fresh = `${out}.${process.pid}`
    try {
      await compileManifest(manifest, fresh)
      // Beside the manifest is where the indexer looks for it.
      await copyFile(join(here, 'invariants.yaml'), join(fresh, 'invariants.yaml'))
      await writeFile(join(fresh, stamp), inputs)
      await rm(out, { recursive: true, force: true })
      await rename(fresh, out)
    } finally {
      await rm(fresh, { recursive: true, force: true })
    }
    return true
  })
}

async function readPlaces(deployment: string | undefined): Promise<Deployment> {
  if (!deployment) return parseNetworks(await readFile(join(here, 'networks.json'), 'utf8'), 'anvil')
  const text = await readFile(deployment, 'utf8').catch((cause) => {
    const message = `There is no deployment at ${deployment}. Deploy the contracts first, or leave --deployment out.`
    throw new SubgraphBuildError('SUBGRAPH_DEPLOYMENT_MISSING', message, cause)
  })
  return parseDeployment(text)
}

/** One hash over all a build depends on: manifest, schema, mappings, ABIs, this file and the compiler's version. */
async function hashInputs(manifest: string, abis: string): Promise<string> {
  const files = [
    join(here, 'schema.graphql'),
    join(here, 'invariants.yaml'),
    join(here, 'compile.ts'),
    join(here, 'package.json'),
    ...(await listFiles(join(here, 'src'), '.ts')),
    ...(await listFiles(abis, '.json')),
  ]
  const hash = createHash('sha256').update(manifest)
  for (const file of files) hash.update(`\0${relative(here, file)}\0`).update(await readFile(file))
  return hash.digest('hex')
}

async function listFiles(folder: string, ending: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const found = names.filter((name) => name.endsWith(ending)).sort()
  if (found.length > 0) return found.map((name) => join(folder, name))
  const message = `${folder} has no ${ending} files. If they are the ABIs: npm run build -w @heddle/contracts writes them.`
  throw new SubgraphBuildError('SUBGRAPH_SOURCES_MISSING', message)
}

async function compileManifest(manifest: string, out: string): Promise<void> {
  await writeFile(join(here, 'subgraph.yaml'), manifest)
  await graph('codegen', '--skip-migrations')
  await graph('build', '--skip-migrations', '--output-dir', out)
}

async function graph(...args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [join(graphCli, 'bin/run.js'), ...args], { cwd: here })
  } catch (cause) {
    const said =
      cause instanceof Error && 'stdout' in cause && 'stderr' in cause ? `${cause.stdout}${cause.stderr}` : cause
    throw new SubgraphBuildError('SUBGRAPH_COMPILE_FAILED', `graph ${args[0]} failed:\n${said}`, cause)
  }
}

/** What builds left that were killed: under the lock there is no other one at work. */
async function removeHalfBuilt(out: string): Promise<void> {
  const names = await readdir(dirname(out)).catch(() => [])
  const isHalfBuilt = (name: string) => name.startsWith(`${basename(out)}.`) && /\.\d+$/.test(name)
  for (const name of names.filter(isHalfBuilt)) await rm(join(dirname(out), name), { recursive: true, force: true })
}
