/** Freezes plain data all the way down, through arrays and maps. Bytes cannot be frozen, so they are left as they are. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value
  Object.freeze(value)
  const inside = value instanceof Map ? value.values() : Object.values(value)
  for (const one of inside) deepFreeze(one)
  return value
}
