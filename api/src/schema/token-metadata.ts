import type { Builder } from '../builder.ts'
import { type AttributeRef, readAttributes } from './attribute.ts'

export function tokenMetadataType(builder: Builder, attribute: AttributeRef): void {
  builder.prismaObject('TokenMetadata', {
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      name: t.exposeString('name', { nullable: false }),
      description: t.exposeString('description', { nullable: false }),
      image: t.exposeString('image', { nullable: true }),
      attributes: t.field({
        type: [attribute],
        nullable: false,
        extensions: { columns: ['attributes'] },
        resolve: ({ attributes }) => readAttributes(attributes),
      }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false }),
    }),
  })
}
