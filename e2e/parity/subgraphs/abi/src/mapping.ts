import { Address, ethereum } from '@graphprotocol/graph-ts'
import { Fixed, Flat, Lists, Same, Same1, Shapes, Tuples } from '../generated/Shapes/Shapes'
import { put, show, showAll, showParams, tupleOf, valuesOf } from './show'

/** Three ways of the same values: as they came, through the encoding and back, and through the contract and back. */
function dump(event: ethereum.Event, name: string, fn: string, types: Array<string>, results: Array<string>): void {
  const values = valuesOf(event.parameters)
  put(event.block.number, event.logIndex, name, showParams(event.parameters))
  const whole = ethereum.encode(tupleOf(values))
  put(event.block.number, event.logIndex, name + ' encoded', whole === null ? 'null' : whole.toHexString())
  if (whole !== null) {
    const back = ethereum.decode('(' + types.join(',') + ')', whole)
    put(event.block.number, event.logIndex, name + ' decoded', back === null ? 'null' : show(back))
  }
  for (let i = 0; i < values.length; i++) {
    const one = ethereum.encode(values[i])
    if (one === null) continue
    const back = ethereum.decode(types[i], one)
    const text = one.toHexString() + ' ' + (back === null ? 'null' : show(back))
    put(event.block.number, event.logIndex, name + ' alone ' + i.toString(), text)
  }
  const signature = fn + '(' + types.join(',') + '):(' + results.join(',') + ')'
  const answer = ethereum.call(new ethereum.SmartContractCall('Shapes', event.address, fn, signature, values))
  put(event.block.number, event.logIndex, name + ' called', answer === null ? 'null' : showAll(answer))
}

/** Of every width from `first` to the widest. */
function widths(type: string, first: i32, last: i32): string {
  let text = ''
  for (let width = first; width <= last; width += first) text += (width > first ? ',' : '') + type + width.toString()
  return '(' + text + ')'
}

const INNER = '(int128,bytes3)'
const OUTER = '(' + INNER + ',' + INNER + '[],string[2])'
const DEEP = '(' + OUTER + '[2],' + OUTER + '[][],bool[])'

export function handleWidths(event: ethereum.Event): void {
  const types = [widths('uint', 8, 256), widths('int', 8, 256), widths('bytes', 1, 32)]
  dump(event, 'widths', 'widths', types, types)
}

export function handleFlat(event: Flat): void {
  const types = ['bool', 'address', 'uint8', 'bytes', 'string']
  dump(event, 'flat', 'flat', types, types)
  const p = event.params
  const text = (p.a ? 'true' : 'false') + p.b.toHexString() + p.c.toString() + p.d.toHexString() + p.e
  put(event.block.number, event.logIndex, 'flat, typed', text)
}

export function handleLists(event: Lists): void {
  const types = ['uint256[]', 'address[]', 'string[]', 'bytes[]', 'bool[]']
  dump(event, 'lists', 'lists', types, types)
  const p = event.params
  const v = Shapes.bind(event.address).try_lists(p.a, p.b, p.c, p.d, p.e).value
  let text = ''
  for (let i = 0; i < v.value0.length; i++) {
    text += v.value0[i].toString() + v.value1[i].toHexString() + v.value2[i] + v.value3[i].toHexString() + (v.value4[i] ? 'true' : 'false')
  }
  put(event.block.number, event.logIndex, 'lists, bound', text)
}

export function handleFixed(event: Fixed): void {
  const types = ['uint8[3]', 'string[2]', 'int256[2][3]', 'address[2][]', 'bytes4[]']
  dump(event, 'fixed', 'fixedLists', types, types)
  const p = event.params
  let text = p.a.length.toString() + p.b[1] + p.c[2][1].toString()
  for (let i = 0; i < p.d.length; i++) text += p.d[i][1].toHexString()
  put(event.block.number, event.logIndex, 'fixed, typed', text)
}

export function handleNested(event: ethereum.Event): void {
  const types = ['uint256[][]', 'string[][]', 'bytes4[2][]']
  dump(event, 'nested', 'nested', types, types)
}

export function handleTuples(event: Tuples): void {
  const types = [OUTER, OUTER + '[]', INNER]
  dump(event, 'tuples', 'tuples', types, types)
  const p = event.params
  let text = p.a.inner.n.toString() + p.a.pair[1] + p.c.tag.toHexString()
  for (let i = 0; i < p.b.length; i++) text += p.b[i].list.length.toString() + p.b[i].inner.tag.toHexString()
  put(event.block.number, event.logIndex, 'tuples, typed', text)
}

export function handleDeeper(event: ethereum.Event): void {
  const types = [DEEP, INNER + '[][]']
  dump(event, 'deeper', 'deeper', types, [DEEP, 'uint256'])
}

export function handlePlain(event: ethereum.Event): void {
  put(event.block.number, event.logIndex, 'plain', showParams(event.parameters))
}

export function handleSame(event: Same): void {
  put(event.block.number, event.logIndex, 'same', event.params.a.toString())
}

export function handleSameToo(event: Same1): void {
  put(event.block.number, event.logIndex, 'same, too', event.params.a.toString() + event.params.b)
}

export function handleUnnamed(event: ethereum.Event): void {
  put(event.block.number, event.logIndex, 'unnamed', showParams(event.parameters))
}

export function handleSaid(event: ethereum.Event): void {
  put(event.block.number, event.logIndex, 'said', showParams(event.parameters))
}

export function handleCall(call: ethereum.Call): void {
  const to = call.to == (changetype<Address>(call.transaction.to)) ? 'outer' : 'inner'
  const sizes = call.transaction.input.length.toString() + ' ' + call.transaction.value.toString() + ' ' + call.transaction.hash.toHexString()
  put(call.block.number, call.transaction.index, 'call ' + to + ' ' + call.from.toHexString(), sizes)
  put(call.block.number, call.transaction.index, 'call ' + to + ', inputs', showParams(call.inputValues))
  put(call.block.number, call.transaction.index, 'call ' + to + ', outputs', showParams(call.outputValues))
}
