import type { Transaction } from '../../chain/block.ts'
import { isBefore } from '../../deployment/manifest-rules.ts'
import type { Memory } from '../memory.ts'
import { writeWords } from './array.ts'
import { writeBigInt, writeNumber } from './big-int.ts'
import { writeHex, writeHexOrNull } from './bytes.ts'
import { TYPE } from './type-id.ts'

/** `ethereum.Transaction`: its input is there since apiVersion 0.0.2, its nonce since 0.0.6. */
export function writeTransaction(memory: Memory, transaction: Transaction, apiVersion: string): number {
  return writeWords(memory, TYPE.transaction, [
    writeHex(memory, transaction.hash),
    writeNumber(memory, transaction.index),
    writeHex(memory, transaction.from),
    writeHexOrNull(memory, transaction.to),
    writeBigInt(memory, transaction.value),
    writeBigInt(memory, transaction.gasLimit),
    writeBigInt(memory, transaction.gasPrice),
    ...(isBefore(apiVersion, '0.0.2') ? [] : [writeHex(memory, transaction.input)]),
    ...(isBefore(apiVersion, '0.0.6') ? [] : [writeBigInt(memory, transaction.nonce)]),
  ])
}
