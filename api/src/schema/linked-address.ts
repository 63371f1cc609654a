import type { Builder } from '../builder.ts'

export function linkedAddressType(builder: Builder): void {
  builder.prismaObject('LinkedAddress', {
    fields: (t) => ({
      address: t.exposeString('address', { nullable: false }),
      isPrimary: t.exposeBoolean('isPrimary', { nullable: false }),
      linkedAt: t.expose('linkedAt', { type: 'DateTime', nullable: false }),
    }),
  })
}
