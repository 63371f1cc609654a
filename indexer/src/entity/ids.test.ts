import { describe, expect, it } from 'vitest'
import { canonicalId, generateId, idProblem } from './ids.ts'

describe('an Int8 id', () => {
  it.each([
    ['7', '7'],
    ['+7', '7'],
    ['-007', '-7'],
    ['-0', '0'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
  ])('written as %s is known as %s', (id, known) => {
    expect(canonicalId('Int8', id)).toBe(known)
  })

  it.each([
    ['', 'cannot parse integer from empty string'],
    ['one', 'invalid digit found in string'],
    ['1.0', 'invalid digit found in string'],
    ['9223372036854775808', 'number too large to fit in target type'],
    ['-9223372036854775809', 'number too small to fit in target type'],
  ])('is not "%s": %s', (id, why) => {
    expect(canonicalId('Int8', id)).toBeNull()
    expect(idProblem('Int8', id)).toBe(`can not convert \`${id}\` to Id::Int8: ${why}`)
  })
})

it('is made of the block and of a count in it, for the ids of types that have one', () => {
  expect(generateId('Int8', 3, 5)).toBe(String(3n * 2n ** 32n + 5n))
  expect(generateId('Bytes', 3, 0x1_0000)).toBe('0x0000000300010000')
  expect(() => generateId('String', 3, 5)).toThrow('String does not support generating ids')
})
