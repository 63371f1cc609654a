import { dataSource, ethereum } from '@graphprotocol/graph-ts'
import { Counter, Step } from '../generated/schema'
import {
  ActCall,
  AttemptCall,
  Did,
  LendCall,
  LoudCall,
  Made,
  OuterCall,
  QuietCall,
  QuietThenRefuseCall,
  RefuseCall,
} from '../generated/Alpha/Target'
import { Child } from '../generated/templates'

function note(block: ethereum.Block, what: string): void {
  let counter = Counter.load('steps')
  if (!counter) {
    counter = new Counter('steps')
    counter.next = 1
  }
  const step = new Step(counter.next)
  step.block = block.number.toI32()
  step.what = dataSource.context().getString('name') + ' ' + what
  step.save()
  counter.next += 1
  counter.save()
}

export function handleDid(event: Did): void {
  note(event.block, 'Did ' + event.params.n.toString())
}

export function handleMade(event: Made): void {
  note(event.block, 'Made')
  const context = dataSource.context()
  context.setString('name', context.getString('name') + '/child')
  Child.createWithContext(event.params.child, context)
}

export function handleAct(call: ActCall): void {
  const names = call.inputValues.map<string>((each) => each.name).concat(call.outputValues.map<string>((each) => each.name))
  const transaction = call.transaction
  note(
    call.block,
    'act(' + call.inputs.n.toString() + ', ' + call.inputs.note + ') = ' + call.outputs.sum.toString() + ' ' +
      call.outputs.hash.toHexString().slice(0, 10) + ' from ' + call.from.toHexString() + ' to ' + call.to.toHexString() +
      ' value ' + transaction.value.toString() + ' index ' + transaction.index.toString() + ' names ' + names.join(' ') +
      ' same ' + (transaction.from == call.from).toString(),
  )
}

export function handleQuiet(call: QuietCall): void {
  note(call.block, 'quiet ' + call.inputs.n.toString() + ' from ' + call.from.toHexString())
}

export function handleLoud(call: LoudCall): void {
  note(call.block, 'loud ' + call.inputs.n.toString())
}

export function handleRefuse(call: RefuseCall): void {
  note(call.block, 'refuse')
}

export function handleOuter(call: OuterCall): void {
  note(call.block, 'outer ' + call.outputs.value0.toString())
}

export function handleQuietThenRefuse(call: QuietThenRefuseCall): void {
  note(call.block, 'quietThenRefuse')
}

export function handleAttempt(call: AttemptCall): void {
  note(call.block, 'attempt')
}

export function handleLend(call: LendCall): void {
  note(call.block, 'lend')
}

export function handleCalled(block: ethereum.Block): void {
  note(block, 'called')
}

export function handleOnce(block: ethereum.Block): void {
  note(block, 'once')
}

export function handlePolling(block: ethereum.Block): void {
  note(block, 'polling')
}

export function handleEvery(block: ethereum.Block): void {
  note(block, 'every')
}
