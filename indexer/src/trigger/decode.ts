import type { AbiEvent, AbiParameter } from 'viem'
import type { Hex, Log } from '../chain/block.ts'
import { type AbiValue, decodeArguments, decodeTopic } from '../deployment/abi.ts'
import type { EventParam } from './trigger.ts'

/** Where each parameter of an event is found in a log; worked out once for each event. */
interface Plan {
  readonly topicCount: number
  readonly params: readonly { readonly name: string; readonly param: AbiParameter; readonly topic: number | null }[]
  readonly dataParams: readonly AbiParameter[]
}

const plans = new WeakMap<AbiEvent, Plan>()

/**
 * Reads a log as an event of an ABI, its parameters in the ABI's order.
 * @returns null if the log has another number of topics than the event, or too little data: not this event after all
 */
export function decodeLog(event: AbiEvent, log: Log): EventParam[] | null {
  const { topicCount, params, dataParams } = planOf(event)
  if (log.topics.length !== topicCount) return null
  const inData = decodeArguments(dataParams, log.data)
  if (inData === null) return null
  let next = 0
  const decoded: EventParam[] = []
  for (const { name, param, topic } of params) {
    const value = topic === null ? inData[next++] : topicValue(param, log, topic)
    if (value === undefined) return null
    decoded.push({ name, value })
  }
  return decoded
}

/** Arguments or results of a function with their names. @returns null if the data is too short: no call of this function */
export function decodeParams(params: readonly AbiParameter[], data: Hex): EventParam[] | null {
  const values = decodeArguments(params, data)
  return values?.map((value, i) => ({ name: params[i]?.name ?? '', value })) ?? null
}

/** What does not fit into a topic (text, bytes, arrays, structs) is there as its hash only. */
function topicValue(param: AbiParameter, log: Log, index: number): AbiValue | undefined {
  const topic = log.topics[index]
  if (topic === undefined) return undefined
  return decodeTopic(param, topic) ?? { kind: 'fixedBytes', value: topic }
}

function planOf(event: AbiEvent): Plan {
  const known = plans.get(event)
  if (known) return known
  // An anonymous event has no signature in front: its first indexed parameter is topic 0.
  let topic = event.anonymous === true ? 0 : 1
  const params = event.inputs.map((param) => ({
    name: param.name ?? '',
    param,
    topic: param.indexed === true ? topic++ : null,
  }))
  const dataParams = event.inputs.filter((param) => param.indexed !== true)
  const plan = { topicCount: topic, params, dataParams }
  plans.set(event, plan)
  return plan
}
