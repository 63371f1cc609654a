import { isBefore } from '../../deployment/manifest-rules.ts'
import type { CallTrigger } from '../../trigger/trigger.ts'
import type { Memory } from '../memory.ts'
import { writeWords } from './array.ts'
import { writeBlock } from './block.ts'
import { writeHex } from './bytes.ts'
import { writeParams } from './event.ts'
import { writeTransaction } from './transaction.ts'
import { TYPE } from './type-id.ts'

/** `ethereum.Call`: who called is told since apiVersion 0.0.3. */
export function writeCall(memory: Memory, trigger: CallTrigger): number {
  const { call, block, transaction, inputs, outputs } = trigger
  const { apiVersion } = trigger.source.definition
  // First of all, as the next call is often of the same block.
  const blockPtr = memory.writeFirst(block.header, (to, header) => writeBlock(to, header, apiVersion))
  return writeWords(memory, TYPE.call, [
    writeHex(memory, call.to),
    ...(isBefore(apiVersion, '0.0.3') ? [] : [writeHex(memory, call.from)]),
    blockPtr,
    writeTransaction(memory, transaction, apiVersion),
    writeParams(memory, inputs),
    writeParams(memory, outputs),
  ])
}
