import type { Transaction } from '../../chain/block.ts'
import type { Memory } from '../memory.ts'
import { writeWords } from './array.ts'
import { writeBigInt, writeNumber } from './big-int.ts'
import { writeHex, writeHexOrNull } from './bytes.ts'
import { TYPE } from './type-id.ts'

/** `ethereum.Transaction` as apiVersion 0.0.6 has it; older mappings do not look at the last field. */
export function writeTransaction(memory: Memory, transaction: Transaction): number {
  return writeWords(memory, TYPE.transaction, [
    writeHex(memory, transaction.hash),
    writeNumber(memory, transaction.index),
    writeHex(memory, transaction.from),
    writeHexOrNull(memory, transaction.to),
    writeBigInt(memory, transaction.value),
    writeBigInt(memory, transaction.gasLimit),
    writeBigInt(memory, transaction.gasPrice),
    writeHex(memory, transaction.input),
    writeBigInt(memory, transaction.nonce),
  ])
}
