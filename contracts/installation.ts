import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))

/** Takes from the repository's .env what the environment does not say, as `npm start` does. */
export function readEnvFile(): void {
  const file = join(repository, '.env')
  if (existsSync(file)) process.loadEnvFile(file)
}

/**
 * Where a file of the running installation lies when a command is not told: in the folder HEDDLE_HOME, or in .heddle/ at
 * the repository's root, whatever folder the command is run in.
 */
export function stateFile(name: 'deployment.json' | 'world.json' | 'chain/journal.jsonl'): string {
  const home = process.env.HEDDLE_HOME || '.heddle'
  return join(isAbsolute(home) ? home : join(repository, home), name)
}

/** The chain's address when a command is not told: HEDDLE_RPC_URL, or the local chain at HEDDLE_RPC_PORT or 8545. */
export function defaultRpcUrl(): string {
  return process.env.HEDDLE_RPC_URL || `http://127.0.0.1:${process.env.HEDDLE_RPC_PORT || 8545}`
}
