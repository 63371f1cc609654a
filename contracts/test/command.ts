import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

/** A command of this package, running. */
export type Running = {
  readonly child: ChildProcess
  /** What it has printed so far, both streams. */
  printed(): string
  /** Resolves once it has printed the text; rejects if it ends without. */
  until(text: string): Promise<void>
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** @param script - below contracts/, as in 'ignition/deploy.ts' */
export function start(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const file = fileURLToPath(new URL(`../${script}`, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let printed = ''
  const read = (chunk: Buffer) => {
    printed += chunk.toString()
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  const until = async (text: string) => {
    while (!printed.includes(text)) {
      const end = await Promise.race([once(child.stdout, 'data').then(() => undefined), ended])
      if (end !== undefined && !printed.includes(text)) throw new Error(`ended with ${end}:\n${printed}`)
    }
  }
  return { child, printed: () => printed, until, ended }
}

/** Runs a command to its end. */
export async function run(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const running = start(script, args, env)
  return { code: await running.ended, printed: running.printed() }
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A new folder of one's own, until the test file is through. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-contracts-'))
  folders.push(folder)
  return folder
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Waits until something is true, for ten seconds at most. */
export async function poll(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('It did not happen within 10 s.')
    await wait(20)
  }
}
