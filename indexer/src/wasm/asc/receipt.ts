import type { Log, Receipt } from '../../chain/block.ts'
import type { Memory } from '../memory.ts'
import { writePointers, writeWords } from './array.ts'
import { writeBigInt, writeBigIntOrNull, writeNumber } from './big-int.ts'
import { writeHex, writeHexOrNull } from './bytes.ts'
import { TYPE } from './type-id.ts'
import { writeWrappedBool } from './wrapped.ts'

/** `ethereum.TransactionReceipt`, with all logs of the transaction. */
export function writeReceipt(memory: Memory, receipt: Receipt): number {
  const logs = receipt.logs.map((log) => writeLog(memory, log))
  return writeWords(memory, TYPE.receipt, [
    writeHex(memory, receipt.transactionHash),
    writeNumber(memory, receipt.transactionIndex),
    writeHex(memory, receipt.blockHash),
    writeNumber(memory, receipt.blockNumber),
    writeBigInt(memory, receipt.cumulativeGasUsed),
    writeBigInt(memory, receipt.gasUsed),
    writeHexOrNull(memory, receipt.contractAddress),
    writePointers(memory, TYPE.arrayLog, logs),
    writeBigIntOrNull(memory, receipt.status),
    writeHexOrNull(memory, receipt.root),
    writeHex(memory, receipt.logsBloom),
  ])
}

/** `ethereum.Log`; `transactionLogIndex` and `logType` are null, as no node tells them any more. */
function writeLog(memory: Memory, log: Log): number {
  const topics = log.topics.map((topic) => writeHex(memory, topic))
  return writeWords(memory, TYPE.log, [
    writeHex(memory, log.address),
    writePointers(memory, TYPE.arrayH256, topics),
    writeHex(memory, log.data),
    writeHex(memory, log.blockHash),
    writeNumber(memory, log.blockNumber),
    writeHex(memory, log.transactionHash),
    writeNumber(memory, log.transactionIndex),
    writeNumber(memory, log.logIndex),
    0,
    0,
    writeWrappedBool(memory, false),
  ])
}
