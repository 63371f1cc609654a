import { Address } from '@graphprotocol/graph-ts'
import { isNobody } from './account'

/** The market knows two coins: the zero address stands for the chain's own, any other for its ERC-20. */
export function currencyOf(address: Address): string {
  return isNobody(address) ? 'NATIVE' : 'PATRON'
}
