/**
 * Sends one transaction to the local chain, so that one can watch it arrive in the index:
 *
 *   npm run tx                              the first live listing becomes 10 % dearer
 *   npm run tx -- price "Tidemark" 1.25     a token by its name, or as SYMBOL#id; the price in whole coins
 *   npm run tx -- buy "SALT#3"
 *   npm run tx -- list "SALT#4" 0.8         in the native coin; with a third word "PTRN", in Patron
 *   npm run tx -- cancel "SALT#4"
 *   npm run tx -- give "SALT#4"             to the next one of the people
 *
 * The people of the history sign, with keys that all the world knows. Options: --rpc-url, --deployment, --world; without
 * them HEDDLE_HOME, HEDDLE_RPC_URL and HEDDLE_RPC_PORT say where the installation is, also in the repository's .env.
 */
import { parseArgs } from 'node:util'
import { readDeployment } from './deployment.ts'
import type { World } from './history/world.ts'
import { defaultRpcUrl, readEnvFile, stateFile } from './installation.ts'
import { readJson } from './json-file.ts'
import { connect } from './rpc.ts'
import { openShop, verbs } from './shop.ts'

readEnvFile()
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'rpc-url': { type: 'string', default: defaultRpcUrl() },
    deployment: { type: 'string', default: stateFile('deployment.json') },
    world: { type: 'string', default: stateFile('world.json') },
  },
})

try {
  const [verb = 'price', ...words] = positionals
  const act = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  if (!act) throw new Error(`There is no "${verb}": it is one of ${Object.keys(verbs).join(', ')}.`)
  const rpc = connect(values['rpc-url'])
  const deployment = await readDeployment(rpc, values.deployment)
  const world = readJson<World>(values.world)
  if (!world) throw new Error(`No history in ${values.world}: run "npm start" first.`)
  console.log(await act(await openShop(rpc, deployment, world), ...words))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
