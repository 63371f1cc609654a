import { type Document, isAlias, isMap, isScalar, isSeq, type ParsedNode, parseDocument } from 'yaml'
import type { YamlValue } from '../asc/yaml-value.ts'

/** @returns null if the bytes are not one well-formed YAML document */
export function parseYaml(bytes: Uint8Array): YamlValue | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const document = parseDocument(text, { schema: 'core', intAsBigInt: true, logLevel: 'silent' })
    if (document.errors.length > 0) return null
    return toValue(document.contents, { document, nodesLeft: 1000 + text.length * 2 })
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return null
    throw error
  }
}

interface Walk {
  readonly document: Document.Parsed
  /** Aliases can make a small document grow without end. */
  nodesLeft: number
}

function toValue(node: unknown, walk: Walk): YamlValue {
  if (walk.nodesLeft-- <= 0) throw new RangeError('too many nodes')
  if (isAlias(node)) return toValue(node.resolve(walk.document), walk)
  const value = untagged(node, walk)
  const tag = customTag(node)
  return tag === null ? value : { kind: 'tagged', tag, value }
}

function untagged(node: unknown, walk: Walk): YamlValue {
  if (isSeq(node)) return { kind: 'array', value: node.items.map((each) => toValue(each, walk)) }
  if (isMap(node)) {
    return { kind: 'object', value: node.items.map((pair) => [toValue(pair.key, walk), toValue(pair.value, walk)]) }
  }
  const value = isScalar(node) ? node.value : node
  if (typeof value === 'boolean') return { kind: 'bool', value }
  if (typeof value === 'number' || typeof value === 'bigint') return { kind: 'number', value: numberText(value) }
  return typeof value === 'string' ? { kind: 'string', value } : { kind: 'null' }
}

/** `!thing`, but not YAML's own `!!str`. */
function customTag(node: unknown): string | null {
  const tag = (node as ParsedNode | null)?.tag
  return typeof tag === 'string' && tag.startsWith('!') && !tag.startsWith('!!') && tag !== '!' ? tag : null
}

/** As Rust prints it: a float always has a point. */
function numberText(value: number | bigint): string {
  if (typeof value === 'number' && Number.isNaN(value)) return '.nan'
  if (value === Number.POSITIVE_INFINITY) return '.inf'
  if (value === Number.NEGATIVE_INFINITY) return '-.inf'
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value)
}
