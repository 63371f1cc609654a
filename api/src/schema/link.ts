import { z } from 'zod'
import type { Builder } from '../builder.ts'

const links = z.array(z.object({ label: z.string(), url: z.string() }))
export type Link = z.infer<typeof links>[number]
export type LinkRef = ReturnType<typeof linkType>

/** Reads the JSON column of links; what is not of its shape is left out rather than failing the page. */
export function readLinks(column: unknown): Link[] {
  return links.safeParse(column).data ?? []
}

export function linkType(builder: Builder) {
  return builder.objectRef<Link>('Link').implement({
    description: 'A place elsewhere on the web.',
    fields: (t) => ({
      label: t.exposeString('label', { nullable: false }),
      url: t.exposeString('url', { nullable: false }),
    }),
  })
}
