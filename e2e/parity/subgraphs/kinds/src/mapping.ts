import { BigDecimal, BigInt, Bytes, store, Value } from '@graphprotocol/graph-ts'
import { Group, Link, Needed, Pet, Row } from '../generated/schema'
import { Note } from '../generated/Tape/Tape'

const words: string[] = [
  '',
  'a',
  'A',
  'b%',
  'b_c',
  'Straße',
  'ñandú',
  'zulu',
  '10',
  '9',
  'back\\slash',
  '😀',
  ' x ',
  'quote"',
]
const pets: string[] = ['cat', 'bird', 'none']
const colors: string[] = ['RED', 'GREEN', 'BLUE']

export function handleNote(event: Note): void {
  const op = event.params.op
  const n = event.params.n.toI32()
  if (op == 'group') {
    const group = new Group(Bytes.fromI32(n))
    group.name = words[n % words.length] + event.params.text
    group.save()
  } else if (op == 'rows') {
    for (let i = 0; i < n; i++) saveRow(event.params.text + i.toString(), i, event.block.number.toI32())
  } else if (op == 'remove') {
    store.remove('Row', event.params.text)
  } else if (op == 'pet') {
    const pet = new Pet(Bytes.fromUTF8(event.params.text))
    pet.name = event.params.text
    pet.legs = n
    if (n % 2 == 0) pet.owner = Bytes.fromI32(n)
    pet.save()
  } else if (op == 'links') {
    for (let i = 0; i < n; i++) {
      const link = new Link(<i64>i * 1000000007)
      link.row = event.params.text + (i % 7).toString()
      if (i % 3 != 2) link.bearer = i % 3 == 0 ? Bytes.fromI32(i % 6) : Bytes.fromUTF8(pets[i % 3])
      link.weight = BigInt.fromI32(i * i - 20)
      if (i > 0) link.previous = <i64>(i - 1) * 1000000007
      link.save()
    }
  } else if (op == 'needed') {
    const needed = new Needed(event.params.text)
    needed.text = event.params.text
    needed.flag = n % 2 == 0
    needed.int = n
    needed.int8 = <i64>n * 4294967296
    needed.big = event.params.n.pow(5)
    needed.dec = BigDecimal.fromString('1').div(BigDecimal.fromString((n + 3).toString()))
    needed.bytes = Bytes.fromUTF8(event.params.text)
    needed.time = <i64>1700000000 + n
    needed.color = colors[(n + 300) % 3]
    needed.texts = [event.params.text, '']
    needed.bigs = [event.params.n]
    needed.save()
  }
}

function saveRow(id: string, i: i32, salt: i32): void {
  const k = i * 7 + salt
  const row = new Row(id)
  if (i % 5 != 4) {
    row.set('text', Value.fromString(words[k % words.length]))
    row.flag = k % 2 == 0
    row.int = k - 30
    row.int8 = <i64>(k - 30) * 3000000000
    row.big = BigInt.fromI32(k - 30).pow(9)
    row.dec = BigDecimal.fromString((k - 30).toString() + '.25').div(BigDecimal.fromString('7'))
    row.bytes = Bytes.fromI32(k)
    row.time = <i64>1600000000 + k * 86400
    row.color = colors[k % 3]
    row.group = Bytes.fromI32(k % 6)
  }
  if (i % 4 != 3) {
    row.texts = [words[k % words.length], words[(k + 1) % words.length]]
    row.flags = [true, k % 2 == 0]
    row.ints = [k, 1, -k]
    row.bigs = [BigInt.fromI32(k), BigInt.fromI32(-1)]
    row.decs = [BigDecimal.fromString('0.5'), BigDecimal.fromString(k.toString())]
    row.bytess = [Bytes.fromI32(k), new Bytes(0)]
    row.colors = [colors[k % 3], colors[(k + 1) % 3]]
    row.groups = [Bytes.fromI32(k % 6), Bytes.fromI32((k + 1) % 6), Bytes.fromI32(99)]
  } else if (i % 8 == 7) {
    row.groups = []
  }
  row.save()
}
