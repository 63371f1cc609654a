import type { Header } from '../../chain/block.ts'
import type { Memory } from '../memory.ts'
import { writeWords } from './array.ts'
import { writeBigInt, writeBigIntOrNull, writeNumber } from './big-int.ts'
import { writeHex } from './bytes.ts'
import { TYPE } from './type-id.ts'

/** `ethereum.Block` as apiVersion 0.0.6 has it; older mappings do not look at the last field. */
export function writeBlock(memory: Memory, header: Header): number {
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
    writeBigIntOrNull(memory, header.baseFeePerGas),
  ])
}
