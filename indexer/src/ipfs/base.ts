const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** Bitcoin's base 58: a leading zero byte is a `1`. */
export function toBase58(bytes: Uint8Array): string {
  const zeros = leading(bytes, (byte) => byte === 0)
  if (zeros === bytes.length) return '1'.repeat(zeros)
  let text = ''
  for (let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`); rest > 0n; rest /= 58n) {
    text = BASE58.charAt(Number(rest % 58n)) + text
  }
  return '1'.repeat(zeros) + text
}

/** @returns null for what is not base 58 */
export function fromBase58(text: string): Uint8Array | null {
  const digits = [...text].map((letter) => BASE58.indexOf(letter))
  if (digits.includes(-1)) return null
  const number = digits.reduce((sum, digit) => sum * 58n + BigInt(digit), 0n)
  const hex = number === 0n ? '' : number.toString(16)
  const zeros = Buffer.alloc(leading(digits, (digit) => digit === 0))
  return Buffer.concat([zeros, Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')])
}

/** RFC 4648 in lower case without padding. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32.charAt((held >> (bits - 5)) & 31)
  }
  return bits > 0 ? text + BASE32.charAt((held << (5 - bits)) & 31) : text
}

/** @returns null for what is not base 32 */
export function fromBase32(text: string): Uint8Array | null {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const letter of text) {
    const digit = BASE32.indexOf(letter)
    if (digit < 0) return null
    held = ((held << 5) | digit) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 0xff)
  }
  return Uint8Array.from(bytes)
}

function leading<T>(items: ArrayLike<T>, matches: (item: T) => boolean): number {
  let count = 0
  for (const item of Array.from(items)) {
    if (!matches(item)) break
    count += 1
  }
  return count
}
