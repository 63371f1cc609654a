/**
 * The right Node: this file and what it imports are all that an older one ever reads (any from 20 on can).
 * Node 22.18+, 24 and 26+ go on as they are; on any other, a pinned Node 24 is brought from npm and takes over.
 */
import { execFile, spawn } from 'node:child_process'
import { copyFile, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { constants } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Fault } from './fault.mjs'

const run = promisify(execFile)
const here = dirname(fileURLToPath(import.meta.url))

/** The repository's root. */
export const root = dirname(here)

/**
 * @param {string} version - such as `v24.1.0`
 * @returns {boolean} whether it is within `^22.18 || ^24 || >=26`
 */
export function isSupported(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return (major === 22 && minor >= 18) || major === 24 || major >= 26
}

/**
 * Lets the program go on in the right Node.
 * @param {{ home: string, tell?: (what: string) => void }} options - `home`: the folder of the state; `tell`: hears what takes long
 * @returns {Promise<boolean>} true if this Node is right; false if another has run the program to its end, with its exit code set
 */
export async function ensureNode({ home, tell = () => undefined }) {
  if (isSupported(process.version)) {
    preferThisNode(process.env)
    endWithWrapper()
    return true
  }
  const node = await pinnedNode(home, tell)
  await handOver(node)
  return false
}

/**
 * The pinned Node's executable, installed when missing.
 * @param {string} home
 * @param {(what: string) => void} tell
 * @returns {Promise<string>}
 */
export async function pinnedNode(home, tell) {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  const name = `${prefix}-${process.platform}-${process.arch}`
  const { optionalDependencies } = JSON.parse(await readFile(join(here, 'node/package.json'), 'utf8'))
  const version = optionalDependencies[name]
  if (version === undefined) {
    throw new Fault(
      'NODE_UNSUPPORTED',
      `Heddle needs Node 22.18+, 24 or 26+, this is ${process.version}, and npm has none for ${process.platform} ${process.arch}: install one yourself.`,
    )
  }
  const folder = join(home, 'node', `v${version}-${process.platform}-${process.arch}`)
  const node = join(folder, 'node_modules', name, 'bin/node')
  if (!(await answers(node, version))) {
    tell(`Node ${process.version} is not one Heddle runs on; fetching Node ${version} from npm`)
    await install(folder)
    if (!(await answers(node, version))) {
      throw new Fault(
        'NODE_BROKEN',
        `Node ${version} does not run on this machine: install Node 22.18+, 24 or 26+ yourself.`,
      )
    }
  }
  return node
}

/**
 * npm's own command under a given Node, so that its choices (which optional packages fit) are made for that Node.
 * @param {string} node
 * @returns {Promise<{ command: string, args: string[] }>}
 */
export async function npmCommand(node) {
  const candidates = [process.env.npm_execpath, process.env.HEDDLE_NPM, ...(await npmOnPath())]
  for (const candidate of candidates) {
    if (candidate !== undefined && basename(candidate) === 'npm-cli.js' && (await exists(candidate))) {
      return { command: node, args: [candidate] }
    }
  }
  return { command: 'npm', args: [] }
}

/**
 * Makes every child find this Node first, and takes away what an outer npm says about its own.
 * @param {NodeJS.ProcessEnv} env - changed in place
 * @param {string} [node]
 */
export function preferThisNode(env, node = process.execPath) {
  // Where npm is may only be known from what is about to be taken away.
  if (env.npm_execpath !== undefined) env.HEDDLE_NPM = env.npm_execpath
  for (const name of Object.keys(env)) {
    if (/^(NODE|INIT_CWD|npm_(execpath|node_execpath|command|lifecycle_.*|package_.*))$/.test(name)) delete env[name]
    if (/^npm_config_(user_agent|node_gyp|prefix|local_prefix|global_prefix|npm_version|init_module)$/.test(name))
      delete env[name]
  }
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== dirname(node))
  env.PATH = [dirname(node), ...path].join(delimiter)
}

/**
 * Runs this very command line under another Node; signals go down, the exit comes back.
 * @param {string} node
 */
async function handOver(node) {
  const env = { ...process.env }
  preferThisNode(env, node)
  const stdio = /** @type {const} */ (['inherit', 'inherit', 'inherit', 'ipc'])
  await follow(spawn(node, [...process.execArgv, ...process.argv.slice(1)], { stdio: [...stdio], env }))
}

/** If the process that handed over to us is killed, no one is left to tell us to end. */
function endWithWrapper() {
  if (process.connected) process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}

/**
 * Stands in for a child: what is sent to us reaches it, and we end as it ends.
 * @param {import('node:child_process').ChildProcess} child
 */
export async function follow(child) {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const forward = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal)
  for (const signal of signals) process.on(signal, forward)
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status, signal) => resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
  for (const signal of signals) process.off(signal, forward)
  process.exitCode = code
}

/**
 * npm checks the integrity that the committed lockfile pins. The folder gets its name only when all is there.
 * @param {string} folder
 */
async function install(folder) {
  const fresh = `${folder}.${process.pid}`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true })
  try {
    for (const file of ['package.json', 'package-lock.json'])
      await copyFile(join(here, 'node', file), join(fresh, file))
    const { command, args } = await npmCommand(process.execPath)
    await run(command, [...args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: fresh,
      maxBuffer: 1 << 26,
    })
    // A folder that is there already is broken, or another start was faster; either way ours is whole.
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : ''
    if (/ENOSPC/.test(said)) throw Object.assign(new Error('no space left', { cause }), { code: 'ENOSPC' })
    if (await exists(folder)) return
    const why =
      said
        .split('\n')
        .filter((line) => line.includes('npm error'))
        .slice(0, 3)
        .join(' ') || String(cause)
    throw new Fault(
      'NODE_FETCH_FAILED',
      `The pinned Node could not be fetched (${why}). Check that npm reaches its registry, or install Node 22.18+, 24 or 26+ yourself.`,
      { cause },
    )
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/**
 * @param {string} node
 * @param {string} version
 */
async function answers(node, version) {
  try {
    return (await run(node, ['--version'])).stdout.trim() === `v${version}`
  } catch {
    return false
  }
}

async function npmOnPath() {
  const found = []
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const real = await realpath(join(folder, 'npm')).catch(() => undefined)
    if (real !== undefined) found.push(real, join(dirname(real), '../lib/node_modules/npm/bin/npm-cli.js'))
  }
  return found
}

/** @param {string} path */
async function exists(path) {
  return stat(path).then(
    () => true,
    () => false,
  )
}
