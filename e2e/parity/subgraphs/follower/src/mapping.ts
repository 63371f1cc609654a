import { dataSource, Entity, store, Value, ValueKind } from '@graphprotocol/graph-ts'

export function handleFact(fact: Entity): void {
  hear('Fact ' + fact.getString('id'), fact)
}

export function handleSeldom(seldom: Entity): void {
  hear('Seldom ' + seldom.get('id')!.toBytes().toHexString(), seldom)
}

export function handleSample(sample: Entity): void {
  hear('Sample ' + sample.get('id')!.toI64().toString(), sample)
}

export function handleFailing(fact: Entity): void {
  assert(fact.getI32('n') != 6, 'of six no word')
  handleFact(fact)
}

/** Numbers what it hears, so that the order shows. */
function hear(what: string, entity: Entity): void {
  let last = store.get('Last', 'all')
  if (last == null) {
    last = new Entity()
    last.set('id', Value.fromString('all'))
    last.set('heard', Value.fromI32(0))
  }
  const heard = last.getI32('heard') + 1
  last.set('heard', Value.fromI32(heard))
  store.set('Last', 'all', last)

  const fields = new Array<string>()
  for (let i = 0; i < entity.entries.length; i++) {
    const entry = entity.entries[i]
    fields.push(entry.key + ': ' + textOf(entry.value) + ' ' + entry.value.kind.toString())
  }
  const id = heard.toString().padStart(4, '0')
  const made = new Entity()
  made.set('id', Value.fromString(id))
  made.set('what', Value.fromString(what))
  made.set('fields', Value.fromStringArray(fields))
  made.set('about', Value.fromString(dataSource.network() + ' ' + dataSource.address().toString().length.toString()))
  store.set('Heard', id, made)
}

/** What graph-ts has for it fails on a Timestamp. */
function textOf(value: Value): string {
  return value.kind == ValueKind.TIMESTAMP ? value.toTimestamp().toString() : value.displayData()
}
