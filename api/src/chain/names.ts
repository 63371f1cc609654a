/**
 * The names the projector adds to upstream documents. Clients may not use them (`limits/reserved-names.ts`), so an answer
 * can never hold a client's value where one of ours is expected.
 */
export const KEY_PREFIX = '_k_'
export const RESERVED = /^(_k_|_b_|_pin)/

/** The object's type, asked for wherever the type in the document is an interface or a union. */
export const TYPE_ALIAS = `${KEY_PREFIX}_type`
/** The block the document was answered at. */
export const PIN_ALIAS = '_pin'
/** Variables of our own. */
export const BLOCK_VARIABLE = `${KEY_PREFIX}block`

/** `collection.id` becomes `_k_collection__id`: the alias under which a join's key comes back. */
export function keyAlias(path: string): string {
  return KEY_PREFIX + path.replaceAll('.', '__')
}

/** Reads `collection.id` from an object that was asked for it; undefined where a step on the way is null. */
export function readKey(object: Record<string, unknown>, path: string): unknown {
  const [, ...steps] = path.split('.')
  let value = object[keyAlias(path)]
  for (const step of steps) {
    value = isRecord(value) ? value[step] : undefined
  }
  return value
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
