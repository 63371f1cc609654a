/**
 * Host functions by field name (`bigInt.plus`). They take and return what WASM does: i32 (pointers, mostly) and f64 as
 * numbers, i64 as bigints.
 */
export type HostFunctions = Readonly<Record<string, (...words: number[]) => unknown>>
