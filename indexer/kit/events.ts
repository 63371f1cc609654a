import { type AbiEvent, type AbiParameter, encodeAbiParameters, encodeEventTopics } from 'viem'
import type { Hex, Log } from '../src/chain/block.ts'
import type { DataSource, Deployment, EventHandler, SourceDefinition } from '../src/deployment/deployment.ts'
import type { EventInput } from './inputs.ts'
import { KitError } from './kit-error.ts'

/** What `blockOf` needs of a log; the rest follows from its place. */
export type BareLog = Pick<Log, 'address' | 'topics' | 'data'>

/** Stands for any contract, where a data source listens to all. */
const ANYONE: Hex = `0x${'a1'.repeat(20)}`

/**
 * Finds who would handle an event, and the contract that has to emit it.
 * @throws {@link KitError} if there is no such data source or no handler for such an event
 */
export function findHandler(
  deployment: Deployment,
  sources: readonly DataSource[],
  { source, event, address }: EventInput,
): { name: string; handler: EventHandler; address: Hex } {
  const { definition, address: at } = findSource(deployment, sources, source)
  return { name: definition.name, handler: handlerOf(definition, event), address: lower(address ?? at ?? ANYONE) }
}

/** @throws {@link KitError} if there is no such data source */
export function findSource(
  deployment: Deployment,
  sources: readonly DataSource[],
  source: EventInput['source'],
): { definition: SourceDefinition; address: Hex | undefined } {
  if (typeof source === 'string') {
    const definition = definitionOf(deployment.dataSources, source, 'data source')
    return { definition, address: definition.address }
  }
  const definition = definitionOf(deployment.templates, source.template, 'template')
  const at = lower(source.address)
  if (!sources.some((each) => each.definition.name === source.template && each.address === at)) {
    throw new KitError(
      `No handler has created a ${source.template} at ${at} yet. Send the event that makes it first; ` +
        `now there are: ${listOf(sources.map((each) => `${each.definition.name} at ${each.address ?? 'any address'}`))}.`,
    )
  }
  return { definition, address: at }
}

/** The log a contract would write. @throws {@link KitError} if arguments are missing or do not fit */
export function encodeLog({ abi, topic0 }: EventHandler, address: Hex, { args = {} }: EventInput): BareLog {
  const values = abi.inputs.map((input, index) => argumentOf(abi, input, index, args))
  const indexed = abi.inputs.map((input) => input.indexed === true)
  try {
    const [, ...topics] = encodeEventTopics({
      abi: [{ ...abi, inputs: named(abi.inputs.filter((_, index) => indexed[index])) }],
      args: values.filter((_, index) => indexed[index]),
    })
    const data = encodeAbiParameters(
      abi.inputs.filter((_, index) => !indexed[index]),
      values.filter((_, index) => !indexed[index]),
    )
    return { address, topics: [topic0, ...(topics as Hex[])], data }
  } catch (error) {
    throw new KitError(`The arguments of ${abi.name} cannot be encoded: ${textOf(error)}`)
  }
}

function definitionOf(definitions: readonly SourceDefinition[], name: string, kind: string): SourceDefinition {
  const found = definitions.find((definition) => definition.name === name)
  if (found) return found
  throw new KitError(`The manifest has no ${kind} ${name}. It has: ${listOf(definitions.map((each) => each.name))}.`)
}

function handlerOf({ name, eventHandlers }: SourceDefinition, event: string): EventHandler {
  const found = eventHandlers.filter((handler) => handler.event === event || handler.abi.name === event)
  if (found.length > 1) {
    throw new KitError(`${name} handles several events ${event}. Give one: ${listOf(found.map((each) => each.event))}.`)
  }
  const [handler] = found
  if (handler) return handler
  throw new KitError(
    `${name} has no handler for ${event}. It has: ${listOf(eventHandlers.map((each) => each.abi.name))}.`,
  )
}

/** @param owner - the event or function, whose parameters the error names */
export function argumentOf(
  owner: { readonly name: string; readonly inputs: readonly AbiParameter[] },
  input: AbiParameter,
  index: number,
  args: NonNullable<EventInput['args']>,
): unknown {
  const byName = args as Readonly<Record<string, unknown>>
  const value = Array.isArray(args) ? args[index] : (byName[input.name ?? ''] ?? byName[`param${index}`])
  if (value !== undefined) return typeof value === 'number' && /int/.test(input.type) ? BigInt(value) : value
  throw new KitError(
    `${owner.name} needs ${input.type} ${input.name || `number ${index}`}. ` +
      `Its arguments: ${listOf(owner.inputs.map(({ type, name }) => `${type} ${name}`))}.`,
  )
}

/** viem finds arguments of unnamed parameters by order only if none has a name. */
function named(inputs: AbiEvent['inputs']): AbiEvent['inputs'] {
  return inputs.map(({ name: _, ...input }) => input) as AbiEvent['inputs']
}

export function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex
}

export function listOf(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'none'
}

export function textOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
}
