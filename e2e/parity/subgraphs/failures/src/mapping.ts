import { Address, BigDecimal, BigInt, Bytes, dataSource, Entity, ethereum, json, log, store, Value } from '@graphprotocol/graph-ts'
import { Fixed, Row } from '../generated/schema'
import { Note } from '../generated/Tape/Tape'
import { Views } from '../generated/Tape/Views'

export function handleNote(event: Note): void {
  const n = event.params.n.toI32()
  if (event.params.op == 'write') {
    const row = new Row(event.params.text)
    row.n = n
    row.save()
    const fixed = new Fixed(event.params.text)
    fixed.n = n
    fixed.save()
    return
  }
  fail(dataSource.context().getString('how'), event, n)
}

function fail(how: string, event: Note, n: i32): void {
  const row = new Row('of the failing handler')
  row.n = n
  row.save()
  if (how == 'abort') abort('on purpose')
  else if (how == 'assert') assert(n < 0, 'n is not negative')
  else if (how == 'unreachable') unreachable()
  else if (how == 'critical') log.critical('critical {}', [n.toString()])
  else if (how == 'divide') put(BigInt.fromI32(1).div(event.params.n.minus(event.params.n)).toString())
  else if (how == 'modulo') put(BigInt.fromI32(1).mod(event.params.n.minus(event.params.n)).toString())
  else if (how == 'decimal') put(BigDecimal.fromString('1').div(BigDecimal.fromString('0')).toString())
  else if (how == 'nobody') put(Row.load('nobody')!.id)
  else if (how == 'index') put([1, 2][n + 5].toString())
  else if (how == 'integer') put(BigInt.fromString('12x').toString())
  else if (how == 'number') put(BigDecimal.fromString('1.2.3').toString())
  else if (how == 'json') put(json.fromString('{').kind.toString())
  else if (how == 'kind') put(json.fromString('"x"').toI64().toString())
  else if (how == 'address') put(Address.fromString('0x12').toHexString())
  else if (how == 'overflow') put(BigInt.fromI32(2).pow(200).toI32().toString())
  else if (how == 'shift') shiftTooFar(event.params.n)
  else if (how == 'reverted') put(Views.bind(event.address).stored().toString())
  else if (how == 'undefined') {
    const entity = new Entity()
    entity.set('id', Value.fromString('x'))
    entity.set('n', Value.fromI32(1))
    entity.set('nope', Value.fromI32(1))
    store.set('Row', 'x', entity)
  } else if (how == 'missing') {
    new Row('incomplete').save()
  } else if (how == 'type') {
    const entity = new Entity()
    entity.set('id', Value.fromString('x'))
    entity.set('n', Value.fromString('text'))
    store.set('Row', 'x', entity)
  } else if (how == 'unknown') {
    const entity = new Entity()
    entity.set('id', Value.fromString('x'))
    store.set('Nope', 'x', entity)
  } else if (how == 'enum') {
    const entity = new Row('x')
    entity.n = 1
    entity.set('color', Value.fromString('GREEN'))
    entity.save()
  } else if (how == 'immutable') {
    const fixed = new Fixed('a')
    fixed.n = 99
    fixed.save()
  } else failAtHost(how, event.params.n)
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
