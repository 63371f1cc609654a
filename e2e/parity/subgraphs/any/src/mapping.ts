import { BigDecimal, BigInt, Bytes, Entity, store, Value } from '@graphprotocol/graph-ts'
import { Words } from '../generated/Tape/Tape'

/** Writes rows of any schema: what and where is in the event's bytes, as `property/tape.ts` puts it there. */
export function handleWords(event: Words): void {
  const tape = new Tape(event.params.data)
  while (!tape.isAtEnd()) {
    const type = tape.text()
    const id = tape.text()
    if (tape.byte() == 0) {
      store.remove(type, id)
    } else {
      const entity = new Entity()
      const count = tape.byte()
      for (let i: u8 = 0; i < count; i++) {
        const name = tape.text()
        entity.set(name, tape.value())
      }
      store.set(type, id, entity)
    }
  }
}

class Tape {
  private at: i32 = 0

  constructor(private bytes: Bytes) {}

  isAtEnd(): bool {
    return this.at >= this.bytes.length
  }

  byte(): u8 {
    return this.bytes[this.at++]
  }

  raw(): Bytes {
    const length = (<i32>this.byte() << 8) | <i32>this.byte()
    const raw = new Bytes(length)
    for (let i = 0; i < length; i++) raw[i] = this.byte()
    return raw
  }

  text(): string {
    const raw = this.raw()
    return String.UTF8.decodeUnsafe(raw.dataStart, raw.byteLength)
  }

  value(): Value {
    const kind = this.byte()
    if (kind == 0) return Value.fromNull()
    if (kind == 1) return Value.fromString(this.text())
    if (kind == 2) return Value.fromI32(I32.parseInt(this.text()))
    if (kind == 3) return Value.fromBigDecimal(BigDecimal.fromString(this.text()))
    if (kind == 4) return Value.fromBoolean(this.text() == 'true')
    if (kind == 5) {
      const items = new Array<Value>(this.byte())
      for (let i = 0; i < items.length; i++) items[i] = this.value()
      return Value.fromArray(items)
    }
    if (kind == 6) return Value.fromBytes(this.raw())
    if (kind == 7) return Value.fromBigInt(BigInt.fromString(this.text()))
    if (kind == 8) return Value.fromI64(BigInt.fromString(this.text()).toI64())
    return Value.fromTimestamp(BigInt.fromString(this.text()).toI64())
  }
}
