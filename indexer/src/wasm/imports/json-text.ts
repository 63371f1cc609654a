import type { JsonValue } from '../asc/json-value.ts'

/** Arrays and objects may be nested this deep. */
const MAX_DEPTH = 127

/**
 * Parses RFC 8259 JSON as graph-node's serde_json does: strict UTF-8, no byte order mark, no half surrogate pairs.
 * @returns null if it is anything else
 */
export function parseJson(bytes: Uint8Array): JsonValue | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const parsed: JsonValue = JSON.parse(text, toNode)
    return depthOf(parsed) <= MAX_DEPTH ? parsed : null
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) return null
    throw error
  }
}

/** A reviver: children come first, so arrays and objects already hold nodes. */
function toNode(_key: string, value: unknown, context?: { readonly source?: string }): JsonValue {
  if (value === null) return { kind: 'null' }
  if (typeof value === 'boolean') return { kind: 'bool', value }
  if (typeof value === 'number') return { kind: 'number', value: numberText(context?.source ?? String(value)) }
  if (typeof value === 'string') return { kind: 'string', value: wellFormed(value) }
  if (Array.isArray(value)) return { kind: 'array', value }
  const entries = Object.entries(value as Record<string, JsonValue>)
  for (const [key] of entries) wellFormed(key)
  return { kind: 'object', value: entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))) }
}

/** serde_json keeps the digits, but writes every exponent in one way, and knows no negative zero among integers. */
function numberText(source: string): string {
  if (source === '-0') return '0'
  return source.replace(/[eE]([+-]?)/, (_, sign) => `e${sign || '+'}`)
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new SyntaxError('half a surrogate pair')
  return text
}

function depthOf(value: JsonValue): number {
  if (value.kind === 'array') return 1 + value.value.reduce((deepest, each) => Math.max(deepest, depthOf(each)), 0)
  if (value.kind === 'object') return 1 + value.value.reduce((deepest, [, each]) => Math.max(deepest, depthOf(each)), 0)
  return 0
}
