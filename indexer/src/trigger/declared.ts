import type { Hex, Log } from '../chain/block.ts'
import { type AbiValue, encodeArguments, selector } from '../deployment/abi.ts'
import type { CallExpression, DeclaredCall } from '../deployment/declared-call.ts'
import { AbiMismatchError } from '../errors.ts'
import type { EventParam, ReadyCall } from './trigger.ts'

/**
 * The calls that a handler's manifest entry declares, for one log.
 * @returns without those whose values do not fit the function: the handler will see for itself
 */
export function readyCalls(calls: readonly DeclaredCall[], log: Log, params: readonly EventParam[]): ReadyCall[] {
  return calls.flatMap((call) => readyCall(call, log, params) ?? [])
}

function readyCall({ abi, address, args }: DeclaredCall, log: Log, params: readonly EventParam[]): ReadyCall | null {
  const to = lookUp(address, log, params)
  if (to?.kind !== 'address') return null
  const values = args.map((arg) => lookUp(arg, log, params))
  const known = values.filter((value) => value !== null)
  if (known.length < values.length) return null
  try {
    return { to: to.value, data: `${selector(abi)}${encodeArguments(abi.inputs, known).slice(2)}` as Hex }
  } catch (error) {
    if (error instanceof AbiMismatchError) return null
    throw error
  }
}

function lookUp(expression: CallExpression, log: Log, params: readonly EventParam[]): AbiValue | null {
  if (expression.kind === 'address') return { kind: 'address', value: log.address }
  if (expression.kind === 'literal') return { kind: 'address', value: expression.value }
  const [first = 0, ...members] = expression.path
  let value = params[first]?.value ?? null
  for (const index of members) value = value?.kind === 'tuple' ? (value.value[index] ?? null) : null
  return value
}
