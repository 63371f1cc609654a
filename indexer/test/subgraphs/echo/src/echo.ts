import { DataSourceTemplate, dataSource, Entity, ethereum, store, Value } from '@graphprotocol/graph-ts'

export function handlePing(ping: Entity): void {
  hear('Ping', ping.getBytes('id').toHexString(), ping)
}

export function handlePong(pong: Entity): void {
  hear('Pong', pong.getString('id'), pong)
}

/** Also listens to the logger, from block 3 on. */
export function handlePingAndListen(ping: Entity): void {
  handlePing(ping)
  if (ping.getI32('block') == 3) DataSourceTemplate.create('Logger', ['0x5fbdb2315678afecb367f032d93f642f64180aa3'])
}

export function handleLog(event: ethereum.Event): void {
  hear('Log', event.block.number.toString(), new Entity())
}

/** Numbers what it hears, so that the order shows. */
function hear(what: string, id: string, entity: Entity): void {
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
    fields.push(`${entry.key}: ${entry.value.displayData()} ${entry.value.displayKind()}`)
  }
  const made = new Entity()
  made.set('id', Value.fromString(heard.toString().padStart(4, '0')))
  made.set('what', Value.fromString(`${what} ${id}`))
  made.set('fields', Value.fromStringArray(fields))
  made.set('about', Value.fromString(`${dataSource.network()} ${dataSource.address().toString()}`))
  store.set('Heard', heard.toString().padStart(4, '0'), made)
}
