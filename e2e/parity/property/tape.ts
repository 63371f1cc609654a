import { Buffer } from 'node:buffer'
import type { Hex } from 'viem'
import type { Value, ValueKind, Write } from './sketch.ts'

/** As the mapping of `subgraphs/any` reads them. */
const kinds: Readonly<Record<ValueKind, number>> = {
  String: 1,
  Int: 2,
  BigDecimal: 3,
  Boolean: 4,
  Bytes: 6,
  BigInt: 7,
  Int8: 8,
  Timestamp: 9,
}

/** A write, whichever it is. */
export type Taped = Omit<Write, 'key'>

/** Writes as the bytes of an event: for each its type, its id, and the row's values by name. */
export function tapeOf(writes: readonly Taped[]): Hex {
  return `0x${Buffer.concat(writes.map(encodeWrite)).toString('hex')}`
}

function encodeWrite({ type, id, row }: Taped): Buffer {
  const head = Buffer.concat([text(type), text(id)])
  if (row === null) return Buffer.concat([head, Buffer.of(0)])
  const fields = Object.entries(row)
  return Buffer.concat([
    head,
    Buffer.of(1, fields.length),
    ...fields.map(([name, value]) => Buffer.concat([text(name), encodeValue(value)])),
  ])
}

function encodeValue(value: Value): Buffer {
  if (value === null) return Buffer.of(0)
  if ('items' in value) return Buffer.concat([Buffer.of(5, value.items.length), ...value.items.map(encodeValue)])
  const content = value.kind === 'Bytes' ? sized(Buffer.from(value.text.slice(2), 'hex')) : text(value.text)
  return Buffer.concat([Buffer.of(kinds[value.kind]), content])
}

const text = (content: string) => sized(Buffer.from(content, 'utf8'))

function sized(content: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(content.length)
  return Buffer.concat([length, content])
}
