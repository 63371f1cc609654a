import type { BlockLink } from '../chain/block.ts'
import type { Deployment, Graft } from '../deployment/deployment.ts'
import { GraftBaseBehindError, InvalidDeploymentError } from '../errors.ts'
import { copyFileSources } from './file-sources.ts'
import { graftMismatches } from './graft-schema.ts'
import { type Column, currentBlock, type Layout, layoutOf, layoutVersion, type Table } from './layout.ts'
import type { Runner, Transaction } from './postgres.ts'
import { blockAssignments, hexValue, type Progress, progressColumns, progressOf } from './progress.ts'
import { schemaOf } from './schema-of.ts'
import { type Sql, sql } from './sql.ts'

/** A deployment whose rows another one takes over. */
interface Base {
  readonly number: number
  readonly layout: Layout
  readonly progress: Progress
}

/**
 * What stands against a graft, in graph-node's words; empty where it may be done.
 * @param options - `schemaName`: where its rows are to be; `finality`: blocks nearer to the base's head may still be taken back, so they are not taken over
 * @see graphprotocol/graph-node graph/src/data/subgraph/mod.rs, `Graft::validate`
 */
export async function graftProblems(
  runner: Runner,
  { graft, schema }: Pick<Deployment, 'graft' | 'schema'>,
  { finality, schemaName }: { readonly finality: number; readonly schemaName: string },
): Promise<string[]> {
  if (graft === undefined) return []
  const base = await findBase(runner, graft.base)
  if (base === null) return [`the graft base is invalid: deployment not found: ${graft.base}`]
  const problem = progressProblem(graft, base.progress, finality)
  if (problem !== null) return [`the graft base is invalid: ${problem}`]
  const layout = layoutOf(schema, schemaName)
  const mismatches = [...graftMismatches(layout, base.layout), ...(await mutatedProblems(runner, layout, base, graft))]
  if (mismatches.length === 0) return []
  const list = mismatches.map((mismatch) => `\n    - ${mismatch}`).join('')
  return [
    `The subgraph \`${base.layout.schemaName}\` cannot be used as the graft base for \`${schemaName}\` because the schemas are incompatible:${list}`,
  ]
}

/**
 * Copies all that a base held at the graft's block: rows with their history, data sources and links, but not the errors it recorded. Progress
 * then stands at that block. It belongs into one transaction that sees one state of the base: what is killed never was.
 * @param at - the chain's block at the graft's number
 * @throws {@link GraftBaseBehindError} if the base does not hold that block (yet, or any more); {@link InvalidDeploymentError} if its
 *   history was pruned meanwhile
 */
export async function copyBase(
  transaction: Transaction,
  { number, layout, graft }: { readonly number: number; readonly layout: Layout; readonly graft: Graft },
  at: BlockLink,
): Promise<void> {
  const base = await findBase(transaction, graft.base)
  const reached = base?.progress.block?.number ?? -1
  if (base === null || reached < at.number) throw new GraftBaseBehindError(graft, reached)
  if (base.progress.earliestBlock > at.number) {
    // Between the check and now.
    throw new InvalidDeploymentError(graft.base, [`the history up to block ${at.number} has been pruned`])
  }
  const [link] = await transaction.run(sql`select hash <> ${hexValue(at.hash)} as is_other from heddle.links
    where deployment = ${sql.value(base.number)} and number = ${sql.value(at.number)}`)
  if (link?.is_other === true) throw new GraftBaseBehindError(graft, at.number - 1)
  for (const [key, table] of layout.tables) {
    const source = base.layout.tables.get(key)
    if (source !== undefined) await transaction.run(copyStatement(table, source, at.number))
  }
  for (const statement of metadataStatements(base.number, number, at.number)) await transaction.run(statement)
  await transaction.run(sql`insert into heddle.links (deployment, number, hash, parent_hash, time)
    values (${sql.value(number)}, ${sql.value(at.number)}, ${hexValue(at.hash)}, ${hexValue(at.parentHash)}, ${sql.value(at.timestamp)})
    on conflict do nothing`)
  await transaction.run(sql`update heddle.deployments set ${blockAssignments(at)},
    earliest_block = ${sql.value(base.progress.earliestBlock)} where number = ${sql.value(number)}`)
}

/** Versions up to a block, those that ended later open again. What the base does not have is null. */
export function copyStatement(table: Table, source: Table, block: number): Sql {
  const shared = table.columns.flatMap((column): [Column, Column][] => {
    const same = source.columns.find(({ name }) => name === column.name)
    return same === undefined ? [] : [[column, same]]
  })
  const to = sql.join([
    ...blockColumns(table),
    ...regionOf(table, sql`causality_region`),
    ...shared.map(([{ ident }]) => ident),
  ])
  const region = regionOf(table, source.hasRegion ? sql`causality_region` : sql`0`)
  const from = sql.join([...blockValues(table, source, block), ...region, ...shared.map(([column]) => copied(column))])
  const since = source.isVersioned ? sql`block_from` : sql`block$`
  return sql`insert into ${table.ident} (${to}) select ${from} from ${source.ident} where ${since} <= ${sql.value(block)}`
}

/** Each deployment has enumeration types of its own. */
function copied({ ident, cast, field }: Column): Sql {
  if (field.type.kind !== 'enum') return ident
  return field.isList ? sql`${ident}::text[]::${cast}` : sql`${ident}::text::${cast}`
}

/** Rows keep the file they are of; where only the base's chain wrote, they are the chain's. */
function regionOf({ hasRegion }: Table, value: Sql): Sql[] {
  return hasRegion ? [value] : []
}

function blockColumns({ isVersioned }: Table): Sql[] {
  return isVersioned ? [sql`vid`, sql`block_from`, sql`block_to`] : [sql`vid`, sql`block$`]
}

function blockValues(table: Table, source: Table, block: number): Sql[] {
  const from = source.isVersioned ? sql`block_from` : sql`block$`
  if (!table.isVersioned) return [sql`vid`, from]
  const current = sql.int(currentBlock)
  if (!source.isVersioned) return [sql`vid`, from, current]
  return [sql`vid`, from, sql`case when block_to > ${sql.value(block)} then ${current} else block_to end`]
}

function metadataStatements(base: number, number: number, block: number): Sql[] {
  const [of, to, upTo] = [sql.value(base), sql.value(number), sql.value(block)]
  return [
    sql`insert into heddle.links (deployment, number, hash, parent_hash, time)
      select ${to}, number, hash, parent_hash, time from heddle.links where deployment = ${of} and number <= ${upTo}`,
    sql`insert into heddle.sources (deployment, block_number, template, address, context)
      select ${to}, block_number, template, address, context from heddle.sources
      where deployment = ${of} and block_number <= ${upTo} order by sequence`,
    copyFileSources(base, number, block),
  ]
}

function progressProblem(
  { base, block }: Graft,
  { block: reached, health, earliestBlock }: Progress,
  finality: number,
): string | null {
  if (reached === null) return `failed to graft onto \`${base}\` since it has not processed any blocks`
  const onto = `failed to graft onto \`${base}\` at block ${block} since`
  if (block < earliestBlock) return `${onto} its earliest available block is ${earliestBlock}`
  if (health === 'failed') {
    if (block < reached.number) return null
    return `${onto} it's not healthy. You can graft it starting at block ${reached.number - 1} backwards`
  }
  if (reached.number < block) return `${onto} it has only processed block ${reached.number}`
  if (reached.number < block + finality) {
    return `${onto} it's only at block ${reached.number} which is within the reorg threshold of ${finality} blocks`
  }
  return null
}

/** Entities that changed cannot become immutable ones: only one version of each has a place. */
async function mutatedProblems(runner: Runner, layout: Layout, base: Base, { block }: Graft): Promise<string[]> {
  const problems: string[] = []
  for (const [key, table] of layout.tables) {
    const source = base.layout.tables.get(key)
    if (source?.isVersioned !== true || table.isVersioned) continue
    const [mutated] = await runner.run(
      sql`select vid from ${source.ident} where block_to <= ${sql.value(block)} order by vid limit 1`,
    )
    if (mutated === undefined) continue
    problems.push(
      `table ${table.name} for entity type ${key} can not be made immutable since it contains at least one mutated entity. vid = ${mutated.vid}`,
    )
  }
  return problems
}

async function findBase(runner: Runner, id: string): Promise<Base | null> {
  const [row] =
    await runner.run(sql`select number, schema_name, schema_text, to_json(file_types) as file_types, ${progressColumns}
    from heddle.deployments where id = ${sql.value(id)} and layout_version = ${sql.value(layoutVersion)}`)
  if (row === undefined) return null
  const fileTypes: string[] = JSON.parse(String(row.file_types))
  const layout = layoutOf(await schemaOf(String(row.schema_text)), String(row.schema_name), new Set(fileTypes))
  return { number: Number(row.number), layout, progress: progressOf(row) }
}
