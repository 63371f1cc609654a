/** What a key of a filter asks of a field: nothing for equality, `_` for what the field leads to. */
export type Operator = '' | '_' | (typeof suffixes)[number]

/** Keys are only text: the first of these that a key ends with is its operator, even if a field has that very name. */
const suffixes = [
  'not',
  'gt',
  'lt',
  'gte',
  'lte',
  'not_in',
  'in',
  'not_contains',
  'not_contains_nocase',
  'contains',
  'contains_nocase',
  'not_starts_with',
  'not_starts_with_nocase',
  'not_ends_with',
  'not_ends_with_nocase',
  'starts_with',
  'starts_with_nocase',
  'ends_with',
  'ends_with_nocase',
] as const

/** Splits `name_not_in` into `name` and `not_in`. */
export function parseKey(key: string): { name: string; operator: Operator } {
  const operator = suffixes.find((suffix) => key.endsWith(`_${suffix}`)) ?? (key.endsWith('_') ? '_' : '')
  if (operator === '') return { name: key, operator }
  const suffix = operator === '_' ? '_' : `_${operator}`
  let name = key
  while (name.endsWith(suffix)) name = name.slice(0, -suffix.length)
  return { name, operator }
}
