import type { Context, ContextItem } from './definition.ts'

/**
 * Reads a data source's `context`: a map of names to `{ type, data }`, all scalars as text.
 * @param complain - called with a sentence for each value that cannot be read
 */
export function parseContext(raw: unknown, complain: (problem: string) => void): Context {
  if (raw === undefined) return {}
  if (!isRecord(raw)) {
    complain('`context` must be a map of names to { type, data }')
    return {}
  }
  const items = Object.entries(raw).flatMap(([name, rawItem]) => {
    const item = parseItem(rawItem)
    if (typeof item !== 'string') return [[name, item] as const]
    complain(`\`context.${name}\` ${item}`)
    return []
  })
  return Object.fromEntries(items)
}

/** @returns the item, or what is wrong with it */
function parseItem(item: unknown): ContextItem | string {
  if (!isRecord(item) || typeof item.type !== 'string') return 'must have a `type` and `data`'
  const { type, data } = item
  if (type === 'List') {
    if (!Array.isArray(data)) return 'must have a list as its `data`'
    const items = data.map(parseItem)
    const problem = items.find((one) => typeof one === 'string')
    return typeof problem === 'string' ? problem : { type, data: items.filter((one) => typeof one !== 'string') }
  }
  if (typeof data !== 'string') return 'must have text or a number as its `data`'
  return parseScalar(type, data) ?? `is not a ${type}: ${data}`
}

function parseScalar(type: string, text: string): ContextItem | null {
  switch (type) {
    case 'String':
      return { type, data: text }
    case 'Bool':
    case 'Boolean':
      return text === 'true' || text === 'false' ? { type: 'Bool', data: text === 'true' } : null
    case 'Int': {
      const value = Number(text)
      return /^[-+]?\d+$/.test(text) && (value | 0) === value ? { type, data: value } : null
    }
    case 'Int8':
    case 'Timestamp':
    case 'BigInt':
      return /^-?\d+$/.test(text) ? { type, data: text } : null
    case 'Bytes':
      return /^0x([0-9a-fA-F]{2})*$/.test(text) ? { type, data: text.toLowerCase() } : null
    case 'BigDecimal':
      return /^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? { type, data: text } : null
    default:
      return null
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
