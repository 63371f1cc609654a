import {
  Address,
  BigDecimal,
  BigInt,
  ByteArray,
  Bytes,
  DataSourceContext,
  ethereum,
  ipfs,
  json,
  log,
  store,
} from '@graphprotocol/graph-ts'
import { Asked, Did, Probe } from '../generated/Probe/Probe'
import { Answer, Owner, Thing } from '../generated/schema'
import { Child } from '../generated/templates'
import { answer } from './answer'

let calls = 0
let ratio: f64 = 0.5
let wide: i64 = 1
const kept: string[] = []

export function handleBlock(block: ethereum.Block): void {
  answer('block', block.number.toString() + ' ' + block.timestamp.toString() + ' ' + block.hash.toHexString())
}

export function handleAsked(event: Asked): void {
  answer('asked', event.params.topic.toHexString() + ' ' + event.params.number.toString() + ' ' + event.params.text)
}

export function handleDid(event: Did): void {
  const what = event.params.what
  const number = event.params.number
  if (what == 'count') count()
  else if (what == 'grow') grow(number.toI32())
  else if (what == 'abort') throw new Error('enough of this')
  else if (what == 'assert') assert(false, 'no such luck')
  else if (what == 'silent') abort()
  else if (what == 'unreachable') unreachable()
  else if (what == 'i32 division') answer(what, (7 / number.toI32()).toString())
  else if (what == 'bounds') answer(what, load<u8>(0x7ffffff0).toString())
  else if (what == 'stack') answer(what, dig(1).toString())
  else if (what == 'critical') log.critical('it is {}', ['over'])
  else if (what == 'log') logs()
  else if (what == 'null') answer(what, changetype<BigInt>(0).plus(number).toString())
  else if (what == 'far pointer') answer(what, changetype<BigInt>(0x7ffffff0).toString())
  else if (what == 'lone surrogate') answer(what, String.fromCharCode(0xd800))
  else if (what == 'zero bytes') answer(what, 'a' + String.fromCharCode(0) + 'b')
  else if (what == 'divide') answer(what, number.div(BigInt.zero()).toString())
  else if (what == 'remainder') answer(what, number.mod(BigInt.zero()).toString())
  else if (what == 'decimal divide') answer(what, number.toBigDecimal().div(BigDecimal.zero()).toString())
  else if (what == 'bigint text') answer(what, BigInt.fromString('12x').toString())
  else if (what == 'decimal text') answer(what, BigDecimal.fromString('1,5').toString())
  else if (what == 'decimal exponent')
    answer(what, new BigDecimal(BigInt.fromString('1' + '0'.repeat(6145))).toString())
  else if (what == 'address text') answer(what, Address.fromString('0x12').toHexString())
  else if (what == 'json') answer(what, json.fromString('{"a":').kind.toString())
  else if (what == 'json i64') answer(what, json.fromString('9223372036854775808').toI64().toString())
  else if (what == 'json big') answer(what, json.fromString('1.5').toBigInt().toString())
  else if (what == 'unknown field') unknownField()
  else if (what == 'unknown type') store.get('Nobody', '1')
  else if (what == 'missing field') new Answer('half').save()
  else if (what == 'refused') ipfs.cat('QmWATWQ7fVPP2EFGu71UkfnqhYXDYH566qy47CnJDgvs8u')
  else if (what == 'create') Child.create(Address.fromBytes(Bytes.fromByteArray(padded(number))))
  else if (what == 'create with context') createWithContext(number)
  else if (what == 'describe') describe(event.address, number)
  else if (what == 'balance') answer(what, ethereum.getBalance(event.address).toString())
  else if (what == 'code') answer(what, ethereum.hasCode(event.address).inner ? 'yes' : 'no')
  else if (what == 'owner') owner(event)
  else if (what == 'block') answer(what, event.block.number.toString() + ' ' + event.block.hash.toHexString())
  else if (what == 'write, then ask') {
    answer('before', 'written')
    log.info('asking', [])
    Child.create(event.address)
    answer(what, ethereum.getBalance(event.address).toString())
  } else answer(what, number.toString())
}

/** Whatever a handler keeps must be gone in the next. */
function count(): void {
  calls += 1
  ratio /= 2
  wide <<= 1
  kept.push('called')
  answer('count', calls.toString() + ' ' + ratio.toString() + ' ' + wide.toString() + ' ' + kept.join(','))
}

/** The bytes must come as zeros, as in memory that nobody used before. */
function grow(size: i32): void {
  const bytes = new Uint8Array(size)
  let sum = 0
  for (let i = 0; i < size; i++) sum += bytes[i]
  for (let i = 0; i < size; i++) bytes[i] = 255
  answer('grow', sum.toString())
}

function dig(depth: i32): i32 {
  return depth > 100000000 ? depth : dig(depth + 1) + 1
}

function logs(): void {
  log.debug('a {}', ['1'])
  log.info('b', [])
  log.warning('c', [])
  log.error('d', [])
  answer('log', 'done')
}

function unknownField(): void {
  const data = new Answer('x')
  data.text = 'x'
  data.setString('colour', 'red')
  data.setString('age', 'old')
  data.save()
}

function createWithContext(number: BigInt): void {
  const context = new DataSourceContext()
  context.setString('name', 'child of probe')
  Child.createWithContext(Address.fromBytes(Bytes.fromByteArray(padded(number))), context)
}

function padded(number: BigInt): ByteArray {
  return ByteArray.fromHexString(
    '0x30000000000000000000000000000000000000' + number.toHexString().slice(2).padStart(2, '0'),
  )
}

function describe(address: Address, number: BigInt): void {
  const described = Probe.bind(address).try_describe(number)
  answer('describe', described.reverted ? 'reverted' : described.value)
}

function owner(event: Did): void {
  let found = Owner.load(event.address)
  if (found === null) {
    found = new Owner(event.address)
    found.save()
  }
  const thing = new Thing(event.logIndex.toString())
  thing.owner = found.id
  thing.save()
  answer('owner', found.things.load().length.toString())
}
