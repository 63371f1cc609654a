import type { Hex } from '../chain/block.ts'
import type { Field, IdType } from '../deployment/schema.ts'
import * as bigDecimal from '../entity/big-decimal.ts'
import type { Entity } from '../entity/entity.ts'
import { expectedKind } from '../entity/validate.ts'
import type { Value } from '../entity/value.ts'
import { StoreConstraintError, StoreMismatchError } from '../errors.ts'
import { parseArray, writeArray } from './array-text.ts'
import type { Table } from './layout.ts'
import type { Cell, Row } from './postgres.ts'

/** A value as Postgres reads it from text; null for SQL's null. NULs in strings are dropped, as text cannot hold them. */
export function encodeValue(value: Value | undefined): string | null {
  if (value === undefined) return null
  switch (value.kind) {
    case 'Null':
      return null
    case 'String':
      return withoutNul(value.value)
    case 'Bytes':
      return `\\x${value.value.slice(2)}`
    case 'Boolean':
      return value.value ? 't' : 'f'
    case 'BigDecimal':
      return `${value.value.digits}e${-value.value.scale}`
    case 'Timestamp':
      return encodeTimestamp(value.value)
    case 'List':
      return writeArray(value.value.map(encodeElement))
    default:
      return String(value.value)
  }
}

/** An id, which is known by its text, as Postgres reads it. */
export function encodeId(idType: IdType, id: string): string {
  return idType === 'Bytes' ? `\\x${id.slice(2)}` : withoutNul(id)
}

/**
 * @returns the entity of a row that has all of a table's columns under their names; nulls are left out
 * @throws {@link StoreMismatchError} if a cell holds what no mapping can have written
 */
export function decodeEntity(table: Table, row: Row): Entity {
  const entity = new Map<string, Value>()
  for (const { name, field } of table.columns) {
    const cell = row[name] ?? null
    try {
      const value = decodeCell(field, cell)
      if (value !== null) entity.set(field.name, value)
    } catch {
      throw new StoreMismatchError(`${table.name}.${name} of ${String(row.id)} holds ${String(cell).slice(0, 100)}`)
    }
  }
  return entity
}

/** @returns the value of a cell of this field's column, or null for SQL's null */
export function decodeCell(field: Field, cell: Cell): Value | null {
  if (cell === null) return null
  const kind = expectedKind(field)
  if (!field.isList) return decodeScalar(kind, cell)
  return {
    kind: 'List',
    value: parseArray(String(cell)).map((element) =>
      element === null ? { kind: 'Null' } : decodeScalar(kind, element),
    ),
  }
}

/** Microseconds since the epoch as `1970-01-01T00:00:00.000000Z`. */
export function encodeTimestamp(micros: bigint): string {
  const seconds = micros >= 0n ? micros / 1_000_000n : -((999_999n - micros) / 1_000_000n)
  const date = new Date(Number(seconds) * 1000)
  const year = date.getUTCFullYear()
  if (!(year >= 1 && year <= 275_000)) {
    throw new StoreConstraintError(`the timestamp ${micros} (in microseconds) is out of range`, null)
  }
  const fraction = (micros - seconds * 1_000_000n).toString().padStart(6, '0')
  return `${date.toISOString().replace('+', '').slice(0, -5)}.${fraction}Z`
}

/** Reads `2023-11-14 22:13:21.5+00`, as a server whose time zone is UTC writes it. */
export function decodeTimestamp(text: string): bigint {
  const match = /^(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text)
  if (match === null) throw new RangeError(`"${text}" is no timestamp in UTC`)
  const [, year, month, day, hour, minute, second, fraction = ''] = match
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second))
  return BigInt(date.getTime()) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

export function bytesToHex(cell: Cell): Hex {
  return `0x${String(cell).slice(2)}`
}

function decodeScalar(kind: ReturnType<typeof expectedKind>, cell: Exclude<Cell, null>): Value {
  switch (kind) {
    case 'String':
      return { kind, value: String(cell) }
    case 'Bytes':
      return { kind, value: bytesToHex(cell) }
    case 'Boolean':
      return { kind, value: cell === true || cell === 't' }
    case 'Int':
      return { kind, value: Number(cell) }
    case 'Int8':
      return { kind, value: BigInt(cell) }
    case 'BigInt':
      return { kind, value: BigInt(cell) }
    case 'BigDecimal':
      return { kind, value: bigDecimal.fromString(String(cell)) }
    case 'Timestamp':
      return { kind, value: decodeTimestamp(String(cell)) }
  }
}

function encodeElement(value: Value): string {
  const text = encodeValue(value)
  if (text === null) throw new StoreConstraintError('a list cannot hold null', null)
  return text
}

function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}
