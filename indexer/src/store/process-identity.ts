import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process that cannot be mistaken for a later one which was given the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it began, as its system tells it: to be compared, not read. */
  readonly began: string
}

/**
 * Names a living process so that it can be recognised later, by another program too.
 * @returns null when no process has this number (a zombie counts as none)
 */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const began = process.platform === 'linux' ? beganOnLinux(pid) : beganByPs(pid)
  return began === null ? null : { pid, began }
}

/** Whether the process that was once identified is still the one running under its number. */
export function isSameProcess({ pid, began }: ProcessIdentity): boolean {
  return identifyProcess(pid)?.began === began
}

/** @see proc_pid_stat(5): the name stands in parentheses and may hold any letter; field 22 counts ticks since boot. */
function beganOnLinux(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state] = fields
    // A first thread that has ended is shown as a zombie while the others still run, and still hold ports.
    const hasThreads = Number(fields[17]) > 1
    if (state === 'X' || (state === 'Z' && !hasThreads)) return null
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`
  } catch {
    return null
  }
}

function beganByPs(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    if (line === '' || line.startsWith('Z')) return null
    return line.slice(line.indexOf(' ')).trim()
  } catch {
    return null
  }
}
