/** The little of protobuf's wire format that IPFS uses: whole numbers and byte strings, each behind its field's number. */
export type Field = readonly [number: number, value: number | Uint8Array]

export function encodeFields(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([number, value]) =>
      typeof value === 'number'
        ? [varint(number << 3), varint(value)]
        : [varint((number << 3) | 2), varint(value.byteLength), value],
    ),
  )
}

/** @returns the fields in their order; null for what is not in this format */
export function decodeFields(bytes: Uint8Array): Field[] | null {
  const fields: Field[] = []
  for (let at = 0; at < bytes.length; ) {
    const key = readVarint(bytes, at)
    const value = key && readVarint(bytes, key.end)
    if (!value) return null
    const number = Math.floor(key.value / 8)
    const kind = key.value % 8
    if (kind === 0) {
      fields.push([number, value.value])
      at = value.end
    } else if (kind === 2 && value.end + value.value <= bytes.length) {
      at = value.end + value.value
      fields.push([number, bytes.subarray(value.end, at)])
    } else return null
  }
  return fields
}

/** @param value - below 2^53 */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Uint8Array.from([...bytes, rest])
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } | null {
  let value = 0
  for (let at = start; at < bytes.length && at < start + 8; at++) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * (at - start))
    if (byte < 0x80) return Number.isSafeInteger(value) ? { value, end: at + 1 } : null
  }
  return null
}
