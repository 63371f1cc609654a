import { MappingError } from '../errors.ts'

/** digits × 10^-scale, normalised as graph-node's crate does it: 34 significant digits, no trailing zeros. */
export interface BigDecimal {
  readonly digits: bigint
  readonly scale: number
}

export const zero: BigDecimal = { digits: 0n, scale: 0 }

const maxDigits = 34
const divisionDigits = 100
/** How many bits graph-node's crate thinks a decimal digit has. */
const bitsPerDigit = 3.3219280949
const limit = 10n ** BigInt(maxDigits)
const small = BigInt(Number.MAX_SAFE_INTEGER)
const powers: bigint[] = Array.from({ length: 128 }, (_, exponent) => 10n ** BigInt(exponent))

/**
 * Cuts a value to what graph-node would keep of it after any operation. Negative values are not the mirror image of positive
 * ones: they are truncated, not rounded, and keep 34 or 35 digits, because the crate's digit counter never corrects its first
 * guess for them. Mappings see the difference, so it is part of the result.
 * @see akubera/bigdecimal-rs 0.1.2 `with_prec`, graphprotocol/graph-node graph/src/data/store/scalar/bigdecimal.rs `normalized`
 */
export function normalise(digits: bigint, scale: number): BigDecimal {
  if (digits === 0n) return zero
  if (digits < limit && digits > -limit) return stripZeros(digits, scale)
  const excess = countDigits(digits) - maxDigits
  if (excess <= 0) return stripZeros(digits, scale)
  const unit = powerOfTen(excess)
  const kept = digits / unit
  const isRoundedUp = digits > 0n && (digits - kept * unit) * 2n >= unit
  return stripZeros(isRoundedUp ? kept + 1n : kept, scale - excess)
}

export function plus(a: BigDecimal, b: BigDecimal): BigDecimal {
  if (a.scale === b.scale) return normalise(a.digits + b.digits, a.scale)
  return a.scale > b.scale
    ? normalise(a.digits + b.digits * powerOfTen(a.scale - b.scale), a.scale)
    : normalise(a.digits * powerOfTen(b.scale - a.scale) + b.digits, b.scale)
}

export function minus(a: BigDecimal, b: BigDecimal): BigDecimal {
  return plus(a, { digits: -b.digits, scale: b.scale })
}

export function times(a: BigDecimal, b: BigDecimal): BigDecimal {
  return normalise(a.digits * b.digits, a.scale + b.scale)
}

/**
 * Long division to 100 digits, half up, then normalised: two roundings, as in graph-node.
 * @throws {@link MappingError} if the divisor is zero
 */
export function dividedBy(a: BigDecimal, b: BigDecimal): BigDecimal {
  if (b.digits === 0n) throw new MappingError(`attempted to divide BigDecimal \`${toText(a)}\` by zero`)
  if (a.digits === 0n || (b.digits === 1n && b.scale === 0)) return a
  if (a.digits === b.digits) return normalise(1n, a.scale - b.scale)
  const isNegative = a.digits < 0n !== b.digits < 0n
  const { digits, scale } = divideAbsolute(absolute(a.digits), absolute(b.digits), a.scale - b.scale)
  return normalise(isNegative ? -digits : digits, scale)
}

/** Numeric: 1.0 equals 1, however it was made. */
export function equals(a: BigDecimal, b: BigDecimal): boolean {
  if (a.scale === b.scale) return a.digits === b.digits
  return compare(a, b) === 0
}

export function compare(a: BigDecimal, b: BigDecimal): -1 | 0 | 1 {
  const shift = a.scale - b.scale
  const left = shift < 0 ? a.digits * powerOfTen(-shift) : a.digits
  const right = shift > 0 ? b.digits * powerOfTen(shift) : b.digits
  return left < right ? -1 : left > right ? 1 : 0
}

export function fromBigInt(value: bigint): BigDecimal {
  return normalise(value, 0)
}

/**
 * Reads `1`, `-0.5`, `.5`, `5.`, `1e-6`, `+2`.
 * @throws {@link MappingError} for anything else, in graph-node's words (two blanks are theirs)
 */
export function fromString(text: string): BigDecimal {
  const parsed = parse(text)
  if (parsed === null) throw new MappingError(`string  is not a BigDecimal: '${text}': invalid digit found in string`)
  return parsed
}

/** Like {@link fromString}, but null for what is no number. */
export function parse(text: string): BigDecimal | null {
  const mark = text.search(/[eE]/)
  const mantissa = mark < 0 ? text : text.slice(0, mark)
  const exponent = mark < 0 ? 0 : parseExponent(text.slice(mark + 1))
  const point = mantissa.indexOf('.')
  const decimals = point < 0 ? 0 : mantissa.length - point - 1
  const integer = point < 0 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1)
  if (exponent === null || !/^[+-]?[0-9][0-9_]*$/.test(integer)) return null
  return normalise(BigInt(integer.replace(/^\+|_/g, '')), decimals - exponent)
}

/** Plain decimal, never with an exponent: `-0.001`, `1000000`. */
export function toText({ digits, scale }: BigDecimal): string {
  if (digits === 0n) return '0'
  if (scale === 0) return digits.toString()
  if (scale < 0) return digits.toString() + '0'.repeat(-scale)
  const sign = digits < 0n ? '-' : ''
  const text = absolute(digits)
    .toString()
    .padStart(scale + 1, '0')
  const whole = text.slice(0, -scale)
  const fraction = text.slice(-scale).replace(/0+$/, '')
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`
}

function divideAbsolute(numerator: bigint, divisor: bigint, startScale: number): { digits: bigint; scale: number } {
  let scale = startScale
  let dividend = numerator
  while (dividend < divisor) {
    dividend *= 10n
    scale += 1
  }
  const whole = dividend / divisor
  if (whole * divisor === dividend) return { digits: whole, scale }
  const missing = Math.max(0, divisionDigits - whole.toString().length)
  const shifted = dividend * powerOfTen(missing)
  const quotient = shifted / divisor
  const rest = shifted - quotient * divisor
  // The crate stops at the last digit of a quotient that comes out even; how many it has matters to what is cut afterwards.
  if (rest === 0n) return stripZeros(quotient, scale + missing)
  return { digits: rest * 2n >= divisor ? quotient + 1n : quotient, scale: scale + missing }
}

/** Exact for positive numbers; for negative ones the crate's guess, often one too small. */
function countDigits(value: bigint): number {
  if (value > 0n) return value.toString().length
  return Math.floor((-value).toString(2).length / bitsPerDigit)
}

function stripZeros(digits: bigint, scale: number): BigDecimal {
  if (digits <= small && digits >= -small) {
    let number = Number(digits)
    if (number % 10 !== 0) return { digits, scale }
    let stripped = scale
    while (number % 10 === 0) {
      number /= 10
      stripped -= 1
    }
    return { digits: BigInt(number), scale: stripped }
  }
  if (digits % 10n !== 0n) return { digits, scale }
  const text = digits.toString()
  let end = text.length
  while (text.charCodeAt(end - 1) === 48) end -= 1
  return { digits: BigInt(text.slice(0, end)), scale: scale - (text.length - end) }
}

/** An i64 of Rust's: an optional sign, digits. */
function parseExponent(text: string): number | null {
  const digits = text.startsWith('+') ? text.slice(1) : text
  return /^[+-]?[0-9]+$/.test(digits) && Number.isSafeInteger(Number(digits)) ? Number(digits) : null
}

function powerOfTen(exponent: number): bigint {
  return powers[exponent] ?? 10n ** BigInt(exponent)
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value
}
