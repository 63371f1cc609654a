import type { Builder } from '../builder.ts'

export function rationaleType(builder: Builder): void {
  builder.prismaObject('Rationale', {
    fields: (t) => ({
      text: t.exposeString('text', { nullable: false }),
      writtenAt: t.expose('writtenAt', { type: 'DateTime', nullable: false }),
    }),
  })
}
