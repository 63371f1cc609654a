import { BigInt, Bytes, dataSource, DataSourceContext, ethereum } from '@graphprotocol/graph-ts'
import { Born, Nursery, Seen } from '../generated/Nursery/Nursery'
import { Counter, Run } from '../generated/schema'
import { Child } from '../generated/templates'
import { Spoke } from '../generated/templates/Child/Child'

function ran(handler: string, block: ethereum.Block, text: string): void {
  const number = block.number.toI32()
  let counter = Counter.load(number.toString())
  if (counter === null) {
    counter = new Counter(number.toString())
    counter.count = 0
  }
  counter.count += 1
  counter.save()
  const run = new Run(number.toString() + '-' + counter.count.toString())
  run.handler = handler
  run.block = number
  run.place = counter.count
  run.text = text
  run.save()
}

export function handleBorn(event: Born): void {
  const receipt = event.receipt
  ran('born', event.block, event.params.name + (receipt === null ? ' without receipt' : ' ' + receipt.logs.length.toString()))
  if (event.params.name == 'plain') return Child.create(event.params.child)
  const context = new DataSourceContext()
  context.setString('name', event.params.name)
  context.setBigInt('serial', event.params.serial)
  Child.createWithContext(event.params.child, context)
}

export function handleSeen(event: Seen): void {
  ran('seen', event.block, event.params.d.toString())
}

export function handleSeenFiltered(event: Seen): void {
  ran('seen filtered', event.block, event.params.a.toString() + event.params.c.toHexString())
}

export function handleUnnamed(event: ethereum.Event): void {
  ran('unnamed', event.block, event.parameters.length.toString() + ' ' + event.parameters[1].value.toBigInt().toString())
}

export function handleSpoke(event: Spoke): void {
  const name = dataSource.context().get('name')
  ran('spoke', event.block, event.params.text + ' ' + (name === null ? '-' : name.toString()) + ' ' + dataSource.address().toHexString())
}

export function handleSpokeAnywhere(event: Spoke): void {
  ran('spoke anywhere', event.block, event.params.serial.toString() + event.address.toHexString())
}

export function handleOnce(block: ethereum.Block): void {
  ran('once', block, block.hash.toHexString())
}

export function handleChildOnce(block: ethereum.Block): void {
  ran('child once', block, dataSource.address().toHexString())
}

export function handleFifth(block: ethereum.Block): void {
  ran('fifth', block, '')
}

export function handleBlock(block: ethereum.Block): void {
  const count = block.number.gt(BigInt.fromI32(9)) ? Nursery.bind(dataSource.address()).try_count() : null
  ran('block', block, count === null ? '' : count.reverted ? 'reverted' : count.value.toString())
}
