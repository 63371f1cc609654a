import { Address, BigInt, ethereum } from '@graphprotocol/graph-ts'
import { Note, Result } from '../generated/schema'
import { Asked, Probed, Views, Views__sumInputAtStruct } from '../generated/Views/Views'

function put(event: ethereum.Event, name: string, value: string): void {
  const result = new Result('views/' + event.block.number.toString() + '/' + event.logIndex.toString() + '/' + name)
  result.value = value
  result.save()
}

function text(result: ethereum.CallResult<BigInt>): string {
  return result.reverted ? 'reverted' : result.value.toString()
}

export function handleAsked(event: Asked): void {
  const note = new Note('asked in block ' + event.block.number.toString())
  note.save()
  const views = Views.bind(event.address)
  put(event, 'stored', views.stored().toString())
  put(event, 'number', views.number1(BigInt.fromI32(7)).toString())
  put(event, 'number max', text(views.try_number1(BigInt.fromI32(2).pow(255).times(BigInt.fromI32(2)).minus(BigInt.fromI32(1)))))
  put(event, 'number of a text', views.number('three').toString())
  put(event, 'gas', views.gas().toString())
  const many = views.many()
  put(event, 'many', many.value0.toString() + ' ' + many.value1.toString() + ' ' + many.value2.toString() + ' ' +
    many.value3.toHexString() + ' ' + many.value4.toHexString() + ' ' + many.value5 + ' ' + many.value6.toHexString())
  const list = views.list(BigInt.fromI32(4))
  let sum = ''
  for (let i = 0; i < list.length; i++) sum += list[i].toString() + ','
  put(event, 'list', sum)
  put(event, 'empty list', views.list(BigInt.fromI32(0)).length.toString())
  const shape = views.shape(BigInt.fromI32(-3))
  put(event, 'shape', shape.label + ' ' + shape.points[1].x.toString() + ' ' + shape.key.toHexString() + ' ' + shape.points.length.toString())
  put(event, 'fails', text(views.try_fails()))
  put(event, 'asserts', text(views.try_asserts()))
  put(event, 'no code', text(Views.bind(Address.fromString('0x00000000000000000000000000000000000000aa')).try_stored()))
  put(event, 'balance', ethereum.getBalance(event.address).toString())
  put(event, 'has code', ethereum.hasCode(event.address).inner ? 'yes' : 'no')
  put(event, 'has no code', ethereum.hasCode(Address.fromString('0x00000000000000000000000000000000000000aa')).inner ? 'yes' : 'no')
  const liar = Views.bind(Address.fromString(event.params.what.slice(0, 42)))
  put(event, 'liar number', text(liar.try_stored()))
  put(event, 'liar list', liar.try_list(BigInt.fromI32(1)).reverted ? 'reverted' : 'answered')
  put(event, 'liar many', liar.try_many().reverted ? 'reverted' : 'answered')
}

/** All of it is declared in the manifest. */
export function handleProbed(event: Probed): void {
  const views = Views.bind(event.address)
  put(event, 'literal', views.stored().toString())
  // One struct, of which codegen makes two classes.
  put(event, 'struct', text(views.try_sum(changetype<Views__sumInputAtStruct>(event.params.at))))
  const shape = views.try_shape(event.params.at.x)
  put(event, 'member', shape.reverted ? 'reverted' : shape.value.points[0].y.toString())
  put(event, 'list', text(views.try_total(event.params.list)))
  put(event, 'fails', text(views.try_fails()))
  put(event, 'elsewhere', text(Views.bind(event.params.who).try_stored()))
}

/** What is called in a block, turn by turn, and whether what was logged there is known by then. */
export function handleCalled(block: ethereum.Block): void {
  const id = 'calls of block ' + block.number.toString()
  const known = Note.load(id)
  const note = new Note(id)
  const isAsked = Note.load('asked in block ' + block.number.toString()) !== null
  note.text = (known === null ? '' : known.text!) + (isAsked ? 'asked views,' : 'views,')
  note.save()
}
