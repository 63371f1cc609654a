/** `npm start`, in the right Node: one starter for a state folder, what was left is stopped, everything up, and down again at a signal. */
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { claim } from '../indexer/src/store/claim.ts'
import { isSameProcess } from '../indexer/src/store/process-identity.ts'
import { stopLeftovers } from './children.mjs'
import { explain, Fault } from './fault.mjs'
import { clearHome } from './fresh.mjs'
import { requirePlatform } from './graph-node/binary.mjs'
import { portsOf, readEnvFile, readSettings, usage } from './options.mjs'
import { requireFree } from './ports.mjs'
import { prepare } from './prepare.mjs'
import { npmAncestors } from './processes.mjs'
import { showSteps } from './steps.mjs'
import { down, downOrder, gatewayUrl, up } from './up.mjs'

/** npm passes a Ctrl-C on that the terminal has sent us already; two that are closer than this are one. */
const SAME_SIGNAL_MS = 1_000

/**
 * @param {readonly string[]} argv - without node and script
 * @param {string} root
 * @returns {Promise<number>} the exit code
 */
export async function main(argv, root) {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(usage)
    return 0
  }
  const ending = endOnSignals()
  const steps = showSteps(process.stdout)
  /** @type {import('./up.mjs').Stack} */
  const stack = {}
  /** @type {() => Promise<void>} */
  let release = async () => undefined
  try {
    // The parts read variables of their own; what .env says reaches them as if it stood in the environment.
    for (const [name, value] of Object.entries(readEnvFile(root))) process.env[name] ??= value
    const settings = await settle(readSettings(argv, process.env, root))
    const { home } = settings
    if (settings.runtime === 'graph-node') requirePlatform()
    release = await becomeStarter(settings)
    await clearLeftovers(settings, steps, root)
    await requireFree(portsOf(settings))
    const house = { root, settings, steps, signal: ending.signal, fail: ending.fail }
    const tasks = ['@heddle/prisma#codegen', '@heddle/contracts#build']
    await up(house, stack, () => prepare({ root, home, steps, signal: ending.signal, tasks }))
    steps.say(`Heddle is ready: ${gatewayUrl(settings)}/graphql`)
    await ending.asked
  } catch (error) {
    ending.fail(error)
  }
  return takeDown(stack, steps, ending, release)
}

/**
 * @param {import('./up.mjs').Stack} stack
 * @param {import('./steps.mjs').Steps} steps
 * @param {ReturnType<typeof endOnSignals>} ending
 * @param {() => Promise<void>} release
 */
async function takeDown(stack, steps, ending, release) {
  const { signal, failure } = ending.why()
  const parts = downOrder.filter((part) => stack[part] !== undefined)
  if (signal !== undefined && parts.length > 0) steps.say(`Stopping: ${parts.join(', ')}`)
  try {
    await down(stack, ending.isHurried)
  } catch (error) {
    console.error(explain(error))
  }
  await release()
  steps.end()
  if (signal !== undefined) return 0
  console.error(explain(failure))
  return 1
}

/**
 * The folder exists, and has one name only.
 * @param {import('./options.mjs').Settings} settings
 */
async function settle(settings) {
  await mkdir(settings.home, { recursive: true })
  return { ...settings, home: await realpath(settings.home) }
}

/** @param {import('./options.mjs').Settings} settings */
async function becomeStarter(settings) {
  const url = `${gatewayUrl(settings)}/graphql`
  const claimed = await claim(join(settings.home, 'starter.json'), url)
  if (claimed.kind === 'held') return claimed.release
  const { pid, note } = claimed.owner
  throw new Fault(
    'ALREADY_RUNNING',
    `Heddle already runs from this folder: process ${pid}, ${note}. Stop that one first (Ctrl-C, or kill ${pid}).`,
  )
}

/**
 * @param {import('./options.mjs').Settings} settings
 * @param {import('./steps.mjs').Steps} steps
 * @param {string} root
 */
async function clearLeftovers({ home, fresh, postgresUrl }, steps, root) {
  const count = await stopLeftovers(home)
  if (count > 0)
    steps.say(`  Stopped ${count} ${count === 1 ? 'process' : 'processes'} that an earlier start had left running`)
  if (!fresh) return
  await clearHome(home, await postgresRemover(root, home))
  if (postgresUrl !== undefined) steps.say('  --fresh leaves the database of --postgres-url as it is')
}

/**
 * Without packages there is no server of ours that could run, so files are all there is to remove.
 * @param {string} root
 * @param {string} home
 */
async function postgresRemover(root, home) {
  try {
    const { removeEmbeddedPostgres } = await import('../indexer/src/store/embedded.ts')
    return removeEmbeddedPostgres
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    const { install } = await import('./install.mjs')
    await install({ root, home, signal: new AbortController().signal })
    return postgresRemover(root, home)
  }
}

/** What ends the program: a signal, the npm above it gone, or a failure; whichever came first. */
function endOnSignals() {
  const aborter = new AbortController()
  /** @type {NodeJS.Signals | undefined} */
  let signal
  /** @type {unknown} */
  let failure
  let askedAt = 0
  let isHurried = false

  /** @param {NodeJS.Signals} name */
  const ask = (name) => {
    if (aborter.signal.aborted) {
      if (performance.now() - askedAt > SAME_SIGNAL_MS) isHurried = true
      return
    }
    signal = name
    askedAt = performance.now()
    aborter.abort()
  }
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, () => ask(name))
  const above = npmAncestors()
  setInterval(() => above.every(isSameProcess) || ask('SIGHUP'), 1_000).unref()

  /** @type {Promise<void>} */
  const asked = new Promise((resolve) => aborter.signal.addEventListener('abort', () => resolve()))
  return {
    signal: aborter.signal,
    asked,
    isHurried: () => isHurried,
    why: () => ({ signal, failure }),
    fail(/** @type {unknown} */ error) {
      if (aborter.signal.aborted) return
      failure = error
      askedAt = performance.now()
      aborter.abort()
    },
  }
}
