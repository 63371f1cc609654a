import {
  Address,
  BigDecimal,
  BigInt,
  ByteArray,
  Bytes,
  dataSource,
  DataSourceContext,
  Entity,
  ethereum,
  json,
  log,
  store,
  Value,
  yaml,
} from '@graphprotocol/graph-ts'
import { Blob, Fixed, Once, Row } from '../generated/schema'
import { Page } from '../generated/templates'
import { NoteCall, Note } from '../generated/Tape/Tape'
import { Views } from '../generated/Tape/Views'

function how(): string {
  return dataSource.context().getString('how')
}

export function handleNote(event: Note): void {
  const n = event.params.n.toI32()
  const op = event.params.op
  if (op == 'write') {
    const row = new Row(event.params.text)
    row.n = n
    row.save()
    const fixed = new Fixed(event.params.text)
    fixed.n = n
    fixed.save()
    const once = new Once(event.params.text)
    once.n = n
    once.save()
  } else if (op == 'grow') {
    const context = new DataSourceContext()
    context.setString('how', how())
    Page.createWithContext(event.address, context)
  } else if (op == 'fail') {
    const row = new Row('of the failing handler')
    row.n = n
    row.save()
    fail(how(), event.address, n)
  }
}

export function handleNoteCall(call: NoteCall): void {
  if (how() == 'call' && call.inputs.op == 'fail') abort('in a call handler')
}

export function handleBlock(block: ethereum.Block): void {
  if (how() == 'block' && Row.load('same block') !== null) abort('in a block handler')
  if (how() == 'block-divide' && Row.load('same block') !== null) {
    put(BigInt.fromI32(1).div(block.number.minus(block.number)).toString())
  }
  if (how() == 'block-missing' && Row.load('same block') !== null) new Row('incomplete').save()
}

export function handleOnce(block: ethereum.Block): void {
  if (how() == 'once') abort('in a once handler')
}

export function handleGrown(event: Note): void {
  if (event.params.op == 'fail' && how() == 'grown') abort('in a source of this block')
  const row = new Row('grown ' + event.params.text)
  row.n = event.params.n.toI32()
  row.save()
}

export function handleGrownOnce(block: ethereum.Block): void {
  if (how() == 'grown-once') abort('in the first block of a source')
}

function endless(n: i32): i32 {
  return n < 0 ? n : endless(n + 1) + endless(n + 2)
}

/** Arguments that are nearly what the ABI asks for, to a contract that has no such function. */
function sized(how: string, address: Address): void {
  const bytes = Bytes.fromHexString(how == 'argument-long' ? '0x0102030405' : how == 'argument-short' ? '0x0102' : '0x01020304')
  const numbers = [ethereum.Value.fromI32(1), ethereum.Value.fromI32(2)]
  for (let i = 0; i < 2; i++) numbers[i] = ethereum.Value.fromUnsignedBigInt(BigInt.fromI32(i))
  const many = numbers.concat(numbers)
  const point = [ethereum.Value.fromI32(-1), ethereum.Value.fromI32(1)]
  const given = [
    ethereum.Value.fromFixedBytes(bytes),
    ethereum.Value.fromUnsignedBigInt(BigInt.fromI32(how == 'argument-wide' ? 300 : 255)),
    ethereum.Value.fromI32(how == 'argument-wide-int' ? 32768 : 32767),
    ethereum.Value.fromFixedSizedArray(how == 'argument-count' ? many : numbers),
    how == 'argument-fixed' ? ethereum.Value.fromFixedSizedArray(numbers) : ethereum.Value.fromArray(numbers),
    ethereum.Value.fromTuple(changetype<ethereum.Tuple>(how == 'argument-member' ? point.slice(0, 1) : point)),
  ]
  const signature = 'sized(bytes4,uint8,int16,uint8[2],uint8[],(int256,int256)):(bytes)'
  const answer = ethereum.call(new ethereum.SmartContractCall('Views', address, 'sized', signature, given))
  put(answer === null ? 'null' : 'answered')
}

function withId(id: Value | null): Entity {
  const entity = new Entity()
  if (id !== null) entity.set('id', id)
  entity.set('n', Value.fromI32(1))
  return entity
}

function fail(how: string, address: Address, n: i32): void {
  const big = BigInt.fromI32(n)
  const zero = big.minus(big)
  if (how == 'abort') abort('on purpose')
  else if (how == 'silent') abort()
  else if (how == 'throw') throw new Error('thrown with "quotes", \\ and\nlines')
  else if (how == 'assert') assert(n < 0, 'n is not negative')
  else if (how == 'assert-silent') assert(n < 0)
  else if (how == 'unreachable') unreachable()
  else if (how == 'critical') log.critical('critical {}', [n.toString()])
  else if (how == 'divide') put(BigInt.fromI32(1).div(zero).toString())
  else if (how == 'modulo') put(BigInt.fromI32(1).mod(zero).toString())
  else if (how == 'decimal') put(BigDecimal.fromString('1').div(BigDecimal.fromString('0')).toString())
  else if (how == 'i32-divide') put((100 / zero.toI32()).toString())
  else if (how == 'i32-remainder') put((100 % zero.toI32()).toString())
  else if (how == 'i32-least') put((i32.MIN_VALUE / (n - 5)).toString())
  else if (how == 'float') put((<i32>(NaN * <f64>n)).toString())
  else if (how == 'float-large') put((<i32>(1e30 * <f64>n)).toString())
  else if (how == 'memory') put(load<i32>(0x7ffffff0 + n).toString())
  else if (how == 'table') call_indirect<void>(99999 + n)
  else if (how == 'signature') call_indirect<void>(1 + zero.toI32())
  else if (how == 'stack') put(endless(n).toString())
  else if (how == 'nobody') put(Row.load('nobody')!.id)
  else if (how == 'index') put([1, 2][n + 5].toString())
  else if (how == 'length') put(new Array<i32>(-n).length.toString())
  else if (how == 'integer') put(BigInt.fromString('12x').toString())
  else if (how == 'integer-empty') put(BigInt.fromString('').toString())
  else if (how == 'number') put(BigDecimal.fromString('1.2.3').toString())
  else if (how == 'hex') put(ByteArray.fromHexString('0x1').toHexString())
  else if (how == 'hex-letter') put(Bytes.fromHexString('0xzz').toHexString())
  else if (how == 'json') put(json.fromString('{').kind.toString())
  else if (how == 'json-bytes') put(json.fromBytes(Bytes.fromHexString('0xff')).kind.toString())
  else if (how == 'json-number') put(json.toBigInt('1.5').toString())
  else if (how == 'json-int') put(json.toI64('x').toString())
  else if (how == 'yaml') put(yaml.fromString('{').kind.toString())
  else if (how == 'kind') put(json.fromString('"x"').toI64().toString())
  else if (how == 'address') put(Address.fromString('0x12').toHexString())
  else if (how == 'address-letter') put(Address.fromString('0x' + 'z'.repeat(40)).toHexString())
  else if (how == 'overflow') put(BigInt.fromI32(2).pow(200).toI32().toString())
  else if (how == 'shift') shiftTooFar(big)
  else if (how == 'reverted') put(Views.bind(address).stored().toString())
  else if (how == 'codeless') put(Views.bind(Address.zero()).stored().toString())
  else if (how == 'abi') ethereum.call(new ethereum.SmartContractCall('Nope', address, 'f', 'f()', []))
  else if (how == 'function') ethereum.call(new ethereum.SmartContractCall('Views', address, 'f', 'f():(bool)', []))
  else if (how == 'overload') ethereum.call(new ethereum.SmartContractCall('Views', address, 'stored', 'stored():(bool)', []))
  else if (how == 'arguments') {
    ethereum.call(new ethereum.SmartContractCall('Views', address, 'number', 'number(uint256):(uint256)', []))
  } else if (how == 'argument') {
    const text = ethereum.Value.fromString('x')
    ethereum.call(new ethereum.SmartContractCall('Views', address, 'number', 'number(uint256):(uint256)', [text]))
  } else if (how.startsWith('argument-')) sized(how, address)
  else if (how == 'template') dataSource.create('Nope', ['0x00'])
  else if (how == 'template-empty') dataSource.create('Page', [])
  else if (how == 'template-address') dataSource.create('Page', ['0x12'])
  else if (how == 'undefined') {
    const entity = withId(Value.fromString('x'))
    entity.set('nope', Value.fromI32(1))
    entity.set('also', Value.fromI32(1))
    store.set('Row', 'x', entity)
  } else if (how == 'no-id') store.set('Row', 'x', withId(null))
  else if (how == 'null-id') store.set('Row', 'x', withId(Value.fromNull()))
  else if (how == 'id-type') store.set('Row', 'x', withId(Value.fromI32(5)))
  else if (how == 'id-conflict') store.set('Row', 'x', withId(Value.fromString('y')))
  else if (how == 'id-conflict-bytes') {
    store.set('Blob', '0x01', withId(Value.fromBytes(Bytes.fromHexString('0x02'))))
  } else if (how == 'id-conflict-int8') store.set('Count', '1', withId(Value.fromI64(2)))
  else if (how == 'id-int8') store.set('Count', 'one', withId(Value.fromI64(1)))
  else if (how == 'id-int8-large') store.set('Count', '9223372036854775808', withId(Value.fromI64(1)))
  else if (how == 'remove-interface') store.remove('Numbered', 'a')
  else if (how == 'related-interface') store.loadRelated('Numbered', 'a', 'n')
  else if (how == 'id-bytes') store.set('Blob', 'zz', withId(Value.fromString('zz')))
  else if (how == 'id-odd') store.set('Blob', '0x1', withId(Value.fromBytes(Bytes.fromHexString('0x01'))))
  else if (how == 'id-load') put(Blob.load(changetype<Bytes>(new Uint8Array(0))) === null ? 'none' : 'some')
  else if (how == 'get-odd') put(store.get('Blob', 'zz') === null ? 'none' : 'some')
  else if (how == 'get-unknown') put(store.get('Nope', 'x') === null ? 'none' : 'some')
  else if (how == 'get-interface') put(store.get('Numbered', 'a') === null ? 'none' : 'some')
  else if (how == 'set-interface') store.set('Numbered', 'x', withId(Value.fromString('x')))
  else if (how == 'remove-unknown') store.remove('Nope', 'x')
  else if (how == 'remove-odd') store.remove('Blob', 'zz')
  else if (how == 'related-unknown') store.loadRelated('Row', 'a', 'text')
  else if (how == 'related-missing') store.loadRelated('Row', 'a', 'nope')
  else if (how == 'missing') new Row('incomplete').save()
  else if (how == 'null-field') {
    const entity = withId(Value.fromString('x'))
    entity.set('n', Value.fromNull())
    store.set('Row', 'x', entity)
  } else if (how == 'type') {
    const entity = withId(Value.fromString('x'))
    entity.set('n', Value.fromString('text'))
    store.set('Row', 'x', entity)
  } else if (how == 'type-list') {
    const entity = withId(Value.fromString('x'))
    entity.set('list', Value.fromString('no list'))
    store.set('Row', 'x', entity)
  } else if (how == 'type-item') {
    const entity = withId(Value.fromString('x'))
    entity.set('list', Value.fromArray([Value.fromString('a'), Value.fromI32(1)]))
    store.set('Row', 'x', entity)
  } else if (how == 'type-reference') {
    const entity = withId(Value.fromString('x'))
    entity.set('other', Value.fromI32(1))
    store.set('Row', 'x', entity)
  } else if (how == 'type-derived') {
    const entity = withId(Value.fromString('x'))
    entity.set('others', Value.fromArray([]))
    store.set('Row', 'x', entity)
  } else if (how == 'null-item') {
    const entity = withId(Value.fromString('x'))
    entity.set('list', Value.fromArray([Value.fromNull()]))
    store.set('Row', 'x', entity)
  } else if (how == 'unknown') store.set('Nope', 'x', withId(Value.fromString('x')))
  else if (how == 'enum') {
    const entity = new Row('x')
    entity.n = 1
    entity.set('color', Value.fromString('GREEN'))
    entity.save()
  } else if (how == 'immutable') fix('a', 99)
  else if (how == 'immutable-same') fix('a', 1)
  else if (how == 'immutable-twice') {
    fix('new', 1)
    fix('new', 2)
  } else if (how == 'immutable-block') fix('same block', 99)
  else if (how == 'immutable-block-same') fix('same block', 3)
  else if (how == 'immutable-remove-block') store.remove('Fixed', 'same block')
  else if (how == 'once-changed') again('a', 99)
  else if (how == 'once-same') again('a', 1)
  else if (how == 'once-block') again('same block', 99)
  else if (how == 'in-block') inBlock()
  else failAtHost(how, big)
}

function fix(id: string, n: i32): void {
  const fixed = new Fixed(id)
  fixed.n = n
  fixed.save()
}

function again(id: string, n: i32): void {
  const once = new Once(id)
  once.n = n
  once.save()
}

function inBlock(): void {
  const seen: string[] = []
  const ids = ['a', 'same block', 'of the failing handler', 'nobody']
  for (let i = 0; i < ids.length; i++) {
    const row = Row.loadInBlock(ids[i])
    seen.push(ids[i] + ' ' + (row === null ? '-' : row.n.toString()))
    const fixed = Fixed.loadInBlock(ids[i])
    seen.push(fixed === null ? '-' : fixed.n.toString())
  }
  store.remove('Row', 'same block')
  seen.push(Row.loadInBlock('same block') === null ? 'removed' : 'still there')
  const patch = new Entity()
  patch.set('text', Value.fromString('patched'))
  store.set('Row', 'a', patch)
  const patched = store.get_in_block('Row', 'a')
  if (patched === null) seen.push('no patch')
  else for (let i = 0; i < patched.entries.length; i++) seen.push(patched.entries[i].key + ' ' + patched.entries[i].value.displayData())
  put(seen.join(', '))
}

/** Those of the host functions that read text or encode. */
function failAtHost(how: string, n: BigInt): void {
  const wide = BigInt.fromI32(2).pow(255)
  if (how == 'encode-int') encoded(ethereum.Value.fromSignedBigInt(wide))
  else if (how == 'encode-low') encoded(ethereum.Value.fromSignedBigInt(wide.neg().minus(n)))
  else if (how == 'encode-uint') encoded(ethereum.Value.fromUnsignedBigInt(wide.times(n)))
  else if (how == 'encode-negative') encoded(ethereum.Value.fromUnsignedBigInt(n.neg()))
  else if (how == 'encode-bytes') encoded(ethereum.Value.fromFixedBytes(Bytes.fromHexString('0x' + '07'.repeat(33))))
  else if (how == 'encode-address') encoded(new ethereum.Value(ethereum.ValueKind.ADDRESS, changetype<u32>(Bytes.fromHexString('0x07'))))
  else if (how == 'encode-kind') encoded(new ethereum.Value(changetype<ethereum.ValueKind>(17), 0))
  else if (how == 'encode-null') encoded(new ethereum.Value(ethereum.ValueKind.STRING, 0))
}

function encoded(value: ethereum.Value): void {
  const bytes = ethereum.encode(value)
  put(bytes === null ? 'null' : bytes.toHexString())
}

function shiftTooFar(n: BigInt): void {
  for (let bits: u8 = 0; bits < 250; bits += 49) put(n.leftShift(bits).toString())
}

function put(text: string): void {
  const row = new Row('result')
  row.n = 0
  row.text = text
  row.save()
}
