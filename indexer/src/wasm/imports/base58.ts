const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Bitcoin's base 58: a leading zero byte is a `1`. */
export function base58(bytes: Uint8Array): string {
  const firstDigit = bytes.findIndex((byte) => byte !== 0)
  if (firstDigit < 0) return '1'.repeat(bytes.length)
  let left = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  while (left > 0n) {
    text = ALPHABET.charAt(Number(left % 58n)) + text
    left /= 58n
  }
  return '1'.repeat(firstDigit) + text
}
