import type { BlockLink } from '../chain/block.ts'
import type { SourceDefinition } from '../deployment/deployment.ts'
import type { Schema } from '../deployment/schema.ts'
import type { BlockChanges, Change } from '../entity/change.ts'
import { FileHandlerError, IndexerError } from '../errors.ts'
import type { FileTrigger } from '../trigger/trigger.ts'
import { runHandler } from '../wasm/handler.ts'
import type { HandlerEffects, Host, HostStore } from '../wasm/host.ts'
import type { WasmModule } from '../wasm/module.ts'
import { type FoundFile, pathOf } from './awaited.ts'
import { fileStore } from './file-store.ts'

/** What handlers of files need of the deployment. */
export interface FileRooms {
  readonly schema: Schema
  readonly templates: ReadonlyMap<string, SourceDefinition>
  readonly timeLimitMs: number | undefined
  moduleOf(source: SourceDefinition): WasmModule
  /** Attempts until nothing is missing of what the handler asks IPFS for. */
  toEnd(attempt: (ipfs: Host['ipfs']) => HandlerEffects): Promise<HandlerEffects>
  tell(trigger: FileTrigger, effects: HandlerEffects): void
}

/**
 * Runs the handlers of files that have come, after all that the chain did in a block, one at a time. Each sees an empty store:
 * neither what the chain nor what another file wrote. None reaches the chain.
 * @param done - the block as the chain's handlers left it
 * @returns the block with what the files added
 * @throws {@link FileHandlerError} if one of them fails in whatever way; the block then did nothing
 */
export async function runFiles(
  files: readonly FoundFile[],
  done: BlockChanges,
  rooms: FileRooms,
): Promise<BlockChanges> {
  const changes: Change[] = [...done.changes]
  const created = [...(done.files?.created ?? [])]
  for (const file of files) {
    const outcome = await runFile(file, done.block, rooms)
    const before =
      changes.reduce((last, change) => Math.max(last, change.kind === 'remove' ? -1 : change.order), -1) + 1
    changes.push(...outcome.changes.map((change) => ofFile(change, file.region, before)))
    created.push(...outcome.newSources)
  }
  return { ...done, changes, files: { created, handled: files.map(({ region }) => region) } }
}

/** The chain's, and the files' behind it: numbers of writes count through the block. */
function ofFile(change: Change, region: number, before: number): Change {
  return change.kind === 'remove' ? change : { ...change, region, order: change.order + before }
}

async function runFile(file: FoundFile, block: BlockLink, rooms: FileRooms) {
  const { source, content } = file
  const { definition } = source
  const store = fileStore(rooms.schema, definition, block)
  const handler = definition.fileHandler?.handler ?? ''
  const trigger: FileTrigger = { kind: 'file', source, handler, content, block: { header: block } }
  try {
    const effects = await rooms.toEnd((ipfs) =>
      runHandler(rooms.moduleOf(definition), trigger, hostOf(store.host, rooms, ipfs)),
    )
    rooms.tell(trigger, effects)
    return { changes: store.cache.endBlock(), newSources: effects.newSources }
  } catch (error) {
    // Whatever it is, another attempt may see another content or another world.
    if (error instanceof IndexerError && error.remedy === 'fail')
      throw new FileHandlerError(handler, pathOf(file), source.startBlock, error)
    throw error
  }
}

function hostOf(store: HostStore, { templates, timeLimitMs }: FileRooms, ipfs: Host['ipfs']): Host {
  const refuse = (): never => {
    throw new Error('handlers of files are refused before they ask the chain')
  }
  return {
    store,
    templates,
    chain: { call: refuse, balance: refuse, hasCode: refuse },
    ...(ipfs === undefined ? {} : { ipfs }),
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
  }
}
