import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { type Address, keccak256, stringToHex } from 'viem'

const built = join(import.meta.dirname, 'build')
const run = promisify(execFile)

/** A folder with the sources of a subgraph: `subgraph.yaml` (with placeholders), `schema.graphql`, `src/`. */
export interface Sources {
  readonly name: string
  readonly folder: string
  /** Written to `abis/<name>.json` before the build. */
  readonly abis: Readonly<Record<string, unknown>>
  /** What `${…}` in the manifest stands for while it is built. */
  readonly placeholders: readonly string[]
  /** It brings packages of its own, and what codegen would write. */
  readonly isGenerated?: boolean
}

/**
 * Compiles a subgraph with graph-cli, unless these very sources have been compiled before. Addresses are not among the
 * sources: it is built for addresses that follow from the placeholders' names, and {@link place} puts the real ones in.
 * @returns the folder that holds `subgraph.yaml` and `.wasm`
 * @throws Error with what graph-cli printed
 */
export async function buildSources(sources: Sources): Promise<string> {
  const to = join(built, `${sources.name}-${await hashOf(sources)}`)
  const running = underWay.get(to) ?? buildInto(to, sources)
  underWay.set(to, running)
  await running
  return to
}

/** By target: variants of one build wait for each other. */
const underWay = new Map<string, Promise<void>>()

async function buildInto(to: string, sources: Sources): Promise<void> {
  const { folder, abis, placeholders, isGenerated = false } = sources
  if ((await readFile(join(to, 'subgraph.yaml'), 'utf8').catch(() => '')) !== '') return
  await mkdir(built, { recursive: true })
  const work = await mkdtemp(join(built, '.work-'))
  try {
    await cp(folder, work, { recursive: true, verbatimSymlinks: true })
    for (const [abi, content] of Object.entries(abis)) {
      await mkdir(join(work, 'abis'), { recursive: true })
      await writeFile(join(work, 'abis', `${abi}.json`), JSON.stringify(content))
    }
    const manifest = await readFile(join(work, 'subgraph.yaml'), 'utf8')
    const stand = (text: string, one: string) => text.replaceAll(`\${${one}}`, standIn(one))
    await writeFile(join(work, 'subgraph.yaml'), placeholders.reduce(stand, manifest))
    await compile(work, isGenerated ? ['build'] : ['codegen', 'build'])
    await rename(join(work, 'build'), to)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Copies a built subgraph to `<to>/build`, with real addresses, and other values, in place of the stand-ins. */
export async function place(from: string, to: string, values: Readonly<Record<string, string>>): Promise<void> {
  await cp(from, join(to, 'build'), { recursive: true })
  const file = join(to, 'build/subgraph.yaml')
  const manifest = await readFile(file, 'utf8')
  const fill = (text: string, [name, value]: [string, string]) =>
    text.replaceAll(new RegExp(standIn(name), 'gi'), value).replaceAll(`\${${name}}`, value)
  const filled = Object.entries(values).reduce(fill, manifest)
  // `gnd dev` is given the source's name, and reads what was built below it.
  await Promise.all([writeFile(file, filled), writeFile(join(to, 'subgraph.yaml'), filled)])
}

function standIn(placeholder: string): Address {
  return keccak256(stringToHex(placeholder)).slice(0, 42) as Address
}

async function compile(work: string, commands: readonly string[]): Promise<void> {
  const require = createRequire(join(import.meta.dirname, '../../subgraph/package.json'))
  const graphTs = require.resolve('@graphprotocol/graph-ts/package.json')
  const graph = join(require.resolve('@graphprotocol/graph-cli/package.json'), '../bin/run.js')
  await writeFile(join(work, 'package.json'), '{ "name": "parity", "private": true, "license": "MIT" }\n')
  await symlink(join(graphTs, '../../..'), join(work, 'node_modules')).catch(keepExisting)
  for (const command of commands) {
    try {
      await run(process.execPath, [graph, command, '--skip-migrations'], { cwd: work, env: environment })
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string }
      throw new Error(`graph ${command} failed in ${relative(process.cwd(), work)}:\n${stdout}${stderr}`)
    }
  }
}

const environment = { ...process.env, NO_COLOR: '1', GRAPH_TELEMETRY: '0' }

/** A subgraph that brings packages of its own keeps them. */
function keepExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

async function hashOf({ folder, abis, placeholders }: Sources): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([abis, placeholders]))
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== 'story.ts')
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.sort()) hash.update(`\0${relative(folder, file)}\0`).update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}
