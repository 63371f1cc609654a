import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Gateway {
  /** Without a path. */
  readonly origin: string
  stop(): Promise<void>
}

/** Starts the gateway of a copy on a free port. @throws with what it said, if it ends first */
export async function startGateway(root: string, env: NodeJS.ProcessEnv): Promise<Gateway> {
  const child = spawn(process.execPath, ['api/src/main.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH, HEDDLE_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    const origin = /"url":"(http:\/\/[^/"]+)\/graphql"/.exec(line)?.[1]
    if (origin === undefined) continue
    child.stdout.resume()
    return {
      origin,
      stop: async () => {
        child.kill('SIGTERM')
        await ended
      },
    }
  }
  throw new Error(`The gateway ended before it listened:\n${said.join('\n')}`)
}
