/** A state folder has one starter at a time. */
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { claim } from '../indexer/src/store/claim.ts'
import { stopLeftovers } from './children.mjs'
import { Fault } from './fault.mjs'
import { gatewayUrl } from './services.mjs'

/**
 * The folder exists, and has one name only.
 * @template {{ home: string }} S
 * @param {S} settings
 * @returns {Promise<S>}
 */
export async function settle(settings) {
  await mkdir(settings.home, { recursive: true })
  return { ...settings, home: await realpath(settings.home) }
}

/**
 * @param {{ home: string, host: string, port: number }} settings
 * @returns {Promise<() => Promise<void>>} how to give the folder free
 * @throws {Fault} `ALREADY_RUNNING`
 */
export async function becomeStarter(settings) {
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
 * What a killed starter left running here is not to meet what is started now.
 * @param {string} home
 * @param {import('./steps.mjs').Steps} steps
 */
export async function endLeftovers(home, steps) {
  const count = await stopLeftovers(home)
  if (count === 0) return
  steps.say(`  Stopped ${count} ${count === 1 ? 'process' : 'processes'} that an earlier start had left running`)
}
