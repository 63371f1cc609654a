import { readFileSync } from 'node:fs'
import type { Abi, Hex } from 'viem'
import type { ContractName } from './names.ts'

/** What the compiler made of one contract: its interface, and the code that a deployment sends. */
export type Artifact = { readonly abi: Abi; readonly bytecode: Hex }

const known = new Map<ContractName, Artifact>()

/**
 * Reads a compiled contract from build/artifacts; once in a process.
 * @throws Error if the contracts have not been built
 */
export function readArtifact(name: ContractName): Artifact {
  const artifact = known.get(name) ?? parseArtifact(name)
  known.set(name, artifact)
  return artifact
}

function parseArtifact(name: ContractName): Artifact {
  const file = new URL(`build/artifacts/src/${name}.sol/${name}.json`, import.meta.url)
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Error(`The contract ${name} is not compiled: run "npm run build".`, { cause })
  }
}
