/**
 * `npm run serve`, the production start: a chain, a Postgres and a build that are there already, and on them the indexer and
 * the gateway. No anvil, no history, no seed, no development keys, and no default for anything that matters.
 */
import { join } from 'node:path'
import { readEnvFile } from '../arguments.mjs'
import { runChild } from '../children.mjs'
import { endOnSignals, takeDown } from '../ending.mjs'
import { Fault } from '../fault.mjs'
import { reasonToInstall } from '../install.mjs'
import { requireFree } from '../ports.mjs'
import { prepare } from '../prepare.mjs'
import {
  gatewayEnv,
  gatewayUrl,
  indexerArgs,
  indexerEnv,
  indexerMisses,
  nodeCommand,
  service,
  superviseAll,
  untilReady,
} from '../services.mjs'
import { becomeStarter, endLeftovers, settle } from '../starter.mjs'
import { showSteps } from '../steps.mjs'
import { lookAround } from './look.mjs'
import { portsOf, readSettings, usage } from './options.mjs'

/** @typedef {Required<Pick<import('./options.mjs').Settings, 'rpcUrl' | 'databaseUrl'>> & import('./options.mjs').Settings & { network: string }} Settings */

/**
 * @param {readonly string[]} argv - without node and script
 * @param {string} root
 * @returns {Promise<number>} the exit code
 */
export async function serve(argv, root) {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(usage)
    return 0
  }
  const ending = endOnSignals()
  const steps = showSteps(process.stdout)
  /** @type {import('../services.mjs').Stack} */
  const stack = {}
  /** @type {() => Promise<void>} */
  let release = async () => undefined
  try {
    for (const [name, value] of Object.entries(readEnvFile(root))) process.env[name] ??= value
    const work = { root, steps, signal: ending.signal, fail: ending.fail }
    const settings = await settle(await requireProduction(argv, work))
    release = await becomeStarter(settings)
    await endLeftovers(settings.home, steps)
    await requireFree(portsOf(settings))
    await up(work, settings, stack)
    steps.say(`Heddle is ready: ${gatewayUrl(settings)}/graphql`)
    for (const reason of await indexerMisses(settings)) steps.say(`  but ${reason}`)
    await ending.asked
  } catch (error) {
    ending.fail(error)
  }
  return takeDown(stack, steps, ending, release)
}

/**
 * @param {readonly string[]} argv
 * @param {import('../services.mjs').Work} work
 * @returns {Promise<Settings>}
 * @throws {Fault} `NOT_FOR_PRODUCTION` naming every problem at once
 */
async function requireProduction(argv, { root, steps, signal }) {
  const { settings, problems } = readSettings(argv, process.env, root)
  const { home, rpcUrl, databaseUrl } = settings
  // Whoever has to correct something anyway shall not wait for npm first.
  if (problems.length > 0 && (await reasonToInstall(root)) !== null) throw refusal(problems)
  await prepare({ root, home, steps, signal, tasks: ['@heddle/prisma#codegen'] })
  const { network, problems: seen } = await lookAround(settings)
  problems.push(...seen)
  if (problems.length > 0 || rpcUrl === undefined || databaseUrl === undefined) throw refusal(problems)
  return { ...settings, rpcUrl, databaseUrl, network }
}

/** @param {readonly string[]} problems */
function refusal(problems) {
  const list = problems.map((problem) => `  ${problem}`).join('\n')
  return new Fault('NOT_FOR_PRODUCTION', `Nothing was started. To be corrected first:\n${list}\n\n${usage}`)
}

/**
 * @param {import('../services.mjs').Work} work
 * @param {Settings} settings
 * @param {import('../services.mjs').Stack} stack
 */
async function up(work, settings, stack) {
  const { root, steps, signal } = work
  const { home, rpcUrl, databaseUrl, ipfsUrl, network, indexerHost, adminHost } = settings
  const env = { NODE_ENV: 'production', DATABASE_URL: databaseUrl }
  /** @param {string} name @param {readonly string[]} args */
  const run = (name, args) =>
    steps.run(name, (detail) => runChild(home, nodeCommand(root, name, args, env), signal, detail))
  /** @param {string} name @param {readonly string[]} args @param {NodeJS.ProcessEnv} [more] */
  const keep = (name, args, more) =>
    service(home, { ...nodeCommand(root, name, args, { ...env, ...more }), output: 'inherit' })

  await run('migrate', ['prisma/migrate.ts'])
  const manifest = settings.manifest ?? join(home, 'subgraph/subgraph.yaml')
  const folder = join(manifest, '..')
  if (settings.deployment !== undefined)
    await run('subgraph', ['subgraph/build.ts', '--deployment', settings.deployment, '--out', folder])
  signal.throwIfAborted()
  const hosts = ['--host', indexerHost, ...(adminHost === indexerHost ? [] : ['--admin-host', adminHost])]
  const args = [...indexerArgs(settings, manifest), ...hosts, '--data-dir', join(home, 'indexer')]
  const sources = indexerEnv({ network, rpcUrl, databaseUrl, ipfsUrl })
  stack.indexer = keep('indexer', ['indexer/src/main.ts', ...args], sources)
  stack.gateway = keep('gateway', ['api/src/main.ts'], {
    ...gatewayEnv(settings, databaseUrl, folder),
    HEDDLE_GRAPHIQL: process.env.HEDDLE_GRAPHIQL || 'off',
  })
  await steps.run('ready', (detail) => untilReady(settings, stack, signal, detail))
  superviseAll(work, stack)
}
