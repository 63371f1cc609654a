import { type AbiParameter, encodeAbiParameters } from 'viem'
import type { Hex } from '../src/chain/block.ts'
import type { CallHandler, DataSource, Deployment } from '../src/deployment/deployment.ts'
import { argumentOf, findSource, listOf, textOf } from './events.ts'
import type { CallInput } from './inputs.ts'
import { KitError } from './kit-error.ts'

/** What {@link callBlockOf} needs of a call; the rest follows from its place. */
export interface BareCall {
  readonly to: Hex
  readonly input: Hex
  readonly output: Hex
}

/**
 * The call as a node would trace it, and the name of the data source that handles it.
 * @throws {@link KitError} if there is no such data source or handler, or arguments or results are missing or do not fit
 */
export function encodeCall(
  deployment: Deployment,
  sources: readonly DataSource[],
  input: CallInput,
): { name: string; call: BareCall } {
  const { definition, address } = findSource(deployment, sources, input.source)
  const found = definition.callHandlers.filter(
    (handler) => handler.function === input.function || handler.abi.name === input.function,
  )
  const [handler] = found
  const functions = listOf((found.length > 1 ? found : definition.callHandlers).map((each) => each.function))
  if (found.length > 1) throw new KitError(`${definition.name} handles several of them. Give one: ${functions}.`)
  if (!handler || address === undefined) {
    throw new KitError(`${definition.name} has no handler for calls of ${input.function}. It has: ${functions}.`)
  }
  return { name: definition.name, call: { to: address, ...encodeBoth(handler, input) } }
}

function encodeBoth({ abi, selector }: CallHandler, { args = {}, returns = [] }: CallInput): Omit<BareCall, 'to'> {
  const values = abi.inputs.map((input, index) => argumentOf(abi, input, index, args))
  if (returns.length !== abi.outputs.length) {
    const types = listOf(abi.outputs.map(({ type, name }) => `${type} ${name ?? ''}`.trim()))
    throw new KitError(`${abi.name} returns ${abi.outputs.length} values, say which in \`returns\`: ${types}.`)
  }
  try {
    return {
      input: `${selector}${encodeAbiParameters(abi.inputs, values).slice(2)}`,
      output: encodeAbiParameters(
        abi.outputs,
        returns.map((value, index) => numberOf(value, abi.outputs[index])),
      ),
    }
  } catch (error) {
    throw new KitError(`The arguments or results of ${abi.name} cannot be encoded: ${textOf(error)}`)
  }
}

function numberOf(value: unknown, output: AbiParameter | undefined): unknown {
  return typeof value === 'number' && /int/.test(output?.type ?? '') ? BigInt(value) : value
}
