import type { Builder } from '../builder.ts'
import { type LinkRef, readLinks } from './link.ts'

export function collectionPageType(builder: Builder, link: LinkRef): void {
  builder.prismaObject('CollectionPage', {
    fields: (t) => ({
      id: t.exposeID('collection', { nullable: false }),
      description: t.exposeString('description', { nullable: false }),
      banner: t.exposeString('banner', { nullable: true }),
      links: t.field({
        type: [link],
        nullable: false,
        extensions: { columns: ['links'] },
        resolve: ({ links }) => readLinks(links),
      }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false }),
    }),
  })
}
