import { z } from 'zod'
import type { Builder } from '../builder.ts'

const attributes = z.array(
  z
    .object({ trait_type: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) })
    .transform(({ trait_type: traitType, value }) => ({ traitType, value: String(value) })),
)
export type Attribute = z.infer<typeof attributes>[number]
export type AttributeRef = ReturnType<typeof attributeType>

/** Reads the JSON column of attributes; what is not of its shape is left out rather than failing the token. */
export function readAttributes(column: unknown): Attribute[] {
  return attributes.safeParse(column).data ?? []
}

export function attributeType(builder: Builder) {
  return builder.objectRef<Attribute>('Attribute').implement({
    description: 'A trait of a token.',
    fields: (t) => ({
      traitType: t.exposeString('traitType', { nullable: false }),
      value: t.exposeString('value', { nullable: false, description: 'Numbers and booleans as text.' }),
    }),
  })
}
