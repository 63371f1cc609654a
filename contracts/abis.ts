/** Writes build/abis/<Contract>.json, the bare ABI arrays that the subgraph and the other packages read. */
import { fileURLToPath } from 'node:url'
import { readArtifact } from './artifact.ts'
import { writeJson } from './json-file.ts'
import { contractNames } from './names.ts'

for (const name of contractNames) {
  writeJson(fileURLToPath(new URL(`build/abis/${name}.json`, import.meta.url)), readArtifact(name).abi)
}
