import type { Hex } from '../../chain/block.ts'

/** @returns the address a text holds, or why it holds none, in graph-node's words */
export function readAddressText(text: string): { readonly address: Hex } | { readonly problem: string } {
  const digits = text.replace(/^0x/, '')
  if (digits.length !== 40) return { problem: 'invalid string length' }
  const at = digits.search(/[^0-9a-fA-F]/)
  return at === -1
    ? { address: `0x${digits.toLowerCase()}` }
    : { problem: `invalid character '${digits[at]}' at position ${at}` }
}
