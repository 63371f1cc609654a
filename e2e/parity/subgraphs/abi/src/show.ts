import { BigInt, ethereum } from '@graphprotocol/graph-ts'
import { Dump } from '../generated/schema'

/** A value with its kind, and those within it with theirs. */
export function show(value: ethereum.Value): string {
  switch (value.kind) {
    case ethereum.ValueKind.ADDRESS:
      return 'address ' + value.toAddress().toHexString()
    case ethereum.ValueKind.FIXED_BYTES:
      return 'fixed ' + value.toBytes().toHexString()
    case ethereum.ValueKind.BYTES:
      return 'bytes ' + value.toBytes().toHexString()
    case ethereum.ValueKind.INT:
      return 'int ' + value.toBigInt().toString()
    case ethereum.ValueKind.UINT:
      return 'uint ' + value.toBigInt().toString()
    case ethereum.ValueKind.BOOL:
      return value.toBoolean() ? 'true' : 'false'
    case ethereum.ValueKind.STRING:
      return '"' + value.toString() + '"'
    case ethereum.ValueKind.FIXED_ARRAY:
      return 'fixed [' + showAll(value.toArray()) + ']'
    case ethereum.ValueKind.ARRAY:
      return '[' + showAll(value.toArray()) + ']'
    case ethereum.ValueKind.TUPLE:
      return '(' + showAll(value.toTuple()) + ')'
    default:
      return 'another kind'
  }
}

export function showAll(values: Array<ethereum.Value>): string {
  let text = ''
  for (let i = 0; i < values.length; i++) text += (i > 0 ? ', ' : '') + show(values[i])
  return text
}

export function showParams(params: Array<ethereum.EventParam>): string {
  let text = ''
  for (let i = 0; i < params.length; i++) text += (i > 0 ? ', ' : '') + params[i].name + '=' + show(params[i].value)
  return text
}

export function valuesOf(params: Array<ethereum.EventParam>): Array<ethereum.Value> {
  const values = new Array<ethereum.Value>(params.length)
  for (let i = 0; i < params.length; i++) values[i] = params[i].value
  return values
}

export function tupleOf(values: Array<ethereum.Value>): ethereum.Value {
  return ethereum.Value.fromTuple(changetype<ethereum.Tuple>(values))
}

let places = 0

export function put(block: BigInt, at: BigInt, name: string, text: string): void {
  const dump = new Dump(block.toString() + '/' + at.toString() + '/' + name)
  dump.text = text
  dump.place = places++
  dump.save()
}
