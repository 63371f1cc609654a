/** `npm start`, in the right Node: one starter for a state folder, what was left is stopped, everything up, and down again at a signal. */
import { readEnvFile } from './arguments.mjs'
import { endOnSignals, takeDown } from './ending.mjs'
import { clearHome } from './fresh.mjs'
import { requirePlatform } from './graph-node/binary.mjs'
import { portsOf, readSettings, usage } from './options.mjs'
import { requireFree } from './ports.mjs'
import { prepare } from './prepare.mjs'
import { gatewayUrl } from './services.mjs'
import { becomeStarter, endLeftovers, settle } from './starter.mjs'
import { showSteps } from './steps.mjs'
import { up } from './up.mjs'

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
 * @param {import('./options.mjs').Settings} settings
 * @param {import('./steps.mjs').Steps} steps
 * @param {string} root
 */
async function clearLeftovers({ home, fresh, postgresUrl }, steps, root) {
  await endLeftovers(home, steps)
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
