import { type Hex, hexToBigInt, keccak256, stringToHex } from 'viem'

/** 32 bytes that depend on nothing but the labels: the same on every run and every machine. */
export function hashOf(...labels: readonly (string | number)[]): Hex {
  return keccak256(stringToHex(JSON.stringify(labels)))
}

/** A number from 0 to 1, 1 excluded, that depends on nothing but the labels. */
export function roll(...labels: readonly (string | number)[]): number {
  return Number(hexToBigInt(hashOf(...labels)) >> 203n) / 2 ** 53
}
