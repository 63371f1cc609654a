import { keccak_256 } from '@noble/hashes/sha3.js'
import type { Hex } from '../chain/block.ts'

/** Ethereum's hash. From the package that viem itself takes it from: the whole of viem would cost each deployment's thread a third of a second. */
export function keccak256(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(keccak_256(bytes)).toString('hex')}`
}
