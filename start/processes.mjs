/**
 * What runs on this machine, as far as it is ours. Every child carries the state folder's path and its role in its environment,
 * so that it is found again even if the starter was killed between starting it and writing that down; where the environment
 * of others cannot be read (macOS), the written records have to do.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { identifyProcess, isSameProcess } from '../indexer/src/store/process-identity.ts'

/** @typedef {import('../indexer/src/store/process-identity.ts').ProcessIdentity} ProcessIdentity */

/**
 * The environment of a child of ours.
 * @param {string} home
 * @param {string} role
 */
export function marks(home, role) {
  return { HEDDLE_STATE: home, HEDDLE_ROLE: role }
}

/**
 * @param {string} home
 * @returns {(ProcessIdentity & { role: string })[]} all living processes that carry this home's mark
 */
export function markedProcesses(home) {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid !== process.pid)
    .flatMap((pid) => {
      const env = environmentOf(pid)
      if (env.get('HEDDLE_STATE') !== home) return []
      const identity = identifyProcess(pid)
      return identity === null ? [] : [{ ...identity, role: env.get('HEDDLE_ROLE') ?? '' }]
    })
}

/**
 * @param {number} group
 * @returns {boolean} whether any living process is in it; a zombie is not
 */
export function hasMembers(group) {
  if (process.platform === 'linux') {
    return readdirSync('/proc').some((name) => {
      const stat = /^\d+$/.test(name) ? statOf(name) : null
      return stat !== null && stat.group === group && stat.state !== 'Z' && stat.state !== 'X'
    })
  }
  const table = execFileSync('ps', ['-axo', 'pgid=,stat='], { encoding: 'utf8' })
  return table.split('\n').some((line) => {
    const [id, state = ''] = line.trim().split(/\s+/)
    return Number(id) === group && !state.startsWith('Z')
  })
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 * @returns {boolean} false if there was no one to hear it
 */
export function send(pid, signal) {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

/**
 * Ends one process: politely, then not.
 * @param {ProcessIdentity} identity
 * @param {number} deadlineMs
 * @param {NodeJS.Signals} [polite] - what it listens to
 */
export async function endProcess(identity, deadlineMs, polite = 'SIGTERM') {
  for (const signal of /** @type {const} */ ([polite, 'SIGKILL'])) {
    if (!isSameProcess(identity)) return
    send(identity.pid, signal)
    await until(() => !isSameProcess(identity), signal === polite ? deadlineMs : 5_000)
  }
}

/**
 * @param {() => boolean} holds
 * @param {number} deadlineMs
 * @returns {Promise<boolean>} whether it came to hold in time
 */
export async function until(holds, deadlineMs) {
  const end = performance.now() + deadlineMs
  while (!holds()) {
    if (performance.now() > end) return false
    await sleep(20)
  }
  return true
}

/**
 * The npm (and the shell in between) that started this process: if one of them is killed, no one is left to ask us to end.
 * @returns {ProcessIdentity[]} empty when it was not npm that started us
 */
export function npmAncestors() {
  if (process.platform !== 'linux') return []
  const found = []
  for (let pid = process.ppid, depth = 0; pid > 1 && depth < 4; depth++) {
    const identity = identifyProcess(pid)
    if (identity === null) return []
    found.push(identity)
    if (/(^|[/\s\0])npm(-cli\.js)?([\s\0]|$)/.test(commandOf(pid))) return found
    pid = statOf(String(pid))?.parent ?? 0
  }
  return []
}

/** @param {number} pid */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/**
 * @param {number} pid
 * @returns {Map<string, string>}
 */
function environmentOf(pid) {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]))
  } catch {
    return new Map()
  }
}

/** @param {string} pid */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state = '', parent, group] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state, parent: Number(parent), group: Number(group) }
  } catch {
    return null
  }
}
