import type { Block, Header, Hex } from '../src/chain/block.ts'
import { instantiate, isLive, staticSources } from '../src/deployment/data-source.ts'
import type { Context, DataSource, Deployment } from '../src/deployment/deployment.ts'
import type { BlockChanges } from '../src/entity/change.ts'
import { Execution } from '../src/execution.ts'
import type { LogLevel } from '../src/wasm/host.ts'
import { blockOf, callBlockOf, headerAt } from './blocks.ts'
import { encodeCall } from './calls.ts'
import { encodeLog, findHandler } from './events.ts'
import type { BlockInput, CallInput, EventInput, PlainEntity } from './inputs.ts'
import { KitError } from './kit-error.ts'
import { MemoryStore } from './memory-store.ts'
import { MockChain, type MockedCall } from './mock-chain.ts'
import { MockFiles, type RunFile } from './mock-files.ts'
import { plainEntity } from './plain.ts'

/** A data source as a test sees it. */
export interface RunSource {
  readonly name: string
  readonly address: Hex | null
  readonly startBlock: number
  readonly isFromTemplate: boolean
  readonly context: Context
}

/** A line that a handler logged. */
export interface RunLog {
  readonly level: LogLevel
  readonly message: string
  readonly handler: string
}

/**
 * Blocks go in, entities come out: the indexer's own matching, mappings and entity rules, over a store and a chain in memory.
 * Each event is a block of its own, so block handlers that fire at it run as well.
 */
export class SubgraphRun {
  readonly #deployment: Deployment
  readonly #chain: MockChain
  readonly #files: MockFiles
  readonly #store: MemoryStore
  readonly #execution: Execution
  readonly #logs: RunLog[] = []
  #sources: readonly DataSource[]
  #last: Header | null = null

  constructor(deployment: Deployment) {
    this.#deployment = deployment
    this.#chain = new MockChain(deployment)
    this.#files = new MockFiles(deployment)
    this.#store = new MemoryStore(deployment.schema)
    this.#sources = staticSources(deployment)
    const reach = {
      entities: async (keys: Parameters<MemoryStore['entities']>[0]) => this.#store.entities(keys),
      related: async (question: Parameters<MemoryStore['related']>[0]) => this.#store.relatedOnChain(question),
      chain: async (_block: Block, needs: Parameters<MockChain['answer']>[0]) => this.#chain.answer(needs),
      blockFor: async (block: Block) => block,
    }
    const tell = (_event: string, facts?: object) => {
      if (!facts || !('message' in facts)) return
      const { level, message, handler } = facts as RunLog
      this.#logs.push({ level, message, handler })
    }
    this.#execution = new Execution(deployment, reach, { debug: tell, info: tell, warn: tell, error: tell })
  }

  /**
   * A contract emits an event; its handlers run, and what they did is kept.
   * @throws HandlerTrapError with the handler and its place in the source, if one failed: then nothing is kept
   * @throws {@link KitError} if no live data source handles such an event, or a call is not mocked
   */
  async event(input: EventInput): Promise<void> {
    const { name, handler, address } = findHandler(this.#deployment, this.#sources, input)
    const header = this.#next(input.block ?? {})
    this.#requireLive(name, header)
    await this.#run(blockOf(header, encodeLog(handler, address, input), input))
  }

  /**
   * A contract is called, by a transaction; its call handlers run, and block handlers with the filter `call`.
   * Throws as {@link event} does.
   */
  async call(input: CallInput): Promise<void> {
    const { name, call } = encodeCall(this.#deployment, this.#sources, input)
    const header = this.#next(input.block ?? {})
    this.#requireLive(name, header)
    await this.#run(callBlockOf(header, call, input))
  }

  /** A block without events: only block handlers run. Throws as {@link event} does. */
  async block(input: BlockInput = {}): Promise<void> {
    await this.#run(blockOf(this.#next(input)))
  }

  /** What a contract function returns from now on. Without `args`, whatever it is called with. */
  mockCall(call: MockedCall): void {
    this.#chain.mockCall(call)
  }

  mockBalance(address: Hex, balance: bigint): void {
    this.#chain.mockBalance(address, balance)
  }

  /** Whether there is code at an address. */
  mockCode(address: Hex, hasCode = true): void {
    this.#chain.mockCode(address, hasCode)
  }

  /**
   * IPFS has this file from now on. If a handler asked for it, its own handler runs behind the next event or block; if one asks for it
   * later, behind the event that made it ask.
   * @throws {@link KitError} if the CID is none
   */
  file(cid: string, content: string | Uint8Array): void {
    this.#files.put(cid, content)
  }

  /** Files that handlers asked for, oldest first. */
  files(): RunFile[] {
    return this.#files.all()
  }

  /** @returns undefined if there is none */
  entity(type: string, id: string): PlainEntity | undefined {
    const entity = this.#store.get(type, id)
    return entity ? plainEntity(this.#store.typeOf(type), entity) : undefined
  }

  /** All of a type, by id. */
  entities(type: string): PlainEntity[] {
    const entityType = this.#store.typeOf(type)
    return this.#store.all(type).map((entity) => plainEntity(entityType, entity))
  }

  /** What a derived field holds, by id. @example run.related('Account', id, 'sent') */
  related(type: string, id: string, field: string): PlainEntity[] {
    const entityType = this.#store.derivedType(type, field)
    return this.#store.related({ type, id, field }).map((entity) => plainEntity(entityType, entity))
  }

  /** Those of the manifest first, then those that handlers created, oldest first. */
  dataSources(): RunSource[] {
    return this.#sources.map(({ definition, address, startBlock, context }) => ({
      name: definition.name,
      address: address ?? null,
      startBlock,
      isFromTemplate: definition.isTemplate,
      context,
    }))
  }

  /** What handlers logged, oldest first. */
  logs(): RunLog[] {
    return [...this.#logs]
  }

  async #run(block: Block): Promise<void> {
    const done = await this.#execution.runBlock(block, [], this.#sources)
    for (const error of done.errors ?? []) throw error
    const { changes, newSources } = await this.#withFiles(done)
    this.#store.write(changes)
    this.#execution.cache.committed()
    const grown = newSources.map((source) => instantiate(this.#deployment, source, block.header.number))
    this.#sources = [...this.#sources, ...grown]
  }

  /** Behind a block, for as long as there are files that were asked for and are there. */
  async #withFiles(done: BlockChanges): Promise<BlockChanges> {
    let [whole, noted] = [done, 0]
    const takeBack = this.#files.remember()
    try {
      for (;;) {
        const created = whole.files?.created ?? []
        this.#files.ask(created.slice(noted), done.block.number)
        noted = created.length
        const ready = this.#files.ready()
        if (ready.length === 0) return whole
        whole = await this.#execution.runFiles(ready, whole)
        this.#files.handled(ready.map(({ region }) => region))
      }
    } catch (error) {
      takeBack()
      this.#execution.forget()
      throw error
    }
  }

  #requireLive(name: string, { number }: Header): void {
    if (this.#sources.some((each) => each.definition.name === name && isLive(each, number))) return
    throw new KitError(`The data source ${name} does not listen at block ${number}.`)
  }

  #next(input: BlockInput): Header {
    const starts = this.#deployment.dataSources.map(({ startBlock }) => startBlock)
    const number = input.number ?? (this.#last ? this.#last.number + 1 : Math.max(1, ...starts))
    const timestamp = this.#last ? this.#last.timestamp + 12 : 1_700_000_000
    this.#last = { ...headerAt(number), timestamp, ...input }
    return this.#last
  }
}
