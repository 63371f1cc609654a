import {
  Address, BigDecimal, BigInt, ByteArray, Bytes, crypto, dataSource, ethereum, json, JSONValue, JSONValueKind, log, TypedMap, Value, yaml, YAMLValueKind,
} from '@graphprotocol/graph-ts'
import { Note, Parent, Result } from '../generated/schema'
import { Words } from '../generated/Tape/Tape'
import { tryEdges } from './edges'

export { handleEcho } from './edges'

let prefix = ''

function put(name: string, value: string): void {
  const result = new Result(prefix + name)
  result.value = value
  result.save()
}

export function handleWords(event: Words): void {
  prefix = event.params.op + '/' + event.block.number.toString() + '/' + event.logIndex.toString() + '/'
  const op = event.params.op
  const list = event.params.words
  const data = event.params.data
  if (op == 'ints') for (let i = 0; i < list.length; i++) for (let j = 0; j < list.length; j++) ints(list[i], list[j])
  else if (op == 'decs') for (let i = 0; i < list.length; i++) for (let j = 0; j < list.length; j++) decs(list[i], list[j])
  else if (op == 'bits') bits(event.params.numbers)
  else if (op == 'texts') for (let i = 0; i < list.length; i++) texts(list[i])
  else if (op == 'bytes') bytes(data)
  else if (op == 'json') for (let i = 0; i < list.length; i++) parsed(i, list[i])
  else if (op == 'yaml') for (let i = 0; i < list.length; i++) yamled(i, list[i])
  else if (op == 'encode') encoded(event.params.numbers, data, list)
  else if (op == 'store') stored(list)
  else if (op == 'chain') chain(event)
  else tryEdges(event, prefix)
}

function ints(a: string, b: string): void {
  const x = BigInt.fromString(a)
  const y = BigInt.fromString(b)
  const at = a + ' ' + b + ' '
  put(at + 'plus', x.plus(y).toString())
  put(at + 'minus', x.minus(y).toString())
  put(at + 'times', x.times(y).toString())
  if (!y.isZero()) {
    put(at + 'div', x.div(y).toString())
    put(at + 'mod', x.mod(y).toString())
    put(at + 'divDecimal', x.divDecimal(y.toBigDecimal()).toString())
  }
  put(at + 'bitAnd', x.bitAnd(y).toString())
  put(at + 'bitOr', x.bitOr(y).toString())
  put(at + 'compare', (x < y ? '<' : x > y ? '>' : '=') + (x.equals(y) ? '=' : '!') + (x <= y ? 'le' : 'gt'))
  if (a != b) return
  put(a + ' text', x.toString() + ' ' + x.toHex() + ' ' + x.toHexString())
  put(a + ' abs', x.abs().toString() + ' ' + x.neg().toString())
  if (!x.lt(BigInt.zero())) put(a + ' sqrt', x.sqrt().toString())
  put(a + ' bytes', Bytes.fromByteArray(ByteArray.fromBigInt(x)).toHexString())
  put(a + ' decimal', x.toBigDecimal().toString())
  put(a + ' square', x.pow(3).toString())
  put(a + ' shift', x.leftShift(3).toString() + ' ' + x.rightShift(3).toString() + ' ' + x.rightShift(255).toString())
  put(a + ' fits', x.isI32() ? x.toI32().toString() : 'no')
}

function decs(a: string, b: string): void {
  const x = BigDecimal.fromString(a)
  const y = BigDecimal.fromString(b)
  const at = a + ' ' + b + ' '
  put(at + 'plus', x.plus(y).toString())
  put(at + 'minus', x.minus(y).toString())
  put(at + 'times', x.times(y).toString())
  if (!y.equals(BigDecimal.zero())) put(at + 'div', x.div(y).toString())
  put(at + 'compare', (x < y ? '<' : x > y ? '>' : '=') + (x.equals(y) ? '=' : '!'))
  if (a != b) return
  put(a + ' parts', x.digits.toString() + ' ' + x.exp.toString())
  put(a + ' truncate', x.truncate(2).toString() + ' ' + x.truncate(0).toString())
  put(a + ' neg', x.neg().toString())
}

function bits(numbers: BigInt[]): void {
  for (let i = 0; i < numbers.length; i++) {
    const n = numbers[i]
    for (let s: u8 = 0; s < 200; s += 49) {
      put(n.toString() + ' << ' + s.toString(), n.leftShift(s).toString())
      put(n.toString() + ' >> ' + s.toString(), n.rightShift(s).toString())
    }
    put(n.toString() + ' signed', BigInt.fromSignedBytes(Bytes.fromByteArray(ByteArray.fromBigInt(n))).toString())
    put(n.toString() + ' unsigned', BigInt.fromUnsignedBytes(Bytes.fromByteArray(ByteArray.fromBigInt(n))).toString())
    put(n.toString() + ' pow', n.pow(7).toString() + ' ' + n.pow(0).toString())
  }
}

function texts(text: string): void {
  const bytes = Bytes.fromUTF8(text)
  put(text + ' utf8', bytes.toHexString())
  put(text + ' back', bytes.toString())
  put(text + ' base58', bytes.toBase58())
  put(text + ' keccak', crypto.keccak256(bytes).toHexString())
  put(text + ' upper', text.toUpperCase() + text.toLowerCase() + text.length.toString())
  log.info('text {}', [text])
}

function bytes(data: Bytes): void {
  put('hex', data.toHexString() + ' ' + data.toHex())
  put('base58', data.toBase58())
  put('keccak', crypto.keccak256(data).toHexString())
  put('reversed', Bytes.fromUint8Array(data.slice(0).reverse()).toHexString())
  put('concat', data.concat(Bytes.fromI32(-2)).toHexString() + data.concatI32(258).toHexString())
  put('unsigned', BigInt.fromUnsignedBytes(data).toString())
  put('signed', BigInt.fromSignedBytes(data).toString())
  put('numbers', data.length >= 4 ? Bytes.fromUint8Array(data.subarray(0, 4)).toI32().toString() + ' ' + Bytes.fromUint8Array(data.subarray(0, 4)).toU32().toString() : 'short')
  if (data.length >= 20) put('address', Address.fromBytes(Bytes.fromUint8Array(data.subarray(0, 20))).toHexString())
  put('from hex', Bytes.fromHexString('0xABcd').toHexString() + ByteArray.fromHexString('00ff').toHexString())
}

function describe(value: JSONValue): string {
  if (value.kind == JSONValueKind.NULL) return 'null'
  if (value.kind == JSONValueKind.BOOL) return value.toBool() ? 'true' : 'false'
  if (value.kind == JSONValueKind.NUMBER) return 'number ' + value.data.toString().slice(0, 0) + numberText(value)
  if (value.kind == JSONValueKind.STRING) return 'string ' + value.toString()
  if (value.kind == JSONValueKind.ARRAY) {
    let text = '['
    const items = value.toArray()
    for (let i = 0; i < items.length; i++) text += describe(items[i]) + ';'
    return text + ']'
  }
  let text = '{'
  const entries = value.toObject().entries
  for (let i = 0; i < entries.length; i++) text += entries[i].key + ':' + describe(entries[i].value) + ';'
  return text + '}'
}

function numberText(value: JSONValue): string {
  return value.toBigInt().toString()
}

function parsed(i: i32, text: string): void {
  const result = json.try_fromString(text)
  put(i.toString(), result.isError ? 'error' : describe(result.value))
  const again = json.try_fromBytes(Bytes.fromUTF8(text))
  put(i.toString() + ' bytes', again.isError ? 'error' : 'fine')
}

function yamled(i: i32, text: string): void {
  const result = yaml.try_fromString(text)
  if (result.isError) return put(i.toString(), 'error')
  const value = result.value
  put(i.toString(), value.kind.toString())
  if (value.kind == YAMLValueKind.OBJECT) {
    const entries = value.toObject().entries
    let all = ''
    for (let j = 0; j < entries.length; j++) all += entries[j].value.kind.toString() + ','
    put(i.toString() + ' object', entries.length.toString() + ' ' + all)
  }
}

function encoded(numbers: BigInt[], data: Bytes, list: string[]): void {
  const fields: Array<ethereum.Value> = [
    ethereum.Value.fromUnsignedBigInt(numbers[0].abs()),
    ethereum.Value.fromSignedBigInt(numbers[0]),
    ethereum.Value.fromString(list[0]),
    ethereum.Value.fromBytes(data),
    ethereum.Value.fromBoolean(true),
    ethereum.Value.fromStringArray(list),
    ethereum.Value.fromSignedBigIntArray(numbers),
  ]
  const tuple = changetype<ethereum.Tuple>(fields)
  const whole = ethereum.encode(ethereum.Value.fromTuple(tuple))
  put('tuple', whole === null ? 'null' : whole.toHexString())
  const single = ethereum.encode(ethereum.Value.fromStringArray(list))
  put('strings', single === null ? 'null' : single.toHexString())
  if (whole !== null) {
    const back = ethereum.decode('(uint256,int256,string,bytes,bool,string[],int256[])', whole)
    put('back', back === null ? 'null' : back.toTuple()[2].toString() + back.toTuple()[6].toBigIntArray().length.toString())
    const wrong = ethereum.decode('(uint8,address)', whole)
    put('wrong type', wrong === null ? 'null' : 'decoded')
    put('short', ethereum.decode('(string,string,uint256[3])', Bytes.fromHexString('0x00')) === null ? 'null' : 'decoded')
  }
}

function stored(list: string[]): void {
  const parent = new Parent('p' + list.length.toString())
  parent.save()
  for (let i = 0; i < list.length; i++) {
    const note = new Note(list[i])
    if (i % 2 == 0) note.text = 'text ' + i.toString()
    note.n = i
    note.parent = i % 3 == 0 ? null : parent.id
    note.save()
  }
  const first = Note.load(list[0])
  put('load', first === null ? 'null' : first.n.toString() + (first.text === null ? 'null' : first.text!))
  put('in block', Note.loadInBlock(list[0]) === null ? 'null' : 'there')
  put('in block, old', Note.loadInBlock('old') === null ? 'null' : 'there')
  put('never', Note.load('never') === null ? 'null' : 'there')
  put('related', parent.notes.load().length.toString())
  const old = Note.load('old')
  put('old', old === null ? 'null' : old.n.toString())
  if (old !== null) {
    old.text = null
    old.unset('n')
    old.save()
  }
}

function chain(event: Words): void {
  const block = event.block
  put('block', block.hash.toHexString() + block.parentHash.toHexString() + block.author.toHexString() + block.stateRoot.toHexString())
  put('block numbers', block.number.toString() + ' ' + block.gasUsed.toString() + ' ' + block.gasLimit.toString() + ' ' + block.timestamp.toString() + ' ' + block.difficulty.toString() + ' ' + block.totalDifficulty.toString())
  put('block roots', block.unclesHash.toHexString() + block.transactionsRoot.toHexString() + block.receiptsRoot.toHexString())
  put('block size', block.size === null ? 'null' : block.size!.toString())
  put('base fee', block.baseFeePerGas === null ? 'null' : block.baseFeePerGas!.toString())
  const tx = event.transaction
  put('tx', tx.hash.toHexString() + tx.from.toHexString() + (tx.to === null ? 'null' : tx.to!.toHexString()))
  put('tx numbers', tx.index.toString() + ' ' + tx.value.toString() + ' ' + tx.gasLimit.toString() + ' ' + tx.gasPrice.toString() + ' ' + tx.nonce.toString() + ' ' + tx.input.toHexString())
  put('event', event.address.toHexString() + event.logIndex.toString() + event.transactionLogIndex.toString() + (event.logType === null ? 'null' : event.logType!))
  for (let i = 0; i < event.parameters.length; i++) put('parameter ' + i.toString(), event.parameters[i].name)
  const receipt = event.receipt
  if (receipt !== null) received(receipt)
  const context = dataSource.context()
  put('context', context.getString('word') + context.getBigInt('big').toString() + context.getI32('int').toString() + context.getBytes('bytes').toHexString() + context.getBigDecimal('dec').toString() + (context.getBoolean('yes') ? 'yes' : 'no'))
  put('source', dataSource.address().toHexString() + dataSource.network())
}

function received(receipt: ethereum.TransactionReceipt): void {
  put('receipt', receipt.transactionHash.toHexString() + receipt.blockHash.toHexString() + receipt.logsBloom.toHexString())
  put('receipt numbers', receipt.transactionIndex.toString() + ' ' + receipt.blockNumber.toString() + ' ' + receipt.cumulativeGasUsed.toString() + ' ' + receipt.gasUsed.toString() + ' ' + receipt.status.toString())
  put('receipt nulls', changetype<usize>(receipt.contractAddress) == 0 ? 'null' : receipt.contractAddress.toHexString())
  put('receipt root', changetype<usize>(receipt.root) == 0 ? 'null' : receipt.root.toHexString())
  for (let i = 0; i < receipt.logs.length; i++) logged(i.toString(), receipt.logs[i])
}

function logged(at: string, log: ethereum.Log): void {
  let topics = ''
  for (let i = 0; i < log.topics.length; i++) topics += log.topics[i].toHexString()
  put('log ' + at, log.address.toHexString() + ' ' + topics + ' ' + log.data.toHexString())
  put('log ' + at + ' place', log.blockHash.toHexString() + log.blockNumber.toHexString() + log.transactionHash.toHexString() + ' ' + log.transactionIndex.toString() + ' ' + log.logIndex.toString())
  // graph-ts does not say that these may be null.
  const index = changetype<usize>(log.transactionLogIndex) == 0 ? 'null' : log.transactionLogIndex.toString()
  const type = changetype<usize>(log.logType) == 0 ? 'null' : log.logType
  put('log ' + at + ' rest', index + ' ' + type + ' ' + (log.removed === null ? 'null' : log.removed!.inner.toString()))
}

/** Beside the one of the views. */
export function handleTaped(block: ethereum.Block): void {
  const id = 'calls of block ' + block.number.toString()
  const known = Note.load(id)
  const note = new Note(id)
  note.text = (known === null ? '' : known.text!) + 'tape,'
  note.save()
}
