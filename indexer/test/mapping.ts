import type { Header, Hex } from '../src/chain/block.ts'
import type { AbiValue } from '../src/deployment/abi.ts'
import { staticSources } from '../src/deployment/data-source.ts'
import { type Deployment, loadDeployment } from '../src/deployment/deployment.ts'
import { EntityCache } from '../src/entity/cache.ts'
import type { LogTrigger } from '../src/trigger/trigger.ts'
import type { Host } from '../src/wasm/host.ts'
import { compileModule, type WasmModule } from '../src/wasm/module.ts'
import { buildSubgraph } from './subgraph.ts'

/** The subgraph `probe`, whose handlers do one thing each. */
export interface Probe {
  readonly deployment: Deployment
  /** The compiled mapping of one of its data sources: `Probe` or `Eager`. */
  moduleOf(source: string): WasmModule
  /** The event `Did(what, number)` from a data source, by default `Probe`. */
  aDid(what: string, number?: bigint, source?: string): LogTrigger
  /** A host with nothing stored, inside a block, on a chain where nothing is. */
  aHost(overrides?: Partial<Host>): Host & { readonly store: EntityCache }
}

export async function loadProbe(): Promise<Probe> {
  const deployment = await loadDeployment(await buildSubgraph('probe'))
  const sources = staticSources(deployment)
  const sourceOf = (name: string) => {
    const found = sources.find(({ definition }) => definition.name === name)
    if (!found) throw new Error(`The probe has no data source ${name}.`)
    return found
  }
  return {
    deployment,
    moduleOf: (name) => {
      const bytes = deployment.modules.get(sourceOf(name).definition.module)
      if (!bytes) throw new Error(`The data source ${name} has no module.`)
      return compileModule(bytes)
    },
    aDid: (what, number = 0n, name = 'Probe') => {
      const params: AbiValue[] = [
        { kind: 'string', value: what },
        { kind: 'int', value: number },
      ]
      return aTrigger(sourceOf(name), name === 'Probe' ? 'handleDid' : 'handleEager', params)
    },
    aHost: (overrides = {}) => {
      const store = new EntityCache(deployment.schema, { load: () => null, loadRelated: () => [] })
      store.beginBlock(aHeader)
      const chain = { call: () => null, balance: () => 0n, hasCode: () => false }
      const templates = new Map(deployment.templates.map((template) => [template.name, template]))
      return { chain, templates, ...overrides, store }
    },
  }
}

/** A header in which every field differs. */
export const aHeader: Header = {
  number: 70_000,
  hash: filled('01'),
  parentHash: filled('02'),
  unclesHash: filled('03'),
  author: filled('04', 20),
  stateRoot: filled('05'),
  transactionsRoot: filled('06'),
  receiptsRoot: filled('07'),
  gasUsed: 8n,
  gasLimit: 9n,
  timestamp: 1_700_000_010,
  difficulty: 11n,
  totalDifficulty: 12n,
  size: null,
  baseFeePerGas: 13n,
}

function aTrigger(source: LogTrigger['source'], handler: string, values: readonly AbiValue[]): LogTrigger {
  const address = source.address ?? filled('20', 20)
  const log = {
    address,
    topics: [filled('21')],
    data: '0x' as const,
    blockHash: aHeader.hash,
    blockNumber: aHeader.number,
    transactionHash: filled('22'),
    transactionIndex: 3,
    logIndex: 4,
  }
  const transaction = {
    hash: log.transactionHash,
    index: 3,
    from: filled('23', 20),
    to: null,
    value: 5n,
    gasLimit: 6n,
    gasPrice: 7n,
    input: '0x1234' as const,
    nonce: 8n,
  }
  const params = values.map((value, index) => ({ name: `param${index}`, value }))
  const block = { header: aHeader, logs: [log], transactions: new Map(), receipts: new Map() }
  return { kind: 'log', source, handler, block, log, params, transaction, receipt: null }
}

function filled(byte: string, length = 32): Hex {
  return `0x${byte.repeat(length)}`
}
