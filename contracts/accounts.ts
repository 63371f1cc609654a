import type { Hex } from 'viem'
import { type LocalAccount, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'

/** The mnemonic of every local chain (anvil, Hardhat): known to all the world, so worth nothing anywhere else. */
const DEV_MNEMONIC = 'test test test test test test test test test test test junk'

/** One of the development accounts: 0 deploys, 1 and up are people. anvil gives coins to the first ten. */
export function devAccount(index: number): LocalAccount {
  return mnemonicToAccount(DEV_MNEMONIC, { addressIndex: index })
}

/**
 * Who deploys, mints Patron and owns the market: development account 0, or the one whose key is given.
 * @param env - reads HEDDLE_DEPLOYER_KEY, 32 bytes in hex
 * @throws Error if the key is not one; the message does not repeat it
 */
export function deployerAccount(env: Readonly<Record<string, string | undefined>>): LocalAccount {
  const key = env.HEDDLE_DEPLOYER_KEY
  if (key === undefined || key === '') return devAccount(0)
  if (!/^0x[0-9a-fA-F]{64}$/.test(key)) throw new Error('HEDDLE_DEPLOYER_KEY must be 0x and 64 hex digits.')
  return privateKeyToAccount(key as Hex)
}
