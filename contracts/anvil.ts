import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'

/** A chain of one's own: its JSON-RPC address, and how to end it. */
export type Anvil = {
  readonly url: string
  readonly pid: number
  /** Ends the process and waits until it is gone. SIGTERM lets it write its state; SIGKILL does not. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type AnvilOptions = {
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** The genesis block's time, in Unix seconds; now by default. */
  readonly timestamp?: number
  /** Further arguments, as on the command line. */
  readonly args?: readonly string[]
}

const START_TIMEOUT_MS = 20_000

/**
 * The path of the native program, which npm brings in a package of its own for each platform. Started directly: through
 * the package's `bin.mjs` a SIGKILL would end only the Node around it.
 * @throws Error if npm has no anvil for this platform, or left it out
 */
export function anvilBinary(): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const name = `@foundry-rs/anvil-${process.platform}-${arch}`
  const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  // The platform's package is a dependency of anvil's own, so that is from where it can be seen.
  const fromAnvil = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'))
  try {
    return fromAnvil.resolve(`${name}/bin/${file}`)
  } catch (cause) {
    throw new Error(`anvil is not installed for this platform: ${name} is missing. Run "npm ci".`, { cause })
  }
}

/**
 * Starts an anvil on the loopback interface and waits until it listens.
 * @throws Error with what it printed, if it ends first or takes longer than 20 s
 * @example const chain = await startAnvil(); …; await chain.stop()
 */
export async function startAnvil({ port = 0, timestamp, args = [] }: AnvilOptions = {}): Promise<Anvil> {
  const time = timestamp === undefined ? [] : ['--timestamp', String(timestamp)]
  const child = spawn(anvilBinary(), ['--host', '127.0.0.1', '--port', String(port), ...time, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await exited
  }
  try {
    const url = await listening(child)
    return { url, pid: child.pid ?? 0, stop, [Symbol.asyncDispose]: () => stop() }
  } catch (error) {
    await stop('SIGKILL')
    throw error
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    const fail = (why: string) => reject(new Error(`anvil ${why}:\n${printed}`))
    const timer = setTimeout(() => fail(`did not listen within ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS)
    const read = (chunk: Buffer) => {
      // It goes on printing each request: once the address is known, the output is only drained.
      if (timer.hasRef() === false) return
      printed += chunk.toString()
      const address = /Listening on (\S+:\d+)/.exec(printed)?.[1]
      if (address === undefined) return
      clearTimeout(timer)
      timer.unref()
      resolve(`http://${address}`)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', (error) => fail(`did not start (${error.message})`))
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      fail(`ended with ${signal ?? code}`)
    })
  })
}
