import type { Rpc } from '../chain/rpc.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { NetworkUnknownError, RpcError } from '../errors.ts'
import { type Assignment, readAssignments } from '../store/assignments.ts'
import { readDeployments, type StoredDeployment } from '../store/deployments.ts'
import { currentBlock, type Layout } from '../store/layout.ts'
import { readNames, type StoredName } from '../store/names.ts'
import type { Runner } from '../store/postgres.ts'
import { sql } from '../store/sql.ts'

/** What the status page knows, each looked up when somebody asks. */
export interface StatusSource {
  deployments(): Promise<readonly StoredDeployment[]>
  /** Which of them are to be indexed, and by whom. */
  assignments(): Promise<readonly Assignment[]>
  names(): Promise<readonly StoredName[]>
  /** How many entities are current, in all tables. */
  entityCount(deployment: StoredDeployment): Promise<number>
  /** Of all tables, as Postgres knows it. */
  size(deployment: StoredDeployment): Promise<Size>
  /** What its schema makes use of. */
  kinds(deployment: StoredDeployment): Promise<Kinds>
  /** A block of a network's chain, or null: also while the node is away, and of networks that nobody knows. */
  blockHash(network: string, number: number): Promise<string | null>
  /** A block with its transactions, as the node tells it. */
  blockJson(network: string, hash: string): Promise<object | null>
  readonly version: string
}

export interface Size {
  /** As of the last time Postgres looked. */
  readonly rowEstimate: number
  readonly tableBytes: number
  readonly indexBytes: number
  readonly toastBytes: number
}

export interface Kinds {
  readonly hasAggregations: boolean
  readonly hasImmutable: boolean
  readonly hasBytesIds: boolean
}

export interface StatusSourceOptions {
  readonly version: string
  /** The tables of a deployment by its id; without them its entities are not counted. */
  readonly layoutOf: (id: Deployment['id']) => Promise<Layout | undefined>
  /** The node of a network. @throws {@link NetworkUnknownError} */
  readonly rpcOf: (network: string) => Pick<Rpc, 'request'>
}

/** Reads what the status page tells from the database, and of blocks from the chain. */
export function statusSource(postgres: Runner, { version, layoutOf, rpcOf }: StatusSourceOptions): StatusSource {
  return {
    version,
    deployments: () => readDeployments(postgres),
    entityCount: async ({ id }) => countEntities(postgres, await layoutOf(id)),
    size: ({ schemaName }) => sizeOf(postgres, schemaName),
    kinds: async ({ id }) => kindsOf(await layoutOf(id)),
    names: () => readNames(postgres),
    assignments: () => readAssignments(postgres),
    blockHash: async (network, number) => {
      if (number < 0) return null
      const block = await blockOf(() => rpcOf(network), 'eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
      return block !== null && 'hash' in block ? String(block.hash) : null
    },
    blockJson: async (network, hash) => {
      if (!/^(0x)?[0-9a-f]{64}$/i.test(hash)) return null
      return blockOf(() => rpcOf(network), 'eth_getBlockByHash', [`0x${hash.replace(/^0x/, '')}`, true])
    },
  }
}

/** @returns null if there is none, or nobody to ask */
async function blockOf(
  rpc: () => Pick<Rpc, 'request'>,
  method: string,
  params: readonly unknown[],
): Promise<object | null> {
  try {
    const block = await rpc().request(method, params, { signal: AbortSignal.timeout(10_000), attempts: 1 })
    return typeof block === 'object' ? block : null
  } catch (error) {
    const isLate = error instanceof Error && /^(AbortError|TimeoutError)$/.test(error.name)
    if (error instanceof NetworkUnknownError || error instanceof RpcError || isLate) return null
    throw error
  }
}

async function countEntities(postgres: Runner, layout: Layout | undefined): Promise<number> {
  const counts = [...(layout?.tables.values() ?? [])]
    .filter(({ type }) => type.kind === 'entity')
    .map(({ ident, isVersioned }) => {
      const current = isVersioned ? sql` where block_to = ${sql.int(currentBlock)}` : sql.empty
      return sql`(select count(*) from ${ident}${current})`
    })
  if (counts.length === 0) return 0
  const [row] = await postgres.run(sql`select ${sql.join(counts, sql` + `)} as count`)
  return Number(row?.count ?? 0)
}

async function sizeOf(postgres: Runner, schemaName: string): Promise<Size> {
  const [row] = await postgres.run(sql`select coalesce(sum(greatest(c.reltuples, 0)), 0)::int8 as rows,
      coalesce(sum(pg_table_size(c.oid)), 0)::int8 as tables, coalesce(sum(pg_indexes_size(c.oid)), 0)::int8 as indexes,
      coalesce(sum(pg_total_relation_size(c.reltoastrelid)), 0)::int8 as toast
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${sql.value(schemaName)} and c.relkind = 'r'`)
  const toastBytes = Number(row?.toast ?? 0)
  return {
    rowEstimate: Number(row?.rows ?? 0),
    // Postgres counts what lies aside for large values to the table.
    tableBytes: Number(row?.tables ?? 0) - toastBytes,
    indexBytes: Number(row?.indexes ?? 0),
    toastBytes,
  }
}

function kindsOf(layout: Layout | undefined): Kinds {
  const tables = [...(layout?.tables.values() ?? [])]
  const entities = tables.filter(({ type }) => type.kind === 'entity')
  return {
    hasAggregations: tables.some(({ type }) => type.kind === 'aggregation'),
    hasImmutable: entities.some(({ isVersioned }) => !isVersioned),
    hasBytesIds: entities.some(({ columnOf }) => {
      const type = columnOf.get('id')?.field.type
      return type?.kind === 'scalar' && type.name === 'Bytes'
    }),
  }
}
