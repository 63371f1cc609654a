import type { BlockLink, Hex } from '../src/chain/block.ts'
import type { Deployment } from '../src/deployment/deployment.ts'
import { parseSchema } from '../src/deployment/schema.ts'

/** A deployment that has a schema and nothing to run: enough for rooms that only store and query. */
export function aDeployment(schemaText: string, overrides: Partial<Deployment> = {}): Deployment {
  return {
    id: 'QmScratch',
    specVersion: '1.3.0',
    network: 'mainnet',
    features: [],
    schema: parseSchema(schemaText),
    dataSources: [],
    templates: [],
    startBlock: 0,
    modules: new Map(),
    manifestText: 'specVersion: 1.3.0\n',
    files: new Map(),
    ...overrides,
  }
}

/** A block on the usual branch, or on another; twelve seconds after its parent. */
export function aBlockLink(number: number, branch = 0): BlockLink {
  return {
    number,
    hash: hashOf(number, branch),
    parentHash: hashOf(number - 1, branch),
    timestamp: 1_700_000_000 + number * 12,
  }
}

function hashOf(number: number, branch: number): Hex {
  return `0x${branch.toString(16).padStart(8, '0')}${(number + 1).toString(16).padStart(56, '0')}`
}
