import type { Schema } from '../deployment/schema.ts'

/**
 * The schema of another deployment. Few have to do with another, and what parses a schema is large: threads that do not need it
 * are spared it.
 */
export async function schemaOf(text: string): Promise<Schema> {
  const { parseSchema } = await import('../deployment/schema.ts')
  return parseSchema(text)
}
