import type { Value } from './value.ts'

/** Field values by name, the `id` among them; a field without value is absent, never Null. */
export type Entity = ReadonlyMap<string, Value>

/** `id` in its text form: `0x…` for Bytes ids, decimal for Int8. */
export interface EntityKey {
  readonly type: string
  readonly id: string
}
