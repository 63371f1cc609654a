import { BigDecimal, BigInt, Bytes, DataSourceContext, dataSource, ethereum, store } from '@graphprotocol/graph-ts'
import { Fact, Row, Sample, Seldom } from '../generated/schema'
import { Born } from '../generated/Nursery/Nursery'
import { Note } from '../generated/Tape/Tape'
import { Child } from '../generated/templates'
import { Spoke } from '../generated/templates/Child/Child'

const colors = ['RED', 'GREEN', 'BLUE']

export function handleNote(event: Note): void {
  const n = event.params.n.toI32()
  const text = event.params.text
  if (event.params.op == 'write') {
    write(text, n, event)
    note(event, n, text)
  } else if (event.params.op == 'seldom') {
    const seldom = new Seldom(Bytes.fromI32(n))
    seldom.big = BigInt.fromI32(2).pow(<u8>n)
    seldom.small = -n
    if (text != '') seldom.maybe = text
    seldom.save()
  } else if (event.params.op == 'sample') {
    const sample = new Sample(0)
    sample.row = text
    sample.value = BigDecimal.fromString(n.toString() + '.25')
    sample.save()
  } else if (event.params.op == 'remove') {
    store.remove('Row', text)
  } else if (event.params.op == 'fail' && dataSource.context().getBoolean('fails')) {
    write(text, n, event)
    note(event, n, 'lost')
    Child.create(event.address)
    assert(false, 'as told: ' + text)
  }
}

export function handleBorn(event: Born): void {
  const context = new DataSourceContext()
  context.setString('name', event.params.name)
  Child.createWithContext(event.params.child, context)
  write(event.params.name, event.params.serial.toI32(), event)
}

export function handleSpoke(event: Spoke): void {
  const name = dataSource.context().getString('name')
  write(name + ' spoke', event.params.serial.toI32(), event)
  note(event, event.params.serial.toI32(), event.params.text)
}

function write(id: string, n: i32, event: ethereum.Event): void {
  let row = Row.load(id)
  if (!row) {
    row = new Row(id)
    row.words = []
  }
  row.n = n
  row.text = id + ' at ' + event.block.number.toString()
  row.color = colors[n % 3]
  row.other = n > 2 ? 'a' : null
  row.words = row.words.concat([n.toString()])
  row.save()
}

function note(event: ethereum.Event, n: i32, text: string): void {
  const fact = new Fact(event.block.number.toString() + '-' + event.logIndex.toString())
  fact.n = n
  fact.text = text
  fact.color = colors[(n + 1) % 3]
  fact.row = text
  fact.price = BigDecimal.fromString(n.toString()).div(BigDecimal.fromString('7'))
  fact.hash = event.transaction.hash
  fact.at = event.block.timestamp.toI64() * 1000000
  fact.words = [text, n.toString()]
  fact.save()
}
