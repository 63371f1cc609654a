import type { Header } from '../../chain/block.ts'
import { isBefore } from '../../deployment/manifest-rules.ts'
import type { Memory } from '../memory.ts'
import { writeWords } from './array.ts'
import { writeBigInt, writeBigIntOrNull, writeNumber } from './big-int.ts'
import { writeHex } from './bytes.ts'
import { TYPE } from './type-id.ts'

/** `ethereum.Block`: its last field is there since apiVersion 0.0.6. */
export function writeBlock(memory: Memory, header: Header, apiVersion: string): number {
  return writeWords(memory, TYPE.block, [
    writeHex(memory, header.hash),
    writeHex(memory, header.parentHash),
    writeHex(memory, header.unclesHash),
    writeHex(memory, header.author),
    writeHex(memory, header.stateRoot),
    writeHex(memory, header.transactionsRoot),
    writeHex(memory, header.receiptsRoot),
    writeNumber(memory, header.number),
    writeBigInt(memory, header.gasUsed),
    writeBigInt(memory, header.gasLimit),
    writeNumber(memory, header.timestamp),
    writeBigInt(memory, header.difficulty),
    writeBigInt(memory, header.totalDifficulty),
    writeBigIntOrNull(memory, header.size),
    ...(isBefore(apiVersion, '0.0.6') ? [] : [writeBigIntOrNull(memory, header.baseFeePerGas)]),
  ])
}
