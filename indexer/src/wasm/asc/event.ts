import { isBefore } from '../../deployment/manifest-rules.ts'
import type { EventParam, LogTrigger } from '../../trigger/trigger.ts'
import type { Memory } from '../memory.ts'
import { writeAbiValue } from './abi-value.ts'
import { writePointers, writeWords } from './array.ts'
import { writeNumber } from './big-int.ts'
import { writeBlock } from './block.ts'
import { writeHex } from './bytes.ts'
import { writeReceipt } from './receipt.ts'
import { writeString } from './string.ts'
import { writeTransaction } from './transaction.ts'
import { TYPE } from './type-id.ts'

/**
 * `ethereum.Event`: its receipt is there since apiVersion 0.0.7. The index within the transaction is not known: the log's index stands for it.
 */
export function writeEvent(memory: Memory, trigger: LogTrigger): number {
  const { log, block, transaction, params, receipt } = trigger
  const { apiVersion } = trigger.source.definition
  // First of all, as the next event is often of the same block.
  const blockPtr = memory.writeFirst(block.header, (to, header) => writeBlock(to, header, apiVersion))
  return writeWords(memory, TYPE.event, [
    writeHex(memory, log.address),
    writeNumber(memory, log.logIndex),
    writeNumber(memory, log.logIndex),
    0,
    blockPtr,
    writeTransaction(memory, transaction, apiVersion),
    writeParams(memory, params),
    ...(isBefore(apiVersion, '0.0.7') ? [] : [receipt ? writeReceipt(memory, receipt) : 0]),
  ])
}

/** An `Array<ethereum.EventParam>`. */
export function writeParams(memory: Memory, params: readonly EventParam[]): number {
  const pointers = params.map(({ name, value }) =>
    writeWords(memory, TYPE.eventParam, [writeString(memory, name), writeAbiValue(memory, value)]),
  )
  return writePointers(memory, TYPE.arrayEventParam, pointers)
}
