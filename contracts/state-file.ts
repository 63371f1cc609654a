import { fileURLToPath } from 'node:url'

/** Where a file of the running installation lies when a command is not told: in .heddle/ at the repository's root. */
export function stateFile(name: 'deployment.json' | 'world.json' | 'chain.jsonl'): string {
  return fileURLToPath(new URL(`../.heddle/${name}`, import.meta.url))
}
