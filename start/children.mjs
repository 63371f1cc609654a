/**
 * Children in process groups of their own, so that the terminal's Ctrl-C reaches only the starter, and so that nothing a child
 * started outlives it. Each is written down below `run/` for as long as it lives.
 */
import { spawn } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { identifyProcess, isSameProcess } from '../indexer/src/store/process-identity.ts'
import { Fault } from './fault.mjs'
import { endProcess, hasMembers, markedProcesses, marks, send, until } from './processes.mjs'

/** @typedef {import('./processes.mjs').ProcessIdentity} ProcessIdentity */
/** @typedef {{ name: string, command: string, args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv, output?: 'log' | 'inherit' }} Command */
/** @typedef {{ name: string, pid: number, log: string, exited: Promise<string>, isGone(): boolean, stop(deadlineMs?: number): Promise<void> }} Child */

/** The order in which what was left behind is stopped: who uses comes before who is used. */
const stopOrder = ['gateway', 'indexer', 'graph-node', 'chain']

/**
 * @param {string} home
 * @param {Command} command - its output goes to `logs/<name>.log`, emptied first, or where ours goes: then `log` is empty
 * @returns {Child} `exited` tells how it ended, such as `exit 1` or `SIGKILL`; it never rejects
 */
export function startChild(home, { name, command, args, cwd, env = {}, output = 'log' }) {
  const log = output === 'log' ? openLog(home, name) : null
  const out = log === null ? 'inherit' : log.descriptor
  const child = spawn(command, args, {
    cwd,
    detached: true,
    stdio: ['ignore', out, out],
    env: { ...process.env, ...env, ...marks(home, name) },
  })
  if (log !== null) closeSync(log.descriptor)
  const pid = child.pid ?? 0
  const record = join(home, 'run', `${name}.json`)
  if (pid !== 0) {
    mkdirSync(join(home, 'run'), { recursive: true })
    writeFileSync(record, JSON.stringify({ name, ...identifyProcess(pid) }))
  }
  let isGone = false
  /** @type {Promise<string>} */
  const exited = new Promise((resolve) => {
    const end = (/** @type {string} */ how) => {
      isGone = true
      resolve(how)
    }
    child.once('error', (error) => end(error.message))
    child.once('exit', (code, signal) => end(signal ?? `exit ${code}`))
  })
  return {
    name,
    pid,
    log: log?.path ?? '',
    exited,
    isGone: () => isGone,
    async stop(deadlineMs = 10_000) {
      if (pid === 0) return
      // Only the leader is asked: it knows in which order its own are to end.
      if (!isGone && send(pid, 'SIGTERM')) await Promise.race([exited, wait(deadlineMs)])
      if (hasMembers(pid)) await endGroup(pid)
      if (!isGone) await exited
      rmSync(record, { force: true })
    },
  }
}

/**
 * Runs a command to its end.
 * @param {string} home
 * @param {Command} command
 * @param {AbortSignal} signal - ends it early
 * @param {(line: string) => void} [detail] - hears its latest line now and then
 * @returns {Promise<void>}
 * @throws {Fault} `STEP_FAILED` with its last words
 */
export async function runChild(home, command, signal, detail = () => undefined) {
  signal.throwIfAborted()
  const child = startChild(home, command)
  const abort = () => void child.stop(3_000)
  signal.addEventListener('abort', abort)
  const listening = setInterval(() => detail(lastLines(child.log, 1).trim().slice(0, 60)), 500)
  const how = await child.exited
  clearInterval(listening)
  signal.removeEventListener('abort', abort)
  await child.stop()
  signal.throwIfAborted()
  if (how !== 'exit 0') throw stepFault(command.name, how, child.log)
}

/**
 * @param {string} name
 * @param {string} how
 * @param {string} log
 */
export function stepFault(name, how, log) {
  if (log === '') return new Fault('STEP_FAILED', `${name} failed (${how}). Its last words stand above.`)
  const text = lastLines(log, 200)
  if (/ENOSPC|No space left on device/.test(text)) {
    return Object.assign(new Error('no space left on the disk'), { code: 'ENOSPC' })
  }
  return new Fault('STEP_FAILED', `${name} failed (${how}). Its last words, more in ${log}:\n${lastLines(log, 20)}`)
}

/**
 * Stops what an earlier start left running, users before what they use. A process that merely got an old number is no one of ours.
 * @param {string} home
 * @returns {Promise<number>} how many there were
 */
export async function stopLeftovers(home) {
  const leaders = recordedProcesses(home)
  const left = [...leaders, ...markedProcesses(home)]
  const unique = [...new Map(left.map((one) => [one.pid, one])).values()]
  const rank = (/** @type {string} */ role) => (stopOrder.includes(role) ? stopOrder.indexOf(role) : stopOrder.length)
  for (const role of [...new Set(unique.map((one) => one.role))].sort((a, b) => rank(a) - rank(b))) {
    const ours = unique.filter((one) => one.role === role)
    // A leader knows in which order its own are to end; they are ended only if it did not. graph-node itself hears only SIGINT.
    for (const leader of leaders.filter((one) => one.role === role)) await endProcess(leader, 10_000)
    await Promise.all(ours.map((one) => endProcess(one, 10_000, role === 'graph-node' ? 'SIGINT' : 'SIGTERM')))
    // On Linux the marks have found all of a group; elsewhere a leader that was ours vouches for its group.
    if (process.platform !== 'linux') for (const { pid } of ours) if (hasMembers(pid)) await endGroup(pid)
  }
  rmSync(join(home, 'run'), { recursive: true, force: true })
  return unique.length
}

/**
 * @param {string} file
 * @param {number} count
 */
export function lastLines(file, count) {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-count)
      .map((line) => `    ${line.slice(0, 400)}`)
      .join('\n')
  } catch {
    return ''
  }
}

/**
 * How a shell would tell an ending.
 * @param {string} how - as `exited` tells it
 * @returns {number}
 */
export function exitCode(how) {
  const [, code] = /^exit (\d+)$/.exec(how) ?? []
  if (code !== undefined) return Number(code)
  const [, number] = Object.entries(constants.signals).find(([name]) => name === how) ?? []
  return number === undefined ? 1 : 128 + number
}

/** @param {number} group */
async function endGroup(group) {
  send(-group, 'SIGKILL')
  await until(() => !hasMembers(group), 5_000)
}

/**
 * @param {string} home
 * @returns {(ProcessIdentity & { role: string })[]}
 */
function recordedProcesses(home) {
  const folder = join(home, 'run')
  const names = listFolder(folder).filter((name) => name.endsWith('.json'))
  return names.flatMap((name) => {
    try {
      const { name: role, pid, began } = JSON.parse(readFileSync(join(folder, name), 'utf8'))
      return isSameProcess({ pid, began }) ? [{ pid, began, role }] : []
    } catch {
      return []
    }
  })
}

/** @param {string} folder */
function listFolder(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/**
 * The log of the run before is kept beside, as `<name>.before.log`.
 * @param {string} home
 * @param {string} name
 */
function openLog(home, name) {
  const folder = join(home, 'logs')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.log`)
  try {
    if (statSync(path).size > 0) renameSync(path, join(folder, `${name}.before.log`))
  } catch {
    // There was none.
  }
  return { path, descriptor: openSync(path, 'a', 0o600) }
}

/** @param {number} ms */
function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
