import { HandlerTrapError } from '../errors.ts'
import type { FileTrigger, Trigger } from '../trigger/trigger.ts'
import { writeBlock } from './asc/block.ts'
import { writeBytes } from './asc/bytes.ts'
import { writeCall } from './asc/call.ts'
import { writeEntity } from './asc/entity.ts'
import { writeEvent } from './asc/event.ts'
import { errorChain, missingExport } from './error-chain.ts'
import type { HandlerCall, HandlerEffects, Host } from './host.ts'
import type { WasmInstance } from './instance.ts'
import type { Memory } from './memory.ts'
import type { WasmModule } from './module.ts'
import { Suspension } from './suspend.ts'
import { MissingExport, readTrap } from './trap.ts'

/**
 * Calls a handler once. Its writes are kept in `host.store` if it returns; if it throws, nothing of it remains.
 * @returns the data sources it created and its log lines
 * @throws {@link Suspension} if something it needs has to be loaded first: load it, then call this again
 * @throws {@link HandlerTrapError} if the mapping aborted, trapped, or asked for the impossible
 */
export function runHandler(module: WasmModule, trigger: Trigger | FileTrigger, host: Host): HandlerEffects {
  return runOn((call) => module.instanceFor(call), trigger, host)
}

/** The same on an instance of its own: slower, and what {@link runHandler} is measured and tested against. */
export function runHandlerAfresh(module: WasmModule, trigger: Trigger | FileTrigger, host: Host): HandlerEffects {
  return runOn((call) => module.freshInstance(call), trigger, host)
}

function runOn(
  instantiate: (call: HandlerCall) => WasmInstance,
  trigger: Trigger | FileTrigger,
  host: Host,
): HandlerEffects {
  const call: HandlerCall = { trigger, host, newSources: [], logs: [] }
  host.store.beginHandler()
  let instance: WasmInstance | null = null
  try {
    instance = instantiate(call)
    if (!instance.has(trigger.handler)) throw new MissingExport(`function ${trigger.handler} not found`)
    instance.run(trigger.handler, writeArgument(instance.memory, trigger))
    host.store.keepHandler()
    return { newSources: call.newSources, logs: call.logs }
  } catch (error) {
    host.store.dropHandler(error instanceof Suspension ? 'suspended' : 'failed')
    throw explain(error, trigger, instance === null)
  }
}

function writeArgument(memory: Memory, trigger: Trigger | FileTrigger): number {
  switch (trigger.kind) {
    case 'log':
      return writeEvent(memory, trigger)
    case 'call':
      return writeCall(memory, trigger)
    case 'entity':
      return writeEntity(memory, trigger.entity)
    case 'block':
      return writeBlock(memory, trigger.block.header, trigger.source.definition.apiVersion)
    case 'file':
      return writeBytes(memory, trigger.content)
  }
}

/** @param wasStarting - whether no instance stood yet; graph-node is not sure of anything then */
function explain(error: unknown, trigger: Trigger | FileTrigger, wasStarting: boolean): unknown {
  const { handler, block } = trigger
  if (error instanceof MissingExport) {
    return new HandlerTrapError(handler, block.header, missingExport(error, trigger), error)
  }
  const trap = readTrap(error)
  if (!trap) return error
  const known = { ...trap, isDeterministic: trap.isDeterministic && !wasStarting }
  const chain = errorChain(error, trigger, known, wasStarting)
  return new HandlerTrapError(handler, block.header, { ...known, chain }, error)
}
