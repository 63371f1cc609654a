import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { repository } from './stack.ts'

const run = promisify(execFile)

/** Runs a program, in the repository if nothing is said, and waits for its end. @returns what it printed @throws with what it printed, if it failed */
export async function command(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  cwd: string = repository,
): Promise<string> {
  const { stdout } = await run(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

/** One of the repository's own commands, in this Node. */
export function node(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
  return command(process.execPath, args, env)
}
