import type { Rpc } from './chain/rpc.ts'
import { checkTraces } from './chain/trace.ts'
import { assembleDeployment, type Deployment } from './deployment/deployment.ts'
import { invalid, unreadable } from './deployment/refusal.ts'
import { InvalidDeploymentError, NetworkUnknownError, NoTracesError } from './errors.ts'
import type { Fleet } from './fleet.ts'
import type { Files } from './ipfs/files.ts'
import { type Admin, AdminError } from './serve/admin.ts'
import { moveAssignment, pauseAssignment } from './store/assignments.ts'
import { keepHistory, prepareDeployment } from './store/deployments.ts'
import { createName, hasName, nameDeployment, removeName, type Switching } from './store/names.ts'
import type { Postgres } from './store/postgres.ts'
import { findTables } from './store/tables.ts'
import { needsTraces } from './trigger/filter.ts'

export interface RegistrarRooms {
  readonly postgres: Postgres
  /** Where the files of a deployment are uploaded before it is deployed. */
  readonly files: Files
  /** The node of a network. @throws {@link NetworkUnknownError} */
  readonly rpcOf: (network: string) => Rpc
  readonly fleet: Pick<Fleet, 'reconcile' | 'wake'>
  /** Who is to run what is deployed here. */
  readonly node: string
  readonly switching: Switching
  /** How many blocks a graft has to stay behind its base. */
  readonly finality: number
  /** How many blocks of history `prune: auto` keeps. */
  readonly leastHistory: number
}

/**
 * Who may answer to which name. Every change is written to the database first and then made real by the fleet, so that a restart
 * finds the same names and deployments.
 * @see graphprotocol/graph-node core/src/subgraph/registrar.rs: results and words
 */
export function registrar(rooms: RegistrarRooms): Admin {
  const { postgres, fleet, node, switching } = rooms
  const requireFound = async (deployment: string, found: Promise<boolean>) => {
    if (!(await found)) throw new AdminError(`deployment not found: ${deployment}`)
    await fleet.reconcile()
  }
  return {
    create: async (name) => ({ id: await createName(postgres, name) }),
    deploy: async (name, id, historyBlocks, runner = node) => {
      if (!(await hasName(postgres, name))) throw new AdminError(`subgraph name not found: ${name}`)
      const known = await findTables(postgres, id)
      const number = known?.number ?? (await install(id, rooms, historyBlocks))
      await nameDeployment(postgres, name, number, switching)
      if (known === null) await moveAssignment(postgres, id, runner)
      // If it was there and had stopped: whatever it stopped at may have passed.
      await fleet.wake(number)
    },
    remove: async (name) => {
      if (await removeName(postgres, name)) await fleet.reconcile()
    },
    reassign: (deployment, node) => requireFound(deployment, moveAssignment(postgres, deployment, node)),
    pause: (deployment) => requireFound(deployment, pauseAssignment(postgres, deployment, true)),
    resume: async (deployment) => {
      await requireFound(deployment, pauseAssignment(postgres, deployment, false))
      // One that paused itself after an error is still here, but no longer at work.
      const tables = await findTables(postgres, deployment)
      if (tables !== null) await fleet.wake(tables.number)
    },
  }
}

/** Makes a deployment's tables from what was uploaded. @returns its number */
async function install(id: string, rooms: RegistrarRooms, historyBlocks: number | undefined): Promise<number> {
  const { postgres, finality, leastHistory } = rooms
  try {
    const deployment = await resolve(id, rooms.files)
    const rpc = rooms.rpcOf(deployment.network)
    await requireStartBlock(deployment, rpc)
    if (needsTraces(deployment)) await checkTraces(rpc)
    const { number } = await prepareDeployment(postgres, deployment, finality, leastHistory)
    if (historyBlocks !== undefined) await keepHistory(postgres, number, historyBlocks)
    return number
  } catch (error) {
    if (error instanceof InvalidDeploymentError) throw new AdminError(refusal(id, error.facts.problems))
    if (error instanceof NoTracesError) throw new AdminError(error.message)
    if (!(error instanceof NetworkUnknownError)) throw error
    const { network } = error.facts
    throw new AdminError(`network not supported by registrar: no network ${network} found on chain ethereum`)
  }
}

async function resolve(id: string, files: Files): Promise<Deployment> {
  const read = async (link: string) => {
    const cid = await files.find(link.replace(/^\/ipfs\//, ''))
    const content = cid && (await files.read(cid))
    if (content === null) throw new Error('it was not uploaded to the IPFS of this indexer')
    return content
  }
  const manifest = await read(id).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AdminError(`subgraph resolve error: resolve error: ${id}: ${reason}`)
  })
  let text: string
  try {
    text = new TextDecoder('utf8', { fatal: true }).decode(manifest)
  } catch {
    throw new AdminError('subgraph resolve error: parse error: invalid leading UTF-8 octet')
  }
  const misread = unreadable(id, text)
  if (misread !== null) throw new AdminError(`subgraph resolve error: ${misread}`)
  const complaints = invalid(text)
  if (complaints.length > 0) throw new AdminError(`subgraph validation error: [${complaints.join('; ')}]`)
  return assembleDeployment(id, text, read)
}

/** A deployment that starts at a block has to know the one before, and a node that is behind does not. */
async function requireStartBlock({ startBlock }: Deployment, rpc: Rpc): Promise<void> {
  if (startBlock === 0 || (await rpc.headerByNumber(startBlock - 1)) !== null) return
  throw new AdminError(
    `subgraph validation error: [the specified block ${startBlock} must exist on the Ethereum network]`,
  )
}

/** What is wrong with a build, behind the words that graph-node begins with: it tells what the first step that fails finds. */
function refusal(id: string, problems: readonly string[]): string {
  const about = (prefix: string) =>
    problems.filter((problem) => problem.startsWith(prefix)).map((problem) => problem.slice(prefix.length))
  const [syntax] = about('schema.graphql: Syntax Error: ')
  if (syntax !== undefined) return `subgraph resolve error: resolve error: schema parse error: ${syntax}`
  const schema = about('schema.graphql: ')
  const [only] = schema
  if (schema.length === 1 && only !== undefined) {
    if (/does not satisfy interface|^Interface `/.test(only)) return `subgraph resolve error: resolve error: ${only}`
    if (/^(store error|invalid identifier): /.test(only)) return `subgraph deployment error: ${only}`
  }
  if (schema.length > 0) {
    const list = schema.map((problem, i) => `\n  (${i + 1}) - ${problem}`)
    return `subgraph resolve error: resolve error: Validation errors in subgraph \`${id}\`:${list.join('')}`
  }
  const unresolved = problems.find((problem) =>
    /^(failed to resolve data source at index|data source subgraph is) /.test(problem),
  )
  if (unresolved !== undefined) return `subgraph resolve error: resolve error: ${unresolved}`
  const incompatible = problems.find((problem) => problem.includes('cannot be used as the graft base'))
  if (incompatible !== undefined) return `subgraph deployment error: store error: ${incompatible}`
  return `subgraph validation error: [${problems.join('; ')}]`
}
