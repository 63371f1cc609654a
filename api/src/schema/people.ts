import type { Builder } from '../builder.ts'
import { attributeType } from './attribute.ts'
import { collectionPageType } from './collection-page.ts'
import { linkType } from './link.ts'
import { linkedAddressType } from './linked-address.ts'
import { profileType } from './profile.ts'
import { tokenMetadataType } from './token-metadata.ts'

/** All types of people's rows. */
export function peopleTypes(builder: Builder): void {
  const link = linkType(builder)
  linkedAddressType(builder)
  profileType(builder, link)
  tokenMetadataType(builder, attributeType(builder))
  collectionPageType(builder, link)
}
