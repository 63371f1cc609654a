import { Address, BigInt, dataSource, ethereum } from '@graphprotocol/graph-ts'
import { Shapes } from '../generated/Shapes/Shapes'
import { Words } from '../generated/Tape/Tape'
import { put, show, showAll, tupleOf } from './show'

export function handleWords(event: Words): void {
  const op = event.params.op
  if (op == 'answers') answers(event)
  else if (op == 'decode') decode(event)
  else if (op == 'encode') encode(event)
  else if (op == 'refuse') refuse(event)
}

function note(event: Words, name: string, text: string): void {
  put(event.block.number, event.logIndex, name, text)
}

/** One answer of a contract, read as every type there is. */
function answers(event: Words): void {
  const parrot = Address.fromString(dataSource.context().getString('parrot'))
  const given: Array<ethereum.Value> = [ethereum.Value.fromBytes(event.params.data)]
  const list = event.params.words
  for (let i = 0; i < list.length; i++) {
    const signature = list[i]
    const name = signature.slice(0, signature.indexOf('('))
    const answer = ethereum.call(new ethereum.SmartContractCall('Lies', parrot, name, signature, given))
    note(event, name, answer === null ? 'null' : showAll(answer))
  }
}

/** Bytes, read as the types that are given. */
function decode(event: Words): void {
  const list = event.params.words
  for (let i = 0; i < list.length; i++) {
    const value = ethereum.decode(list[i], event.params.data)
    note(event, 'decode ' + list[i], value === null ? 'null' : show(value))
  }
}

function encoded(event: Words, name: string, value: ethereum.Value): void {
  const bytes = ethereum.encode(value)
  note(event, 'encode ' + name, bytes === null ? 'null' : bytes.toHexString())
}

/** What no contract could have said: lists of several kinds, and those of nothing. */
function encode(event: Words): void {
  const numbers = event.params.numbers
  const data = event.params.data
  for (let i = 0; i < numbers.length; i++) {
    const n = numbers[i]
    encoded(event, 'int ' + n.toString(), ethereum.Value.fromSignedBigInt(n))
    if (n.ge(BigInt.zero())) encoded(event, 'uint ' + n.toString(), ethereum.Value.fromUnsignedBigInt(n))
  }
  const mixed: Array<ethereum.Value> = [ethereum.Value.fromBoolean(true), ethereum.Value.fromString('x'), ethereum.Value.fromBytes(data)]
  const none: Array<ethereum.Value> = []
  const fixed: Array<ethereum.Value> = [ethereum.Value.fromI32(-1), ethereum.Value.fromI32(7)]
  if (data.length <= 32) encoded(event, 'fixed bytes', ethereum.Value.fromFixedBytes(data))
  encoded(event, 'bytes', ethereum.Value.fromBytes(data))
  encoded(event, 'false', ethereum.Value.fromBoolean(false))
  encoded(event, 'mixed array', ethereum.Value.fromArray(mixed))
  encoded(event, 'mixed fixed array', ethereum.Value.fromFixedSizedArray(mixed))
  encoded(event, 'empty array', ethereum.Value.fromArray(none))
  encoded(event, 'empty fixed array', ethereum.Value.fromFixedSizedArray(none))
  encoded(event, 'empty tuple', tupleOf(none))
  encoded(event, 'fixed array', ethereum.Value.fromFixedSizedArray(fixed))
  encoded(event, 'static tuple', tupleOf(fixed))
  const inner: Array<ethereum.Value> = [tupleOf(fixed), ethereum.Value.fromFixedSizedArray(fixed), ethereum.Value.fromArray(fixed), ethereum.Value.fromArray(none)]
  encoded(event, 'nested', tupleOf(inner))
  encoded(event, 'nested static', ethereum.Value.fromFixedSizedArray([tupleOf(fixed), tupleOf(fixed)]))
  encoded(event, 'address', ethereum.Value.fromAddress(event.transaction.from))
  encoded(event, 'string', ethereum.Value.fromString(event.params.words.join('ñ')))
}

/** Every way in which a call fails. */
function refuse(event: Words): void {
  const shapes = Shapes.bind(Address.fromString(dataSource.context().getString('shapes')))
  const numbers = event.params.numbers
  for (let i = 0; i < numbers.length; i++) {
    const how = numbers[i]
    const number = shapes.try_refuse(how)
    note(event, 'refuse ' + how.toString(), number.reverted ? 'reverted' : number.value.toString())
    const text = shapes.try_refuseText(how)
    const shown = text.reverted ? 'reverted' : text.value.value0 + text.value.value1.n.toString() + text.value.value1.tag.toHexString()
    note(event, 'refuse text ' + how.toString(), shown)
  }
}
