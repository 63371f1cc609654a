import type { Random } from '../random.ts'
import type { Value, ValueKind } from './sketch.ts'

const long = 'long '.repeat(60)

/** Values at the edges of each scalar, and common ones often enough that rows have something in common. */
export const scalarTexts: Readonly<Record<ValueKind, readonly string[]>> = {
  String: [
    ...[
      '',
      'a',
      'a',
      'A',
      'ab',
      'b%',
      'b_c',
      'Straße',
      'STRASSE',
      'ñandú',
      'Ñ',
      'e\u0301',
      '😀',
      '10',
      '9',
      ' x ',
      'i',
    ],
    ...[
      'quote"',
      "it's",
      'back\\slash',
      'line\nbreak',
      'nul\0l',
      '\u{10ffff}',
      'İ',
      'ﬀ',
      long,
      `${long}!`,
      'fox',
      'a fox',
    ],
    ...[
      '\b',
      '\u0001',
      'a\u001fb',
      '\u007f',
      '\t',
      'a\r\n',
      '\f',
      '\u0085',
      '\u2028',
      '\ufeff',
      '\ufffd',
      '\ue000',
      '%',
      '_',
      '\\%',
      'a',
      'a',
      'A',
      'fox',
      'b_c',
    ],
  ],
  Int: ['0', '1', '1', '-1', '7', '2147483647', '-2147483648'],
  Int8: ['0', '1', '1', '-1', '3000000000', '9223372036854775807', '-9223372036854775808', '9007199254740993'],
  BigInt: [
    '0',
    '1',
    '1',
    '-1',
    '100',
    `${2n ** 256n - 1n}`,
    `${-(2n ** 255n)}`,
    `${-(2n ** 256n)}`,
    `${10n ** 40n}`,
    '9007199254740993',
  ],
  BigDecimal: [
    ...['0', '1', '1', '-1', '0.5', '-0.5', '1.10', '100', '1e30', '1e-30', '-1e-100', '123456789.987654321'],
    ...[
      '0.1234567890123456789012345678901234',
      '12345678901234567890123456789012345',
      '9999999999999999999999999999999999.9',
      '-9999999999999999999999999999999999.9',
      '-0.00000012345678901234567890123456789012345',
      '1e6000',
      '-1e-6000',
    ],
  ],
  Boolean: ['true', 'false'],
  Bytes: [
    '0x',
    '0x00',
    '0x00',
    '0xff',
    '0x00ff',
    '0x0102',
    '0xdeadbeef',
    `0x${'ab'.repeat(32)}`,
    `0x${'cd'.repeat(400)}`,
  ],
  Timestamp: [
    '0',
    '1',
    '1600000000000000',
    '1600000000000001',
    '1700000000123456',
    '-1000000',
    '253402300799000000',
    '-62135596800000000',
  ],
}

/** The kind a scalar is written as; undefined for what is none. */
export function kindOf(scalar: string): ValueKind | undefined {
  if (scalar === 'ID') return 'String'
  return scalar in scalarTexts ? (scalar as ValueKind) : undefined
}

export function drawValue(kind: ValueKind, random: Random): Value {
  return { kind, text: random.pick(scalarTexts[kind]) ?? '' }
}

/** Ids that few rows share. */
export const idTexts: Readonly<Record<string, readonly string[]>> = {
  ID: ['a', 'b', 'B', '1', '2', '10', 'ñ', 'x-y', '0x01', 'zz', '%', '\t\b', "'"],
  String: ['a', 'b', 'A', '1', '9', '10', '😀', ' ', 'q"', 'zz', '\\%', '\u0001', '\u007f'],
  Bytes: [
    '0x00',
    '0x01',
    '0x0100',
    '0xff',
    '0xff00',
    `0x${'aa'.repeat(20)}`,
    `0x${'ab'.repeat(32)}`,
    '0x61',
    '0x10',
    '0x02',
  ],
  Int8: ['0', '1', '2', '10', '-5', '4294967296', '9223372036854775807', '-9223372036854775808', '99', '7'],
}
