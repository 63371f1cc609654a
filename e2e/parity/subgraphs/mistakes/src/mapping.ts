import { BigDecimal, BigInt, json } from '@graphprotocol/graph-ts'
import { Row } from '../generated/schema'
import { Note } from '../generated/Tape/Tape'

export function handleNote(event: Note): void {
  const row = new Row(event.block.number.toString() + '-' + event.logIndex.toString())
  row.text = answer(event.params.op, event.params.text, event.params.n)
  row.save()
}

/** What a host function makes of a text or a number that it may not like. */
function answer(op: string, text: string, n: BigInt): string {
  if (op == 'integer') return BigInt.fromString(text).toString()
  if (op == 'i64') return json.toI64(text).toString()
  if (op == 'exponent') {
    const made = new BigDecimal(BigInt.fromI32(7))
    made.exp = n
    return made.toString().length.toString()
  }
  return op
}
