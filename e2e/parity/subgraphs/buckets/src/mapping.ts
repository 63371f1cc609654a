import { BigDecimal, BigInt, Bytes } from '@graphprotocol/graph-ts'
import { Page, Price } from '../generated/schema'
import { Note, Words } from '../generated/Tape/Tape'

export function handleNote(event: Note): void {
  const price = new Price(0)
  price.symbol = event.params.op
  price.token = Bytes.fromI32(event.params.op.length)
  price.price = BigDecimal.fromString(event.params.text)
  price.amount = event.params.n
  price.size = event.params.n.mod(BigInt.fromI32(1000)).toI32()
  price.timestamp = 0
  price.save()
}

export function handleWords(event: Words): void {
  const words = event.params.words
  for (let i = 0; i + 1 < words.length; i += 2) {
    const page = new Page(event.params.op + i.toString())
    page.title = words[i]
    if (words[i + 1] != '') page.body = words[i + 1]
    page.save()
  }
}
