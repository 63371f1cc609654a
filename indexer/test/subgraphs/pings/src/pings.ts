import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts'
import { Count, Ping, Pong } from '../generated/schema'

export function handlePing(event: ethereum.Event): void {
  ping(event, 'ping')
  count('handlePing')
}

/** Writes in this order: a Pong, a Ping, another Pong. */
export function handlePong(event: ethereum.Event): void {
  pong(event, 'a')
  ping(event, 'pong')
  pong(event, 'b')
}

/** What a later version does instead of handlePing. */
export function handleLoudPing(event: ethereum.Event): void {
  ping(event, 'PING')
  count('handleLoudPing')
}

/** What hangs instead of handlePong. */
export function handlePongForEver(event: ethereum.Event): void {
  ping(event, 'for ever')
  for (let turns = 0; turns >= 0; turns = (turns + 1) & 0xffff) {}
}

function idOf(event: ethereum.Event): Bytes {
  return event.transaction.hash.concatI32(event.logIndex.toI32())
}

function ping(event: ethereum.Event, text: string): void {
  const made = new Ping(idOf(event))
  made.block = event.block.number.toI32()
  made.text = text
  made.tags = [text, `${event.logIndex}`]
  made.size = BigInt.fromI32(2).pow(200)
  made.save()
}

function pong(event: ethereum.Event, suffix: string): void {
  const made = new Pong(`${idOf(event).toHexString()}-${suffix}`)
  made.ping = idOf(event)
  made.save()
}

function count(by: string): void {
  let total = Count.load('all')
  if (total == null) {
    total = new Count('all')
    total.pings = 0
  }
  total.pings += 1
  total.by = by
  total.save()
}
