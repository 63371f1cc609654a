import { setImmediate } from 'node:timers/promises'
import type { Block, Hex } from './chain/block.ts'
import type { StreamFilter } from './chain/step.ts'
import { instantiate } from './deployment/data-source.ts'
import type { DataSource, Deployment, NewSource, SourceDefinition } from './deployment/deployment.ts'
import { EntityCache, type RelatedQuestion } from './entity/cache.ts'
import type { BlockChanges } from './entity/change.ts'
import type { EnsLabel } from './entity/ens-label.ts'
import type { Entity, EntityKey } from './entity/entity.ts'
import { HandlerTimeoutError, HandlerTrapError, RpcError, SourceImpossibleError } from './errors.ts'
import type { FoundFile } from './files/awaited.ts'
import { runFiles } from './files/run-files.ts'
import type { Log } from './log.ts'
import { streamFilter } from './trigger/filter.ts'
import { matchTriggers } from './trigger/match.ts'
import type { FileTrigger, LogTrigger, Trigger } from './trigger/trigger.ts'
import { runHandler } from './wasm/handler.ts'
import type { HandlerEffects, Host, HostIpfs, HostStore, LogLine } from './wasm/host.ts'
import { compileModule, type WasmModule } from './wasm/module.ts'
import { Answers, type IpfsNeed, type Need, needText, runToEnd, Suspension } from './wasm/suspend.ts'
import { Tally } from './work.ts'

/** Where answers come from. Each question may be a batch: one round trip for many handlers. */
export interface Reach {
  /** As the store holds them now; what is missing from the answer does not exist. */
  entities(keys: readonly EntityKey[]): Promise<readonly (Entity | null)[]>
  /** Of the state before the current block: whatever is still to be committed is committed first. */
  related(question: RelatedQuestion): Promise<readonly Entity[]>
  /** Of the state after the block. */
  chain(block: Block, needs: readonly ChainNeed[]): Promise<readonly (Hex | bigint | boolean | null)[]>
  /** Labels of the Ethereum Name Service by their hashes; absent where nobody knows any. */
  ensLabels?(hashes: readonly string[]): Promise<readonly EnsLabel[]>
  /** What IPFS has; null for what is not found in time. Absent where mappings may not ask it themselves. */
  ipfs?(need: IpfsNeed): Promise<Uint8Array | null>
  /** The block again, with what these sources listen to. */
  blockFor(block: Block, filter: StreamFilter): Promise<Block>
}

export interface ExecutionLimits {
  readonly timeLimitMs?: number
  readonly callsAhead?: boolean
  readonly maxBlockBytes?: number
}

export type ChainNeed = Extract<Need, { kind: 'call' | 'balance' | 'code' }>

/** How many handlers are tried ahead of one that had to wait, to learn what they will need. */
const scoutAhead = 1000
/** How long handlers may run one after the other before anything else of the thread has its turn. */
const breathMs = 200
/** Practice that takes longer is no help. */
const practiceLimitMs = 50

/**
 * Runs the handlers of one block after the other, in the order that is part of the result, and folds what they did into
 * changes. Nothing is written here, and nothing is read but through {@link Reach}.
 *
 * A handler that lacks an answer is suspended. Before the answer is fetched, the handlers that come next are run for
 * practice: they are dropped whatever happens, but what they lack is fetched in the same round trip.
 */
export class Execution {
  readonly cache: EntityCache
  /** What was done since it was last taken. */
  readonly tally = new Tally()
  readonly #deployment: Deployment
  readonly #modules: ReadonlyMap<string, WasmModule>
  readonly #reach: Reach
  readonly #log: Log
  readonly #timeLimitMs: number | undefined
  /** By block hash: what the chain said of the state after that block. */
  readonly #answers = new Map<Hex, Answers>()

  readonly #templates: ReadonlyMap<string, SourceDefinition>
  readonly #matched = new WeakMap<Block, Matched>()
  /** Triggers whose handlers lacked nothing when they were last tried. */
  readonly #practiced = new WeakSet<Trigger>()
  /** Triggers whose declared calls were made. */
  readonly #calledAhead = new WeakSet<Trigger>()
  readonly #callsAhead: boolean
  /** Keeps nothing of what a handler writes. */
  readonly #practiceStore: HostStore
  #block: Block | null = null
  #breathedAt = performance.now()

  /**
   * @param limits - `timeLimitMs`: how long a handler may run; `callsAhead`: whether calls that the manifest declares are made
   *   before the handlers run; `maxBlockBytes`: how much one block may write
   */
  constructor(deployment: Deployment, reach: Reach, log: Log, limits: ExecutionLimits = {}) {
    const { timeLimitMs, callsAhead = true, maxBlockBytes } = limits
    this.#callsAhead = callsAhead
    const cache = new EntityCache(
      deployment.schema,
      {
        load: (key) => {
          throw new Suspension({ kind: 'entity', key })
        },
        loadRelated: (question) => this.#related(question),
      },
      maxBlockBytes === undefined ? {} : { maxBlockBytes },
    )
    this.cache = cache
    this.#practiceStore = practiceStore(cache)
    this.#deployment = deployment
    this.#modules = new Map([...deployment.modules].map(([path, bytes]) => [path, compileModule(bytes)]))
    this.#templates = new Map(deployment.templates.map((template) => [template.name, template]))
    this.#reach = reach
    this.#log = log
    this.#timeLimitMs = timeLimitMs
  }

  /**
   * @param upcoming - blocks that follow, as far as they are known: only used to guess what to load along
   * @returns what the block did; once a handler failed deterministically, without the feature `nonFatalErrors`: only the errors
   * @throws HandlerTrapError where another attempt may do better, SourceImpossibleError, StoreRuleError, and what the reach throws; the block then did nothing
   */
  async runBlock(block: Block, upcoming: readonly Block[], sources: readonly DataSource[]): Promise<BlockChanges> {
    const { header } = block
    const [startedAt, before] = [performance.now(), this.tally.besidesRunning]
    this.#block = block
    this.cache.beginBlock(header)
    const created: NewSource[] = []
    const errors: HandlerTrapError[] = []
    const ahead = () => upcoming.flatMap((next) => this.#triggersOf(next, sources))
    const files: NewSource[] = []
    const apart = (made: readonly NewSource[]) => {
      for (const { problem } of made) if (problem !== undefined) throw new SourceImpossibleError(problem)
      files.push(...made.filter((source) => this.#isFile(source)))
      return made.filter((source) => !this.#isFile(source))
    }
    let found = apart(await this.#runTriggers(this.#triggersOf(block, sources), ahead, errors))
    let known = sources
    // Sources created in a block see all of that block, after everything older has; and may create more.
    while (found.length > 0) {
      const grown = newOnes(found, known).map((source) => ({
        source,
        live: instantiate(this.#deployment, source, header.number),
      }))
      if (grown.length === 0) break
      created.push(...grown.map(({ source }) => source))
      const live = grown.map((each) => each.live)
      known = [...known, ...live]
      const again = await this.#reach.blockFor(block, streamFilter(live))
      found = apart(await this.#runTriggers(matchTriggers(again, live), () => [], errors))
    }
    if (errors.length > 0 && !this.#deployment.features.includes('nonFatalErrors')) {
      this.forget()
      return { block: header, changes: [], newSources: [], errors }
    }
    const unknown = this.cache.unknownKeys()
    if (unknown.length > 0) await this.#loadEntities(unknown)
    const changes = await runToEnd(
      () => this.cache.endBlock(),
      (need) => this.#load([{ need, block }]),
    )
    this.#answers.delete(header.hash)
    this.tally.ran(this.#triggersOf(block, sources).length, startedAt, before)
    return {
      block: header,
      changes,
      newSources: created,
      ...(files.length > 0 ? { files: { created: files, handled: [] } } : {}),
      ...(errors.length > 0 ? { errors } : {}),
    }
  }

  /** Runs the handlers of files that have come behind a block that is done. Throws as {@link runFiles} does. */
  runFiles(files: readonly FoundFile[], done: BlockChanges): Promise<BlockChanges> {
    return runFiles(files, done, {
      schema: this.#deployment.schema,
      templates: this.#templates,
      timeLimitMs: this.#timeLimitMs,
      moduleOf: (definition) => this.#moduleOf({ source: { definition } }),
      toEnd: (attempt) => {
        const answers = new Answers()
        return runToEnd(
          () => attempt(this.#ipfsOf(answers)),
          (need) => this.#loadFromIpfs(need, answers),
        )
      },
      tell: (trigger, { logs }) => {
        for (const line of logs) this.#tell(trigger, line)
      },
    })
  }

  async #loadFromIpfs(need: Need, answers: Answers): Promise<void> {
    if (need.kind === 'file' || need.kind === 'block') answers.give(need, (await this.#reach.ipfs?.(need)) ?? null)
  }

  #ipfsOf(answers: Answers): HostIpfs | undefined {
    if (this.#reach.ipfs === undefined) return undefined
    return {
      cat: (path) => answers.get({ kind: 'file', path }),
      block: (path) => answers.get({ kind: 'block', path }),
    }
  }

  #isFile({ template }: NewSource): boolean {
    return this.#templates.get(template)?.fileHandler !== undefined
  }

  /** After a revert: what was known may not be so any more. */
  forget(): void {
    this.cache.clear()
    this.#answers.clear()
  }

  /** @param errors - gets those of handlers that any indexer would see fail; those after them run all the same */
  async #runTriggers(
    triggers: readonly Trigger[],
    ahead: () => readonly Trigger[],
    errors: HandlerTrapError[],
  ): Promise<NewSource[]> {
    const created: NewSource[] = []
    await this.#makeDeclaredCalls(triggers, ahead)
    for (const [index, trigger] of triggers.entries()) {
      await this.#breathe()
      const effects = await runToEnd(
        () => this.#tryToRun(trigger),
        (need) =>
          this.#load([{ need, block: trigger.block }, ...this.#scout([...triggers.slice(index + 1), ...ahead()])]),
      )
      if (effects instanceof HandlerTrapError) {
        errors.push(effects)
        continue
      }
      created.push(...effects.newSources)
      for (const line of effects.logs) this.#tell(trigger, line)
    }
    return created
  }

  /** A block of ten thousand events must not keep the thread from telling others that it lives, and from hearing that it is to stop. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#breathedAt < breathMs) return
    await setImmediate()
    this.#breathedAt = performance.now()
  }

  /**
   * All declared calls of a block, and of those that are known to follow, in one round trip. What cannot be answered is left to
   * the handlers: a declaration changes when a call is made, never what comes of it.
   */
  async #makeDeclaredCalls(triggers: readonly Trigger[], ahead: () => readonly Trigger[]): Promise<void> {
    const isDue = (trigger: Trigger): trigger is LogTrigger =>
      trigger.kind === 'log' && trigger.calls !== undefined && !this.#calledAhead.has(trigger)
    if (!this.#callsAhead || !triggers.some(isDue)) return
    const due = [...triggers, ...ahead()].slice(0, scoutAhead).filter(isDue)
    for (const trigger of due) this.#calledAhead.add(trigger)
    const wanted = due.flatMap(({ calls = [], block }) =>
      calls.map((call): Wanted => ({ need: { kind: 'call', ...call }, block })),
    )
    await this.#load(wanted).catch((error: unknown) => {
      if (!(error instanceof RpcError)) throw error
      this.#log.debug('calls.postponed', { error })
    })
  }

  #tryToRun(trigger: Trigger): HandlerEffects | HandlerTrapError {
    try {
      return this.#run(trigger)
    } catch (error) {
      if (error instanceof HandlerTrapError && error.facts.isDeterministic) return error
      throw error
    }
  }

  #run(trigger: Trigger): HandlerEffects {
    return runHandler(this.#moduleOf(trigger), trigger, this.#hostAt(trigger.block, this.cache))
  }

  /** What the next handlers lack first. They see a state that is not theirs yet, so their doings and failures mean nothing. */
  #scout(triggers: readonly Trigger[]): Wanted[] {
    const wanted: Wanted[] = []
    for (const trigger of triggers.slice(0, scoutAhead)) {
      if (this.#practiced.has(trigger)) continue
      try {
        const host = this.#hostAt(trigger.block, this.#practiceStore)
        runHandler(this.#moduleOf(trigger), trigger, { ...host, timeLimitMs: practiceLimitMs })
        this.#practiced.add(trigger)
      } catch (error) {
        if (error instanceof HandlerTrapError && error.cause instanceof HandlerTimeoutError) break
        if (error instanceof Suspension && error.need.kind !== 'related')
          wanted.push({ need: error.need, block: trigger.block })
      }
    }
    return wanted
  }

  async #load(wanted: readonly Wanted[]): Promise<void> {
    const askedAt = performance.now()
    const byText = new Map(wanted.map((each) => [`${each.block.header.hash}/${needText(each.need)}`, each]))
    const needs = [...byText.values()]
    const byBlock = Map.groupBy(needs.filter(isOfChain), ({ block }) => block)
    const keys = needs.flatMap(({ need }) => (need.kind === 'entity' ? [need.key] : []))
    await Promise.all([
      keys.length > 0 ? this.#loadEntities(keys) : undefined,
      this.#loadLabels(needs),
      ...[...byBlock].map(([block, asked]) =>
        this.#loadFromChain(
          block,
          asked.map(({ need }) => need),
        ),
      ),
    ])
    this.tally.add('load', askedAt)
    await Promise.all(needs.map(({ need, block: at }) => this.#loadFromIpfs(need, this.#answersAt(at))))
    for (const { need, block } of needs) {
      if (need.kind === 'related') this.#answersAt(block).give(need, await this.#reach.related(need))
    }
  }

  async #loadEntities(keys: readonly EntityKey[]): Promise<void> {
    const entities = await this.#reach.entities(keys)
    for (const [index, key] of keys.entries()) this.cache.remember(key, entities[index] ?? null)
  }

  async #loadLabels(wanted: readonly Wanted[]): Promise<void> {
    const asked = wanted.flatMap(({ need, block }) => (need.kind === 'label' ? [{ need, block }] : []))
    if (asked.length === 0) return
    const labels = await this.#reach.ensLabels?.(asked.map(({ need }) => need.hash))
    for (const [index, { need, block }] of asked.entries()) {
      const label = labels?.[index]
      if (label !== undefined) this.#answersAt(block).give(need, label)
    }
  }

  async #loadFromChain(block: Block, needs: readonly ChainNeed[]): Promise<void> {
    const given = await this.#reach.chain(block, needs)
    const answers = this.#answersAt(block)
    for (const [index, need] of needs.entries()) answers.give(need, given[index] as never)
  }

  #triggersOf(block: Block, sources: readonly DataSource[]): readonly Trigger[] {
    const known = this.#matched.get(block)
    if (known?.sources === sources) return known.triggers
    const startedAt = performance.now()
    const triggers = matchTriggers(block, sources)
    this.tally.add('match', startedAt)
    this.#matched.set(block, { sources, triggers })
    return triggers
  }

  #hostAt(block: Block, store: HostStore): Host {
    const answers = this.#answersAt(block)
    const ipfs = this.#ipfsOf(answers)
    return {
      store,
      templates: this.#templates,
      ...(ipfs === undefined ? {} : { ipfs }),
      ...(this.#timeLimitMs === undefined ? {} : { timeLimitMs: this.#timeLimitMs }),
      chain: {
        call: (to, data) => answers.get({ kind: 'call', to, data }),
        balance: (address) => answers.get({ kind: 'balance', address }),
        hasCode: (address) => answers.get({ kind: 'code', address }),
      },
      ...(this.#reach.ensLabels && { ens: { label: (hash) => answers.get({ kind: 'label', hash }) } }),
    }
  }

  #related(question: RelatedQuestion): readonly Entity[] {
    if (this.#block === null) throw new Error('no block was begun')
    return this.#answersAt(this.#block).get({ kind: 'related', ...question })
  }

  #answersAt({ header }: Block): Answers {
    const known = this.#answers.get(header.hash)
    if (known !== undefined) return known
    const made = new Answers()
    this.#answers.set(header.hash, made)
    return made
  }

  #moduleOf({ source }: { readonly source: Pick<DataSource, 'definition'> }): WasmModule {
    const module = this.#modules.get(source.definition.module)
    if (module === undefined) throw new Error(`no module ${source.definition.module}`)
    return module
  }

  #tell({ handler, block, source }: Trigger | FileTrigger, { level, message }: LogLine): void {
    const facts = { level, message, handler, source: source.definition.name, block: block.header.number }
    if (level === 'error' || level === 'warning') this.#log.warn('mapping.logged', facts)
    else this.#log.debug('mapping.logged', facts)
  }
}

interface Matched {
  readonly sources: readonly DataSource[]
  readonly triggers: readonly Trigger[]
}

interface Wanted<N extends Need = Need> {
  readonly need: N
  readonly block: Block
}

function isOfChain(wanted: Wanted): wanted is Wanted<ChainNeed> {
  const { kind } = wanted.need
  return kind === 'call' || kind === 'balance' || kind === 'code'
}

function practiceStore(cache: EntityCache): HostStore {
  const drop = () => cache.dropHandler('suspended')
  return {
    beginHandler: () => cache.beginHandler(),
    keepHandler: drop,
    dropHandler: drop,
    get: (type, id) => cache.get(type, id),
    getInBlock: (type, id) => cache.getInBlock(type, id),
    loadRelated: (type, id, field) => cache.loadRelated(type, id, field),
    set: (type, id, data, options) => cache.set(type, id, data, options),
    remove: (type, id) => cache.remove(type, id),
  }
}

/** Creating a source that exists already does nothing: the same template, address and context make the same source. */
function newOnes(created: readonly NewSource[], known: readonly DataSource[]): NewSource[] {
  const seen = new Set(
    known.flatMap(({ definition, address, context }) =>
      definition.isTemplate && address !== undefined
        ? [sourceText({ template: definition.name, address, context })]
        : [],
    ),
  )
  return created.filter((source) => {
    const text = sourceText(source)
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}

function sourceText({ template, address, context }: NewSource): string {
  return JSON.stringify([template, address, Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))])
}
