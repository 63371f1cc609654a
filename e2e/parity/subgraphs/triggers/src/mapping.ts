import { BigInt, dataSource, DataSourceContext, ethereum } from '@graphprotocol/graph-ts'
import { Born, MakeCall, Nursery, Seen, SpeakCall as SpeakAtCall, StumbleCall, TumbleCall } from '../generated/Nursery/Nursery'
import { Counter, Run } from '../generated/schema'
import { Child, Double } from '../generated/templates'
import { SpeakCall, Spoke } from '../generated/templates/Child/Child'

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

export function handleSeenAnywhere(event: Seen): void {
  ran('seen anywhere', event.block, dataSource.address().toHexString())
}

export function handleSeenFiltered(event: Seen): void {
  ran('seen filtered', event.block, event.params.a.toString() + event.params.c.toHexString())
}

export function handleUnnamed(event: ethereum.Event): void {
  ran('unnamed', event.block, event.parameters.length.toString() + ' ' + event.parameters[1].value.toBigInt().toString())
}

/** Of the same log, and without a receipt of its own. */
export function handleBornToo(event: Born): void {
  ran('born too', event.block, event.receipt === null ? 'without receipt' : 'with receipt')
}

export function handleSpoke(event: Spoke): void {
  const name = dataSource.context().get('name')
  if (event.params.text.startsWith('double')) {
    // What is created here gets nothing of this context but what is given.
    if (event.params.text == 'double') Double.create(event.address)
    else Double.createWithContext(event.address, dataSource.context())
  }
  ran('spoke', event.block, event.params.text + ' ' + (name === null ? '-' : name.toString()) + ' ' + dataSource.address().toHexString())
}

export function handleSpokeAnywhere(event: Spoke): void {
  const receipt = event.receipt === null ? 'without receipt' : 'with receipt'
  ran('spoke anywhere', event.block, event.params.serial.toString() + event.address.toHexString() + receipt)
}

export function handleOnce(block: ethereum.Block): void {
  ran('once', block, block.hash.toHexString())
  Double.create(dataSource.address())
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

export function handleSpokeDouble(event: Spoke): void {
  const context = dataSource.context()
  ran('double', event.block, event.params.text + ' ' + context.entries.length.toString())
}

export function handleDoubleBlock(block: ethereum.Block): void {
  ran('double block', block, dataSource.context().entries.length.toString())
}

export function handleChildSecond(block: ethereum.Block): void {
  ran('child second', block, dataSource.address().toHexString())
}

function called(name: string, call: ethereum.Call, text: string): void {
  const at = call.from.toHexString() + ' ' + call.to.toHexString() + ' ' + call.transaction.hash.toHexString()
  ran('called ' + name, call.block, at + ' ' + call.transaction.index.toString() + ' ' + text)
}

export function handleMake(call: MakeCall): void {
  called('make', call, call.inputs.name + ' ' + call.inputs.isLoud.toString())
}

export function handleSpeakAt(call: SpeakAtCall): void {
  called('speak at', call, call.inputs.serial.toString() + call.inputs.text)
}

export function handleTumble(call: TumbleCall): void {
  called('tumble', call, call.inputs.text + ' ' + call.outputs.told.toString() + call.outputs.last)
  Double.create(call.from)
}

export function handleStumble(call: StumbleCall): void {
  called('stumble', call, call.inputs.text)
}

export function handleSpeak(call: SpeakCall): void {
  called('speak', call, call.inputs.text + ' ' + dataSource.address().toHexString())
}
