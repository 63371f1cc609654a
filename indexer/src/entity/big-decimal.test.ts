import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import * as decimal from './big-decimal.ts'

const text = (value: decimal.BigDecimal) => decimal.toText(value)
const d = decimal.fromString

it('rounds positive results half up to 34 digits', () => {
  expect(text(decimal.dividedBy(d('2'), d('3')))).toBe('0.6666666666666666666666666666666667')
  expect(text(d('1'.repeat(35)))).toBe('11111111111111111111111111111111110')
})

it('cuts negative results, and leaves many of them 35 digits', () => {
  expect(text(decimal.dividedBy(d('-2'), d('3')))).toBe('-0.66666666666666666666666666666666666')
  expect(text(decimal.dividedBy(d('-1'), d('7')))).toBe('-0.14285714285714285714285714285714285')
  expect(decimal.dividedBy(d('-1'), d('1.005')).digits.toString()).toHaveLength('-'.length + 34)
  expect(text(d(`-${'1'.repeat(35)}`))).toBe(`-${'1'.repeat(35)}`)
  expect(text(d(`-${'9'.repeat(35)}`))).toBe(`-${'9'.repeat(34)}0`)
})

it('lets a number change by being negated twice', () => {
  const value = d(`-${'1'.repeat(35)}`)
  const negated = (one: decimal.BigDecimal) => decimal.minus(decimal.zero, one)
  expect(decimal.equals(negated(negated(value)), value)).toBe(false)
})

it.each([
  ['.5', '0.5'],
  ['5.', '5'],
  ['-0', '0'],
  ['1.0', '1'],
  ['100', '100'],
  ['1e-6', '0.000001'],
  ['+2.50E+2', '250'],
  ['-0.001', '-0.001'],
  ['1_000', '1000'],
])('reads %s as %s', (given, wanted) => {
  expect(text(d(given))).toBe(wanted)
})

it.each(['', 'e5', '.', '-', '_1', '1e', '1.2.3', 'NaN', ' 1', '0x1'])('refuses "%s"', (given) => {
  expect(() => d(given)).toThrow(`string  is not a BigDecimal: '${given}'`)
})

it('prints a thousand decimals rather than an exponent', () => {
  expect(text(d('1e-1000'))).toBe(`0.${'0'.repeat(999)}1`)
  expect(text(d('1e1000'))).toBe(`1${'0'.repeat(1000)}`)
})

it('keeps 100 as one digit', () => {
  expect(d('100')).toEqual({ digits: 1n, scale: -2 })
})

it('refuses to divide by zero', () => {
  expect(() => decimal.dividedBy(d('1.5'), decimal.zero)).toThrow('attempted to divide BigDecimal `1.5` by zero')
})

it('rounds the hundredth digit of a quotient before it rounds to 34', () => {
  expect(text(decimal.dividedBy(d('1'), d('3')))).toBe(`0.${'3'.repeat(34)}`)
  expect(text(decimal.dividedBy(d('5'), d('1e40')))).toBe(`0.${'0'.repeat(39)}5`)
})

it('cuts a negative quotient that comes out even by its own digits, not by those of a longer division', () => {
  const quotient = decimal.dividedBy(d('-5561729089031738133917421852637495.7'), d('1.25e9'))
  expect(quotient).toEqual(divideByTheBook(d('-5561729089031738133917421852637495.7'), d('1.25e9')))
})

// The crate's own algorithm, line by line, with no shortcut.
function normaliseByTheBook(digits: bigint, scale: number): decimal.BigDecimal {
  if (digits === 0n) return { digits: 0n, scale: 0 }
  const size = digits < 0n ? -digits : digits
  let count = Math.floor(size.toString(2).length / 3.3219280949)
  while (digits >= 10n ** BigInt(count)) count += 1
  let kept = digits
  let keptScale = scale
  if (count > 34) {
    const unit = 10n ** BigInt(count - 34)
    const rest = digits % unit
    kept = digits / unit
    if (unit < 10n * rest && Number(rest.toString().charAt(0)) >= 5) kept += 1n
    keptScale -= count - 34
  }
  while (kept % 10n === 0n) {
    kept /= 10n
    keptScale -= 1
  }
  return { digits: kept, scale: keptScale }
}

function divideByTheBook(a: decimal.BigDecimal, b: decimal.BigDecimal): decimal.BigDecimal {
  const isNegative = a.digits < 0n !== b.digits < 0n
  let dividend = a.digits < 0n ? -a.digits : a.digits
  const divisor = b.digits < 0n ? -b.digits : b.digits
  let scale = a.scale - b.scale
  while (dividend < divisor) {
    dividend *= 10n
    scale += 1
  }
  let quotient = dividend / divisor
  let rest = (dividend % divisor) * 10n
  while (rest !== 0n && quotient.toString().length < 100) {
    quotient = quotient * 10n + rest / divisor
    rest = (rest % divisor) * 10n
    scale += 1
  }
  if (rest !== 0n && rest / divisor >= 5n) quotient += 1n
  return normaliseByTheBook(isNegative ? -quotient : quotient, scale)
}

const anyDigits = fc.oneof(
  fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n }),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
  fc.bigInt({ min: -(10n ** 80n), max: 10n ** 80n }),
  fc.tuple(fc.bigInt({ min: -999n, max: 999n }), fc.nat(60)).map(([head, zeros]) => head * 10n ** BigInt(zeros)),
)
const anyDecimal = fc
  .tuple(anyDigits, fc.integer({ min: -40, max: 40 }))
  .map(([digits, scale]) => decimal.normalise(digits, scale))

it('normalises as the crate does, digit for digit', () => {
  fc.assert(
    fc.property(anyDigits, fc.integer({ min: -50, max: 50 }), (digits, scale) => {
      expect(decimal.normalise(digits, scale)).toEqual(normaliseByTheBook(digits, scale))
    }),
    { numRuns: 2000 },
  )
})

it('divides as the crate does, digit for digit', () => {
  fc.assert(
    fc.property(anyDecimal, anyDecimal, (a, b) => {
      fc.pre(a.digits !== 0n && b.digits !== 0n && !(b.digits === 1n && b.scale === 0))
      expect(decimal.dividedBy(a, b)).toEqual(divideByTheBook(a, b))
    }),
    { numRuns: 3000 },
  )
})

it('adds, subtracts and compares exactly', () => {
  fc.assert(
    fc.property(anyDecimal, anyDecimal, (a, b) => {
      const scale = Math.max(a.scale, b.scale)
      const left = a.digits * 10n ** BigInt(scale - a.scale)
      const right = b.digits * 10n ** BigInt(scale - b.scale)
      expect(decimal.plus(a, b)).toEqual(normaliseByTheBook(left + right, scale))
      expect(decimal.minus(a, b)).toEqual(normaliseByTheBook(left - right, scale))
      expect(decimal.compare(a, b)).toBe(left < right ? -1 : left > right ? 1 : 0)
    }),
  )
})

it('prints what it reads', () => {
  fc.assert(
    fc.property(anyDecimal, (value) => {
      // Zeros that are written out count as digits again, which can cut a negative number once more.
      const { digits, scale } =
        value.scale < 0 ? { digits: value.digits * 10n ** BigInt(-value.scale), scale: 0 } : value
      expect(d(text(value))).toEqual(normaliseByTheBook(digits, scale))
    }),
  )
})
