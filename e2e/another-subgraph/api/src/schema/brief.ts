import type { Builder } from '../builder.ts'

export function briefType(builder: Builder): void {
  builder.prismaObject('Brief', {
    fields: (t) => ({
      topic: t.exposeID('topic', { nullable: false }),
      title: t.exposeString('title', { nullable: false }),
      text: t.exposeString('text', { nullable: false }),
      writer: t.relation('writer', { nullable: false }),
    }),
  })
}
