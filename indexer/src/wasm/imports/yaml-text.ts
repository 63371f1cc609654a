import { createRequire } from 'node:module'
import type { Document, Pair, ParsedNode, Scalar } from 'yaml'
import type { YamlValue } from '../asc/yaml-value.ts'
import { readPlain, readTagged } from './yaml-scalar.ts'

const require = createRequire(import.meta.url)
let parser: typeof import('yaml') | undefined

/** Few mappings read YAML, and every thread would pay for it: so it is loaded by the first that does. A host function cannot await an import. */
function yaml(): typeof import('yaml') {
  parser ??= require('yaml') as typeof import('yaml')
  return parser
}

/** Arrays and objects may be nested this deep. */
const MAX_DEPTH = 128

/**
 * Reads one YAML document as graph-node's serde_yaml does, which stands on libyaml: stricter than the parser here.
 * @returns null if the bytes are not one well-formed YAML document
 */
export function parseYaml(bytes: Uint8Array): YamlValue | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true })
      .decode(bytes)
      .replace(/\r\n?|\u0085/g, '\n')
      .replace(MORE_ENDS, '$1')
    if (FORBIDDEN.test(text) || BAD_START.test(text) || TWO_VERSIONS.test(text) || hasStrayTab(text)) return null
    // Scalars are read by rules of our own, so here all of them are text.
    const document = yaml().parseDocument(text, {
      schema: 'failsafe',
      logLevel: 'error',
      keepSourceTokens: true,
      uniqueKeys: false,
    })
    if (document.errors.length > 0) return null
    if (document.warnings.some(({ code, message }) => code === 'BAD_DIRECTIVE' || message.includes('Unsupported')))
      return null
    return toValue(document.contents, { document, text, nodesLeft: 1000 + text.length * 2 }, 0)
  } catch (error) {
    if (error instanceof Unreadable || error instanceof TypeError || error instanceof RangeError) return null
    throw error
  }
}

/** What libyaml lets nowhere stand. */
const FORBIDDEN = /[^\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
/** The end of a document where none has begun. */
const BAD_START = /^(?:[ \t]*(?:#.*)?\n)*\.\.\.(?:\s|$)/
const TWO_VERSIONS = /^%YAML[^\n]*\n(?:%[^\n]*\n)*%YAML/m
/** Ends of one document, one behind the other, are as good as one. */
const MORE_ENDS = /(\n\.\.\.[ \t]*)(?:\n\.\.\.[ \t]*)+(?=\n|$)/g

/** Whether a tab stands where a key could begin: at the start of a line, or behind the mark of an item. */
function hasStrayTab(text: string): boolean {
  if (!text.includes('\t')) return false
  const { CST, Lexer } = yaml()
  let flows = 0
  let isKeyPlace = true
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token)
    if (type === 'space') {
      if (isKeyPlace && flows === 0 && token.includes('\t')) return true
      continue
    }
    if (type === 'flow-map-start' || type === 'flow-seq-start') flows++
    if (type === 'flow-map-end' || type === 'flow-seq-end') flows--
    isKeyPlace = type === 'newline' || type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'doc-mode'
  }
  return false
}

class Unreadable extends Error {}

interface Walk {
  readonly document: Document.Parsed
  readonly text: string
  /** Aliases can make a small document grow without end. */
  nodesLeft: number
}

function toValue(node: unknown, walk: Walk, depth: number): YamlValue {
  if (walk.nodesLeft-- <= 0) throw new Unreadable()
  if (yaml().isAlias(node)) {
    const target = node.resolve(walk.document)
    if (target === undefined) throw new Unreadable()
    return toValue(target, walk, depth)
  }
  const value = untagged(node, walk, depth)
  const tag = customTag(node)
  return tag === null ? value : { kind: 'tagged', tag, value }
}

function untagged(node: unknown, walk: Walk, depth: number): YamlValue {
  const { isMap, isPair, isScalar, isSeq } = yaml()
  if (depth >= MAX_DEPTH && !isScalar(node)) throw new Unreadable()
  // What `!!omap` and `!!pairs` make of an object within an array.
  if (isPair(node)) return { kind: 'object', value: [toEntry(node, walk, depth + 1)] }
  if (isSeq(node)) return { kind: 'array', value: node.items.map((each) => toValue(each, walk, depth + 1)) }
  if (isMap(node)) {
    const entries = node.items.map((pair) => toEntry(pair, walk, depth + 1))
    const keys = new Set(entries.map(([key]) => JSON.stringify(key)))
    if (keys.size < entries.length) throw new Unreadable()
    return { kind: 'object', value: entries }
  }
  return isScalar(node) ? scalar(node, walk) : { kind: 'null' }
}

function toEntry(pair: Pair, walk: Walk, depth: number): readonly [YamlValue, YamlValue] {
  const isNamed = pair.srcToken?.start.some(({ type }) => type === 'explicit-key-ind') || hasSource(pair.key)
  if (!isNamed && !pair.srcToken?.sep?.some(({ type }) => type === 'anchor' || type === 'tag')) throw new Unreadable()
  return [toValue(pair.key, walk, depth), toValue(pair.value, walk, depth)]
}

/** Whether anything stands there: a value, an anchor, a tag. */
function hasSource(node: unknown): boolean {
  if (node === null) return false
  if (!yaml().isScalar(node)) return true
  return node.source !== '' || node.type !== 'PLAIN' || node.tag !== undefined || node.anchor !== undefined
}

function scalar(node: Scalar, { text }: Walk): YamlValue {
  const source = node.source ?? ''
  const tag = (node as unknown as ParsedNode).tag ?? ''
  if (node.type === 'PLAIN') {
    const known = readTagged(tag, source)
    if (known === null) throw new Unreadable()
    return known ?? readPlain(source)
  }
  const tagged = readTagged(tag, source)
  if (tagged === null) throw new Unreadable()
  return tagged ?? { kind: 'string', value: withoutAddedBreak(node, source, text) }
}

/** A block ends with a line break only if the document does. */
function withoutAddedBreak({ type, range }: Scalar, value: string, text: string): string {
  const isBlock = type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED'
  const isLast = (range?.[1] ?? 0) >= text.length && !text.endsWith('\n')
  return isBlock && isLast ? value.replace(/\n$/, '') : value
}

/** `!thing`, but not YAML's own `!!str`; a tag of nothing is printed as two marks. */
function customTag(node: unknown): string | null {
  const tag = (node as ParsedNode | null)?.tag
  if (typeof tag !== 'string' || !tag.startsWith('!')) return null
  const name = decodeURIComponent(tag.slice(1)) || '!'
  return `!${name.replace(/^!(?=.)/s, '')}`
}
