import { BigInt } from '@graphprotocol/graph-ts'
import { Listing, Market, Token } from '../generated/schema'

// The market keeps at most one open listing per token and refuses to sell while someone other than its seller owns it.
//
//   Listed ──> OPEN ──> SOLD | CANCELLED       status:  what the market has on its books
//              active <──> not active          active:  would it sell now? changes as the token leaves and comes back

/** Makes `active` and `token.listing` say what the market would do now. The caller saves token, listing and market. */
export function settle(listing: Listing, token: Token, market: Market): void {
  const active = listing.status == 'OPEN' && listing.seller == token.owner
  token.openListing = listing.status == 'OPEN' ? listing.id : null
  token.listing = active ? listing.id : null
  if (active != listing.active) {
    listing.active = active
    market.activeListingCount += active ? 1 : -1
  }
}

/** Takes the token's open listing, if any, off the books as `status`. The caller saves token and market. */
export function closeListing(token: Token, market: Market, status: string, timestamp: BigInt): void {
  const id = token.openListing
  if (id === null) return
  const listing = Listing.load(id)!
  listing.status = status
  listing.updatedAt = timestamp
  settle(listing, token, market)
  listing.save()
}
