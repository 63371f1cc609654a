import type { Builder } from '../builder.ts'
import { readPage } from '../page.ts'

export function writerType(builder: Builder): void {
  builder.prismaObject('Writer', {
    fields: (t) => ({
      address: t.exposeString('address', { nullable: false }),
      name: t.exposeString('name', { nullable: false }),
      briefs: t.relation('briefs', { nullable: false, query: { orderBy: { title: 'asc' } } }),
    }),
  })
  builder.queryField('writers', (t) =>
    t.prismaField({
      type: ['Writer'],
      nullable: false,
      args: { first: t.arg.int({ defaultValue: 100 }), skip: t.arg.int({ defaultValue: 0 }) },
      resolve: (query, _root, page, { prisma }) =>
        prisma.writer.findMany({ ...query, ...readPage(page), orderBy: { name: 'asc' } }),
    }),
  )
}
