/** What both commands need first: packages installed, code generated, contracts built. Two commands at a time take turns. */
import { mkdir, realpath, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { claim } from '../indexer/src/store/claim.ts'
import { runChild } from './children.mjs'
import { Fault } from './fault.mjs'
import { install, reasonToInstall } from './install.mjs'

const NEEDED_BYTES = 300_000_000

/**
 * @param {object} options
 * @param {string} options.root
 * @param {string} options.home - for logs
 * @param {import('./steps.mjs').Steps} options.steps
 * @param {AbortSignal} options.signal
 * @param {readonly string[]} options.tasks - as turbo names them
 */
export async function prepare({ root, home, steps, signal, tasks }) {
  await requireSpace(home)
  // What is prepared belongs to the clone, not to a state folder: starts with several of those take turns too.
  const turns = join(await realpath(root), '.heddle')
  await mkdir(turns, { recursive: true })
  const release = await takeTurns(join(turns, 'prepare.json'), steps, signal)
  try {
    const reason = await reasonToInstall(root)
    if (reason !== null) {
      await steps.run('install', async (detail) => {
        detail(reason)
        await install({ root, home, signal })
      })
    }
    await steps.run('build', () => runTurbo({ root, home, signal, tasks }))
  } finally {
    await release()
  }
}

/** @param {string} home */
async function requireSpace(home) {
  await mkdir(home, { recursive: true })
  const { bavail, bsize } = await statfs(home)
  if (bavail * bsize >= NEEDED_BYTES) return
  const free = Math.floor((bavail * bsize) / 1_000_000)
  throw new Fault(
    'DISK_FULL',
    `Only ${free} MB are left on the disk that holds ${home}: free some (the whole takes about 2 GB).`,
  )
}

/**
 * @param {string} file
 * @param {import('./steps.mjs').Steps} steps
 * @param {AbortSignal} signal
 */
async function takeTurns(file, steps, signal) {
  for (let told = false; ; told = true) {
    const turn = await claim(file)
    if (turn.kind === 'held') return turn.release
    if (!told) steps.say(`  … waiting for process ${turn.owner.pid}, which installs or builds here`)
    await sleep(200, undefined, { signal })
  }
}

/** @param {{ root: string, home: string, signal: AbortSignal, tasks: readonly string[] }} options */
async function runTurbo({ root, home, signal, tasks }) {
  const turbo = join(root, 'node_modules/turbo/bin/turbo')
  const args = [turbo, 'run', ...tasks, '--output-logs=errors-only', '--ui=stream']
  const env = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1', FORCE_COLOR: '0' }
  await runChild(home, { name: 'build', command: process.execPath, args, cwd: root, env }, signal)
}
